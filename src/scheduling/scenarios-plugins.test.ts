/** The scheduler's filters, case by case (scenario cases KS); those that the plugins' own tests show bear their number there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { Labels, NodeFacts, PodFacts, VolumeFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpread } from '../cluster/fixtures.test-support.ts';
import type { PersistentVolumeClaimFacts } from '../cluster/storage-facts.ts';
import type { StorageSketch } from '../cluster/storage-fixtures.test-support.ts';
import { aClaim, aStorageClass, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { checkFit } from './runner.ts';
import { planVolumes } from './volume-plan.ts';
import { ask, inShort } from './verdicts.test-support.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** The names of the nodes that the pod fits. */
function fitting(cluster: Cluster, pod: PodFacts): readonly string[] {
  return cluster
    .nodeSlots()
    .filter((slot) => checkFit(cluster, pod, slot).fits)
    .map((slot) => cluster.node(slot).name);
}

function inZone(name: string, zone: string): NodeFacts {
  return aNode({ name, labels: { [ZONE]: zone } });
}

function web(name: string, nodeName: string, rest: Partial<PodFacts> = {}): PodFacts {
  return aPod({ name, nodeName, labels: { app: 'web' }, ...rest });
}

function using(name: string, ...claims: readonly string[]): PodFacts {
  const volumes = claims.map((claim): VolumeFacts => ({
    kind: 'claim',
    name: claim,
    claimName: claim,
    readOnly: false,
  }));
  return aPod({ name, spec: { volumes } });
}

function wants(operator: string, labels: Labels): boolean {
  const term = { matchExpressions: [{ key: 'cores', operator, values: ['5'] }], matchFields: [] };
  return ask(aPod({ spec: { requiredNodeAffinity: [term] } }), aNode({ labels })).fits;
}

/** A claim of four bytes. */
function four(name: string): PersistentVolumeClaimFacts {
  return aClaim(name, { requestedBytes: 4 });
}

function spread(rest: Parameters<typeof aSpread>[1] = {}): PodFacts {
  const { spec } = aPod({ spec: { topologySpread: [aSpread({ app: 'web' }, { topologyKey: ZONE, ...rest })] } });
  return web('new', '', { spec });
}

/** A pod with a term for each of these. */
function near(...labels: readonly Labels[]): PodFacts {
  return aPod({ spec: { requiredPodAffinity: labels.map((one) => anAffinityTerm(one, { topologyKey: ZONE })) } });
}

function onA1(name: string, labels: Labels): PodFacts {
  return aPod({ name, nodeName: 'a1', labels });
}

function ofTenant(tenant: string, nodeName: string): PodFacts {
  return web(tenant, nodeName, { labels: { app: 'web', tenant } });
}

describe('node affinity by numbers and by what is absent', () => {
  it('KS-09 matches NotIn where the label is absent, and Gt only where the label is a number', () => {
    assert.equal(wants('NotIn', {}), true);
    assert.equal(wants('NotIn', { cores: '5' }), false);
    assert.equal(wants('Gt', { cores: '10' }), true);
    assert.equal(wants('Gt', { cores: '5' }), false);
    assert.equal(wants('Gt', { cores: 'abc' }), false);
    assert.equal(wants('Gt', {}), false);
  });
});

describe('claims and volumes', () => {
  const nodes = [aNode({ name: 'a' }), aNode({ name: 'b' })];
  const once: StorageSketch = {
    claims: [aClaim('data', { volumeName: 'v', bindCompleted: true, accessModes: ['ReadWriteOncePod'] })],
    volumes: [aVolume('v')],
  };
  it('KS-24 a claim for one pod alone keeps others off every node while that pod has it, wherever it runs', () => {
    const free = withStorage(aCluster({ nodes }), once);
    assert.deepEqual(fitting(free, using('new', 'data')), ['a', 'b']);
    const used = aCluster({ nodes, pods: [{ ...using('old', 'data'), nodeName: 'a' }] });
    assert.deepEqual(fitting(withStorage(used, once), using('new', 'data')), []);
  });

  it('KS-25 a driver with a limit of 10 takes 8 volumes and 2 more, counts a shared one once, and refuses the eleventh', () => {
    const names = Array.from({ length: 14 }, (_, index) => `c${index}`);
    const drivers = new Map([['csi', 10]]);
    const system = { ...using('system', ...names.slice(0, 2)), nodeName: 'a' };
    const old = { ...using('old', ...names.slice(2, 8)), nodeName: 'a' };
    const cluster = withStorage(aCluster({ nodes: nodes.slice(0, 1), pods: [system, old] }), {
      claims: names.map((name) => aClaim(name, { volumeName: name, bindCompleted: true })),
      volumes: names.map((name) => aVolume(name, { disk: { driver: 'csi', handle: name, migratedFrom: '' } })),
      events: [{ kind: 'csi-node', csiNode: { name: 'a', uid: 'u', drivers, migratedPlugins: [] } }],
    });
    assert.deepEqual(fitting(cluster, using('new', ...names.slice(8, 14))), []);
    assert.deepEqual(fitting(cluster, using('new', ...names.slice(8, 10))), ['a']);
    assert.deepEqual(fitting(cluster, using('new', ...names.slice(8, 11))), []);
    assert.deepEqual(fitting(cluster, using('new', ...names.slice(2, 10))), ['a'], 'six of them are there already');
  });

  it('KS-30 of two local volumes a claim takes the smaller that is large enough, and a second one of the pod the other', () => {
    const volumes = [aVolume('ten', { capacityBytes: 10 }), aVolume('five', { capacityBytes: 5 })];
    const { storage } = withStorage(aCluster({ nodes }), { classes: [aStorageClass('local')], volumes });
    const bindings = (claims: readonly PersistentVolumeClaimFacts[]): readonly string[] =>
      planVolumes(claims, aNode(), storage).bindings.map(({ claim, volume }) => `${claim.name} ${volume.name}`);
    assert.deepEqual(bindings([four('one')]), ['one five']);
    assert.deepEqual(bindings([four('one'), four('two')]), ['one five', 'two ten']);
    assert.deepEqual(planVolumes([four('one'), four('two'), four('three')], aNode(), storage).reasons, [
      { code: 'NoVolumeToBind', claim: 'three' },
    ]);
  });
});

describe('topology spread', () => {
  const nodes = ['a', 'b', 'c'].map((zone) => inZone(zone, zone));
  it('KS-34 with 2, 1 and 0 pods in three zones and a skew of 1, only the empty zone takes another', () => {
    const cluster = aCluster({ nodes, pods: [web('1', 'a'), web('2', 'a'), web('3', 'b')] });
    assert.deepEqual(fitting(cluster, spread()), ['c']);
    assert.deepEqual(fitting(cluster, spread({ maxSkew: 2 })), ['b', 'c']);
    assert.deepEqual(fitting(cluster, spread({ maxSkew: 3 })), ['a', 'b', 'c']);
  });

  it('KS-40 does not count pods that are leaving, nor those of another namespace', () => {
    const one = { nodes: nodes.slice(0, 2) };
    assert.deepEqual(fitting(aCluster({ ...one, pods: [web('1', 'a')] }), spread()), ['b']);
    const leaving = web('1', 'a', { deletion: { atMs: 0, graceSeconds: 30 } });
    assert.deepEqual(fitting(aCluster({ ...one, pods: [leaving] }), spread()), ['a', 'b']);
    assert.deepEqual(fitting(aCluster({ ...one, pods: [web('1', 'a', { namespace: 'other' })] }), spread()), [
      'a',
      'b',
    ]);
  });

  it('KS-42 without a selector nothing is counted, so nothing is too much', () => {
    const cluster = aCluster({ nodes, pods: [web('1', 'a'), web('2', 'a'), web('3', 'a')] });
    assert.deepEqual(fitting(cluster, spread({ labelSelector: undefined })), ['a', 'b', 'c']);
    assert.deepEqual(fitting(cluster, spread()), ['b', 'c']);
  });
});

describe('pods that want others near or far', () => {
  const nodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b')];
  it('KS-45 two terms have to be met by one pod: two pods that meet one each are not enough', () => {
    const both = near({ app: 'db' }, { tier: 'gold' });
    const apart = aCluster({ nodes, pods: [onA1('one', { app: 'db' }), onA1('two', { tier: 'gold' })] });
    assert.deepEqual(fitting(apart, both), []);
    assert.deepEqual(fitting(apart, near({ app: 'db' })), ['a1', 'a2']);
    const together = aCluster({ nodes, pods: [onA1('one', { app: 'db', tier: 'gold' })] });
    assert.deepEqual(fitting(together, both), ['a1', 'a2']);
  });

  it('KS-47 a pod keeps off the hostname of those that it selects; a node without a hostname is nobody’s', () => {
    const apart = aPod({ labels: { app: 'web' }, spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'web' })] } });
    const hostless: NodeFacts = { ...aNode({ name: 'hostless' }), labels: {} };
    const cluster = aCluster({
      nodes: [aNode({ name: 'taken' }), aNode({ name: 'free' }), hostless],
      pods: [web('1', 'taken'), web('2', 'hostless')],
    });
    assert.deepEqual(fitting(cluster, apart), ['free', 'hostless']);
    assert.equal(
      inShort(checkFit(cluster, apart, cluster.slotOf('taken') ?? -1)),
      "InterPodAffinity: node(s) didn't match pod anti-affinity rules",
    );
  });

  it('KS-49 the API server writes mismatchLabelKeys into the selector: pods of the same tenant do not matter', () => {
    // What is stored for a pod of tenant x that names the key `tenant`.
    const requirements = [
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'tenant', operator: 'NotIn', values: ['x'] },
    ];
    const term = anAffinityTerm({}, { labelSelector: { requirements }, mismatchLabelKeys: ['tenant'] });
    const pod = aPod({ labels: { app: 'web', tenant: 'x' }, spec: { requiredPodAntiAffinity: [term] } });
    const cluster = aCluster({ nodes, pods: [ofTenant('x', 'a1'), ofTenant('y', 'a2')] });
    assert.deepEqual(fitting(cluster, pod), ['a1', 'b1']);
  });
});
