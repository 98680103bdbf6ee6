/** Further main-loop cases of the scenario catalogue: what holds for one group and not for another, refusals, old marks, volumes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts, VolumeFacts } from '../cluster/facts.ts';
import {
  aCluster,
  aController,
  aDaemonSetReference,
  aNode,
  aPod,
  aSpec,
  aTaint,
} from '../cluster/fixtures.test-support.ts';
import { aClaim, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { Decision } from './decide.ts';
import type { Scene } from './passes.test-support.ts';
import { accepted, grown, HOUR, MINUTE, NOON, Passes, removed, standing } from './passes.test-support.ts';

/** What goes once it has been unneeded for its time, when ng1 has grown meanwhile. */
function removedAfterGrowth(scene: Scene, ...more: readonly string[]): readonly string[] {
  const passes = new Passes('--scale-down-unneeded-time=1m', ...more);
  passes.at(NOON, scene);
  passes.learn(accepted('ng1', 1, NOON));
  return removed(passes.at(NOON + 2 * MINUTE, scene));
}

describe('of two groups', () => {
  const nodes = [aNode({ name: 'n1' }), aNode({ name: 'n2' })];
  const scene: Scene = {
    nodes,
    groups: nodes.map((node, index) => aGroup({ name: `ng${index + 1}`, nodes: [node] })),
  };

  it('ML-05: the one that grew keeps its unneeded node where delays count for each by itself', () => {
    assert.deepEqual(removedAfterGrowth(scene, '--scale-down-delay-type-local'), ['n2']);
    assert.deepEqual(removedAfterGrowth(scene), [], 'they count for all groups together unless that is said');
  });

  it('CS-11: the record tells which has nodes that may go', () => {
    const busy = aPod({ name: 'busy', cpu: 4000, nodeName: 'n2', owner: 'web' });
    const { record } = new Passes('--scale-down-unneeded-time=1m').at(NOON, { ...scene, pods: [busy] });
    const mayGo = record.nodes.flatMap(({ node, group, outcome }) =>
      outcome.kind === 'unneeded' ? [`${group} ${node}`] : [],
    );
    assert.deepEqual(mayGo, ['ng1 n1']);
  });

  it('SU-30: pods of the one that refused are told so, and those of the other wait for its node', () => {
    const pods = ['a', 'b'].map((pool) => aPod({ name: pool, cpu: 1000, spec: { nodeSelector: { pool } } }));
    const groups = ['a', 'b'].map((name) => aGroup({ name, node: { labels: { pool: name } } }));
    const passes = new Passes();
    assert.deepEqual(grown(passes.at(NOON, { pods, groups })), ['a+1', 'b+1']);
    passes.learn(accepted('a', 1, NOON));
    const error = { kind: 'out-of-stock', message: 'none' } as const;
    passes.learn({ kind: 'resize-failed', atMs: NOON, groupId: 'b', delta: 1, error });
    const after = groups.map((group) => (group.id === 'a' ? { ...group, targetSize: 1 } : group));
    const next = passes.at(NOON + MINUTE, { pods, groups: after });
    assert.deepEqual(grown(next), []);
    assert.deepEqual(reasons(next), {
      'default/a': ['FitsUpcomingNode'],
      'default/b': ['NodeAffinityMismatch', 'GroupInBackoff'],
    });
  });
});

/** Why each pod waits, or why no group helps it. */
function reasons({ record }: Decision): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    record.pods.map(({ example, outcome, perGroup }) => [
      example,
      outcome.kind === 'waits' ? [outcome.reason.code] : perGroup.map(({ reason }) => reason.code),
    ]),
  );
}

function marked(name: string, minutesAgo: number): NodeFacts {
  const since = String((NOON - minutesAgo * MINUTE) / 1000);
  const mark = aTaint('DeletionCandidateOfClusterAutoscaler', since, 'PreferNoSchedule');
  return aNode({ name, taints: [mark] });
}

describe('after a restart', () => {
  it('ML-14: a mark that is young enough to be believed counts as time, an old one does not', () => {
    const nodes = [marked('fresh', 2), marked('stale', 10), aNode({ name: 'unmarked' })];
    const scene = { nodes, groups: [aGroup({ nodes })] };
    const flags = ['--scale-down-unneeded-time=1m', '--node-deletion-candidate-ttl=5m'];
    const first = new Passes(...flags).at(NOON, scene);
    assert.deepEqual(removed(first), ['fresh']);
    assert.equal(standing(first)['stale'], standing(first)['unmarked']);
    assert.deepEqual(removed(new Passes('--scale-down-unneeded-time=1m').at(NOON, scene)), [], 'none is, unless asked');
    const passes = new Passes(...flags);
    passes.at(NOON, scene);
    assert.deepEqual(removed(passes.at(NOON + HOUR, scene)), ['fresh', 'stale', 'unmarked'], 'all have had their time');
  });
});

function claims(from: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${from}-${index}`);
}

function volumesOf(names: readonly string[]): readonly VolumeFacts[] {
  return names.map((claimName) => ({ kind: 'claim', name: claimName, claimName, readOnly: false }));
}

describe('nodes that take so many volumes of a driver', () => {
  const DRIVER = 'block.csi.vultr.com';
  /** Two volumes that the DaemonSet's pod has on every node. */
  const OWN = claims('own', 2);
  const daemon = { volumes: volumesOf(OWN) };

  /** With a node or without, and so many pods of six volumes each. */
  const asked = (there: number, pods: number, limit = 10): readonly string[] => {
    const node = aNode({ name: 'n1' });
    const nodes = [node].slice(0, there);
    const names = Array.from({ length: pods }, (_, index) => claims(`pod-${index}`, 6));
    const cluster = aCluster({
      nodes,
      controllers: [aController('DaemonSet', 'agent', { spec: aSpec({}, daemon) })],
      pods: [
        ...nodes.map(({ name }) =>
          aPod({ name: 'agent', nodeName: name, owner: aDaemonSetReference('agent'), spec: daemon }),
        ),
        ...names.map((six, index) => aPod({ name: `pod-${index}`, spec: { volumes: volumesOf(six) } })),
      ],
    });
    const all = [...OWN, ...names.flat()];
    withStorage(cluster, {
      claims: all.map((name) => aClaim(name, { volumeName: name, bindCompleted: true })),
      volumes: all.map((name) => aVolume(name, { disk: { driver: DRIVER, handle: name, migratedFrom: '' } })),
      events: nodes.map(({ name }) => ({
        kind: 'csi-node',
        csiNode: { name, uid: 'u', drivers: new Map([[DRIVER, limit]]), migratedPlugins: [] },
      })),
    });
    const { template, ...group } = aGroup({ nodes });
    assert.ok(template !== undefined);
    const groups = [{ ...group, template: { ...template, volumeLimits: { [DRIVER]: limit } } }];
    return grown(new Passes().at(NOON, { cluster, groups }));
  };

  it('ML-45: of ten each holds one pod of six beside the two of a DaemonSet', () => {
    assert.deepEqual(asked(1, 3), ['pool+2']);
    assert.deepEqual(asked(0, 3), ['pool+3']);
    assert.deepEqual(asked(1, 1), []);
    assert.deepEqual(asked(0, 3, 8), ['pool+3']);
    assert.deepEqual(asked(0, 3, 7), [], 'the two of the DaemonSet count on a new node too');
    assert.deepEqual(asked(0, 3, 14), ['pool+2']);
  });
});
