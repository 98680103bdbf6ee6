import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSelector, aSpread, aTaint } from '../cluster/fixtures.test-support.ts';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import type { StorageSketch } from '../cluster/storage-fixtures.test-support.ts';
import { aClaim, aVolume, withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { schedulerMessage } from '../explain/scheduler-message.ts';
import { firstFit } from './first-fit.ts';
import { checkFit } from './runner.ts';

/** The verdicts on the nodes in the scheduler's words, with a check that the first that fits is found. */
function verdicts(
  profile: Partial<SchedulerProfile>,
  pod: PodFacts,
  nodes: readonly NodeFacts[],
  running: readonly PodFacts[] = [],
): readonly string[] {
  const cluster = new Cluster({ ...DEFAULT_PROFILE, ...profile });
  for (const node of nodes) cluster.apply({ kind: 'node', node });
  for (const other of running) cluster.apply({ kind: 'pod', pod: other });
  const slots = cluster.nodeSlots();
  const answers = slots.map((slot) => checkFit(cluster, pod, slot));
  assert.equal(
    firstFit(cluster, pod),
    slots.find((_, index) => answers[index]?.fits === true),
  );
  return answers.map((verdict) => (verdict.fits ? 'fits' : verdict.reasons.map(schedulerMessage).join(', ')));
}

function without(...plugins: readonly string[]): Partial<SchedulerProfile> {
  return { skippedForPods: plugins, skippedForNodes: plugins };
}

const ZONE = 'topology.kubernetes.io/zone';
const BOUND = { volumeName: 'v', bindCompleted: true };

const web = { labels: { app: 'web' } };

describe('a scheduler with a profile of its own', () => {
  it('does not ask the plugins that are disabled', () => {
    const node = aNode({ name: 'n', taints: [aTaint('dedicated')], unschedulable: true });
    assert.deepEqual(verdicts({}, aPod(), [node]), ['node(s) were unschedulable']);
    assert.deepEqual(verdicts(without('NodeUnschedulable'), aPod(), [node]), ['node(s) had untolerated taint(s)']);
    assert.deepEqual(verdicts(without('NodeUnschedulable', 'TaintToleration'), aPod(), [node]), ['fits']);
  });

  it('does not ask about volumes, as a whole or on a node, where that is disabled', () => {
    const cases: readonly (readonly [string, StorageSketch])[] = [
      ['VolumeRestrictions', { claims: [aClaim('data', { ...BOUND, accessModes: ['ReadWriteOncePod'] })] }],
      ['VolumeBinding', { claims: [aClaim('data', { ...BOUND, deleting: true })] }],
      ['VolumeBinding', { claims: [aClaim('data', BOUND)], volumes: [aVolume('v', { nodeAffinity: [] })] }],
      ['VolumeZone', { claims: [aClaim('data', BOUND)], volumes: [aVolume('v', { labels: { [ZONE]: 'b' } })] }],
    ];
    const volumes = [{ kind: 'claim', name: 'data', claimName: 'data', readOnly: false } as const];
    for (const [plugin, sketch] of cases) {
      const pluginOf = (profile: Partial<SchedulerProfile>): string => {
        const cluster = new Cluster({ ...DEFAULT_PROFILE, ...profile });
        cluster.apply({ kind: 'node', node: aNode({ name: 'n', labels: { [ZONE]: 'a' } }) });
        cluster.apply({ kind: 'pod', pod: aPod({ name: 'user', nodeName: 'n', spec: { volumes } }) });
        withStorage(cluster, { volumes: [aVolume('v')], ...sketch });
        const verdict = checkFit(cluster, aPod({ spec: { volumes } }), 0);
        return verdict.fits ? 'fits' : verdict.plugin;
      };
      assert.equal(pluginOf({}), plugin);
      assert.equal(pluginOf(without(plugin)), 'fits', plugin);
    }
  });

  it('does not count volumes where that is disabled', () => {
    const drivers = new Map([['csi', 0]]);
    const volumes = [{ kind: 'claim', name: 'data', claimName: 'data', readOnly: false } as const];
    const isFitting = (profile: Partial<SchedulerProfile>): boolean => {
      const cluster = new Cluster({ ...DEFAULT_PROFILE, ...profile });
      cluster.apply({ kind: 'node', node: aNode({ name: 'n' }) });
      withStorage(cluster, {
        claims: [aClaim('data', BOUND)],
        volumes: [aVolume('v', { disk: { driver: 'csi', handle: 'h', migratedFrom: '' } })],
        events: [{ kind: 'csi-node', csiNode: { name: 'n', uid: 'u', drivers, migratedPlugins: [] } }],
      });
      return checkFit(cluster, aPod({ spec: { volumes } }), 0).fits;
    };
    assert.equal(isFitting({}), false);
    assert.equal(isFitting(without('NodeVolumeLimits')), true);
  });

  it('does not ask for features where that is disabled', () => {
    const pod = aPod({ spec: { requiredFeatures: ['A'] } });
    const nodes = [aNode({ name: 'n' })];
    assert.notDeepEqual(verdicts({}, pod, nodes), ['fits']);
    assert.deepEqual(verdicts(without('NodeDeclaredFeatures'), pod, nodes), ['fits']);
  });

  it('lets pods go to any zone where spread and affinity are disabled', () => {
    const nodes = ['a', 'b'].map((zone) => aNode({ name: zone, labels: { [ZONE]: zone } }));
    const term = anAffinityTerm(web.labels, { topologyKey: ZONE });
    const there = [aPod({ ...web, name: 'there', nodeName: 'a' })];
    const spread = aPod({ ...web, spec: { topologySpread: [aSpread(web.labels, { topologyKey: ZONE })] } });
    const apart = aPod({ ...web, spec: { requiredPodAntiAffinity: [term] } });
    const near = aPod({ spec: { requiredPodAffinity: [{ ...term, labelSelector: aSelector({ app: 'db' }) }] } });
    for (const [plugin, pod] of [
      ['PodTopologySpread', spread],
      ['InterPodAffinity', apart],
      ['InterPodAffinity', near],
    ] as const) {
      assert.notEqual(verdicts({}, pod, nodes, there)[0], 'fits');
      assert.deepEqual(verdicts(without(plugin), pod, nodes, there), ['fits', 'fits']);
    }
  });

  it('lets pods go where spread and affinity would not', () => {
    const nodes = [aNode({ name: 'a' })];
    const there = [aPod({ ...web, name: 'there', nodeName: 'a' })];
    const spread = aPod({ ...web, name: 'new', spec: { topologySpread: [aSpread(web.labels, { minDomains: 2 })] } });
    assert.equal(verdicts({}, spread, nodes, there).includes('fits'), false);
    assert.deepEqual(verdicts(without('PodTopologySpread'), spread, nodes, there), ['fits']);
    const apart = { requiredPodAntiAffinity: [anAffinityTerm(web.labels)] };
    const repelled = [aPod({ ...web, name: 'there', nodeName: 'a', spec: apart })];
    for (const pod of [aPod({ ...web, name: 'new', spec: apart }), aPod({ ...web, name: 'plain' })]) {
      assert.equal(verdicts({}, pod, nodes, repelled).includes('fits'), false);
      assert.deepEqual(verdicts(without('InterPodAffinity'), pod, nodes, repelled), ['fits']);
    }
  });

  it('does not look at the names in node affinity when that is disabled', () => {
    const term = { matchExpressions: [], matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] };
    const pod = aPod({ spec: { requiredNodeAffinity: [term] } });
    const nodes = [aNode({ name: 'a' }), aNode({ name: 'b' })];
    assert.deepEqual(verdicts({}, pod, nodes)[1], 'fits');
    assert.notEqual(verdicts({}, pod, nodes)[0], 'fits');
    assert.deepEqual(verdicts(without('NodeAffinity'), pod, nodes), ['fits', 'fits']);
  });

  it('KS-11 wants of every node what it adds to the pods’ affinity, also by name', () => {
    const term = { matchExpressions: [{ key: 'tier', operator: 'In', values: ['apps'] }], matchFields: [] };
    const nodes = [aNode({ name: 'a' }), aNode({ name: 'b', labels: { tier: 'apps' } }), aNode({ name: 'c' })];
    const enforced = "node(s) didn't match scheduler-enforced node affinity";
    assert.deepEqual(verdicts({ addedAffinity: [term] }, aPod(), nodes), [enforced, 'fits', enforced]);
    const byName = { matchExpressions: [], matchFields: [{ key: 'metadata.name', operator: 'In', values: ['c'] }] };
    assert.deepEqual(verdicts({ addedAffinity: [byName] }, aPod(), nodes), [enforced, enforced, 'fits']);
  });

  it('says what it wants and that the pod does not, when one of several terms would do', () => {
    const terms = ['apps', 'db'].map((value) => ({
      matchExpressions: [{ key: 'tier', operator: 'In', values: [value] }],
      matchFields: [],
    }));
    const cluster = new Cluster({ ...DEFAULT_PROFILE, addedAffinity: terms });
    const [none, db] = [{}, { tier: 'db' }].map((labels, index) => {
      cluster.apply({ kind: 'node', node: aNode({ name: `n${index}`, labels }) });
      return checkFit(cluster, aPod({ spec: { nodeSelector: { disk: 'ssd' } } }), index);
    });
    const requirement = 'tier In [apps] or tier In [db]';
    assert.deepEqual(none, {
      fits: false,
      plugin: 'NodeAffinity',
      reasons: [{ code: 'NodeAffinityMismatch', requirement, by: 'scheduler-config' }],
      resolvable: false,
    });
    assert.deepEqual(db?.fits === false && db.reasons, [{ code: 'NodeAffinityMismatch', requirement: 'disk=ssd' }]);
  });

  it('judges the same objects by itself, whatever another scheduler has said of them', () => {
    const node = aNode({ name: 'n', taints: [aTaint('dedicated')] });
    const pod = aPod();
    for (const round of [1, 2]) {
      assert.deepEqual(verdicts({}, pod, [node]), ['node(s) had untolerated taint(s)'], `round ${round}`);
      assert.deepEqual(verdicts(without('TaintToleration'), pod, [node]), ['fits']);
    }
  });
});
