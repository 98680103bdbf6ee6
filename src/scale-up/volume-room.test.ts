import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, VolumeFacts } from '../cluster/facts.ts';
import { aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import type { PersistentVolumeClaimFacts } from '../cluster/storage-facts.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { placePod } from '../scheduling/place.ts';
import { fits } from '../scheduling/runner.ts';
import { planFor, resizes } from './plan.test-support.ts';

const DRIVER = 'block.csi.vultr.com';
const HUGE = { cpu: 64_000, memory: 2 ** 38 };

/** A group of nodes with plenty of CPU that take so many volumes, as its provider knows. */
function aVolumeGroup(limit: number, cpu = HUGE.cpu): NodeGroupState {
  const group = aGroup({ node: { ...HUGE, cpu } });
  assert.ok(group.template !== undefined);
  return { ...group, template: { ...group.template, volumeLimits: { [DRIVER]: limit } } };
}

/** A claim of a class that waits for its pod; with a volume, one that is bound to that. */
function aClaim(name: string, volumeName = ''): PersistentVolumeClaimFacts {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    volumeName,
    bindCompleted: volumeName !== '',
    selectedNode: '',
    storageClassName: 'vultr-block-storage',
    attributesClassName: '',
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    requestedBytes: 1,
    selector: undefined,
    phase: volumeName === '' ? 'Pending' : 'Bound',
    deleting: false,
    controllerUid: '',
  };
}

function claimed(...names: readonly string[]): readonly VolumeFacts[] {
  return names.map((claimName, index) => ({ kind: 'claim', name: `v${index}`, claimName, readOnly: false }));
}

/** The pods of a StatefulSet, each with claims of its own. */
function statefulSet(name: string, count: number, { claims = 1, cpu = 10 } = {}): PodFacts[] {
  return Array.from({ length: count }, (_, index) => {
    const own = Array.from({ length: claims }, (_unused, number) => `data${number}-${name}-${index}`);
    return aPod({
      name: `${name}-${index}`,
      owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: name },
      cpu,
      spec: { volumes: claimed(...own) },
    });
  });
}

/** A model with the pods and their claims; those that `bound` names have a volume. */
function storing(pods: readonly PodFacts[], bound: readonly string[] = [], profile = DEFAULT_PROFILE): Cluster {
  const cluster = new Cluster(profile);
  for (const pod of pods) cluster.apply({ kind: 'pod', pod });
  cluster.apply({
    kind: 'storage-class',
    storageClass: {
      name: 'vultr-block-storage',
      uid: 'u',
      provisioner: DRIVER,
      waitsForConsumer: true,
      allowedTopologies: [],
    },
  });
  for (const volume of pods.flatMap(({ spec }) => spec.volumes)) {
    if (volume.kind !== 'claim') continue;
    const { claimName: name } = volume;
    cluster.apply({ kind: 'claim', claim: aClaim(name, bound.includes(name) ? `pv-${name}` : '') });
  }
  for (const name of bound) bind(cluster, name);
  return cluster;
}

function bind(cluster: Cluster, claim: string): void {
  cluster.apply({
    kind: 'volume',
    volume: {
      name: `pv-${claim}`,
      uid: `uid-pv-${claim}`,
      labels: {},
      capacityBytes: 1,
      accessModes: ['ReadWriteMany'],
      volumeMode: 'Filesystem',
      storageClassName: 'vultr-block-storage',
      attributesClassName: '',
      claim: { namespace: 'default', name: claim, uid: `uid-${claim}` },
      phase: 'Bound',
      deleting: false,
      nodeAffinity: undefined,
      disk: { driver: DRIVER, handle: claim, migratedFrom: '' },
    },
  });
}

function asked(cluster: Cluster, groups: readonly NodeGroupState[]): readonly string[] {
  return cluster.trial(() => resizes(planFor({ cluster, groups })));
}

describe('volumes on new nodes', () => {
  it('30 pods with a claim each ask for 3 nodes of 11 volumes, though one has the CPU for all', () => {
    const cluster = storing(statefulSet('db', 30));
    assert.deepEqual(asked(cluster, [aVolumeGroup(11)]), ['pool+3']);
    assert.deepEqual(asked(cluster, [aGroup({ node: HUGE })]), ['pool+1'], 'without a limit');
  });

  it('a scheduler that does not count volumes is not held to their number', () => {
    const cluster = storing(statefulSet('db', 30), [], { ...DEFAULT_PROFILE, skippedForNodes: ['NodeVolumeLimits'] });
    assert.deepEqual(asked(cluster, [aVolumeGroup(11)]), ['pool+1']);
  });

  it('volumes are counted, not pods, and other pods still fill such nodes', () => {
    const plain = Array.from({ length: 20 }, (_, index) => aPod({ name: `web-${index}`, cpu: 10 }));
    const cluster = storing([...statefulSet('db', 9, { claims: 3 }), ...plain]);
    assert.deepEqual(asked(cluster, [aVolumeGroup(11)]), ['pool+3'], 'three pods with three volumes to a node');
  });

  it('one claim that all pods of a workload share costs a node one volume', () => {
    const pods = Array.from({ length: 30 }, (_, index) =>
      aPod({ name: `web-${index}`, owner: 'web', cpu: 10, spec: { volumes: claimed('assets') } }),
    );
    assert.deepEqual(asked(storing(pods, ['assets']), [aVolumeGroup(1)]), ['pool+1']);
    const besides = [...pods, ...statefulSet('db', 4)];
    assert.deepEqual(asked(storing(besides, ['assets']), [aVolumeGroup(2)]), ['pool+3'], 'the rest is for others');
  });

  it('a living node of the group knows better than the provider how many its nodes take', () => {
    const cluster = storing(statefulSet('db', 12));
    const living = aNode({ ...HUGE, name: 'living' });
    cluster.apply({ kind: 'node', node: living });
    cluster.apply({ kind: 'pod', pod: aPod({ name: 'all', cpu: HUGE.cpu, nodeName: 'living' }) });
    const group = { ...aGroup({ nodes: [living] }), template: aVolumeGroup(11).template };
    assert.deepEqual(asked(cluster, [group]), ['pool+2'], 'nobody has said what it takes yet');
    cluster.apply({
      kind: 'csi-node',
      csiNode: { name: 'living', uid: 'u', drivers: new Map([[DRIVER, 4]]), migratedPlugins: [] },
    });
    assert.deepEqual(asked(cluster, [group]), ['pool+3']);
  });

  it('nodes on their way have the limit too: nothing is asked twice, and what they cannot take is asked for', () => {
    const cluster = storing(statefulSet('db', 30));
    const onTheirWay = (targetSize: number): readonly string[] => asked(cluster, [{ ...aVolumeGroup(11), targetSize }]);
    assert.deepEqual(onTheirWay(3), []);
    assert.deepEqual(onTheirWay(2), ['pool+1']);
  });
});

// ---- Properties ---------------------------------------------------------------------------------------------------

const someSets = fc.array(
  fc.record({ count: fc.integer({ min: 1, max: 9 }), claims: fc.nat(3), cpu: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 4 },
);

/** Pods one by one, the larger first, onto the first new node that they fit; how many nodes that takes. */
function nodesOneByOne(cluster: Cluster, pods: readonly PodFacts[], limit: number): number {
  return cluster.trial(() => {
    const slots: number[] = [];
    const order = pods.toSorted((a, b) => (b.spec.requests['cpu'] ?? 0) - (a.spec.requests['cpu'] ?? 0));
    for (const pod of order) {
      let slot = slots.find((opened) => fits(cluster, pod, opened));
      if (slot === undefined) {
        const name = `new-${slots.length}`;
        slot = cluster.addNode(aNode({ ...HUGE, cpu: 1000, name, volumeLimits: { [DRIVER]: limit } }));
        slots.push(slot);
      }
      assert.ok(fits(cluster, pod, slot));
      placePod(cluster, pod, slot);
    }
    return slots.length;
  });
}

describe('volumes by arithmetic', () => {
  it('ask for as many nodes as placing the pods one by one, for any sets, sizes and limits', () => {
    fc.assert(
      fc.property(someSets, fc.integer({ min: 3, max: 8 }), (sets, limit) => {
        // Sizes differ from set to set, as the order of equals is not the point.
        const pods = sets.flatMap(({ count, claims, cpu }, index) =>
          statefulSet(`set${index}`, count, { claims, cpu: cpu * 40 + index }),
        );
        const cluster = storing(pods);
        const expected = nodesOneByOne(cluster, pods, limit);
        assert.deepEqual(asked(cluster, [aVolumeGroup(limit, 1000)]), [`pool+${expected}`]);
      }),
      { numRuns: 150 },
    );
  });

  it('shared and own claims together too, when the shared ones are bound', () => {
    fc.assert(
      fc.property(someSets, fc.integer({ min: 6, max: 9 }), fc.integer({ min: 1, max: 3 }), (sets, limit, sharedBy) => {
        const pods = sets.flatMap(({ count, claims, cpu }, index) =>
          statefulSet(`set${index}`, count, { claims, cpu: cpu * 40 + index }).map((pod) => ({
            ...pod,
            spec: { ...pod.spec, volumes: [...pod.spec.volumes, ...claimed(`shared${index % sharedBy}`)] },
          })),
        );
        const cluster = storing(pods, ['shared0', 'shared1', 'shared2'].slice(0, sharedBy));
        const expected = nodesOneByOne(cluster, pods, limit);
        assert.deepEqual(asked(cluster, [aVolumeGroup(limit, 1000)]), [`pool+${expected}`]);
      }),
      { numRuns: 150 },
    );
  });
});
