/** Asking the filters, and looking for a node (scenario cases FR; docs/scenarios.md has those that cannot be). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod, aTaint, aToleration } from '../cluster/fixtures.test-support.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import { withStorage } from '../cluster/storage-fixtures.test-support.ts';
import { firstFit } from './first-fit.ts';
import { checkFit } from './runner.ts';
import type { Verdict } from './verdict.ts';

function verdictOn(nodes: readonly NodeFacts[], name: string, pod: PodFacts, cluster = aCluster({ nodes })): Verdict {
  const slot = cluster.slotOf(name);
  assert.ok(slot !== undefined);
  return checkFit(cluster, pod, slot);
}

/** The name of the node that is found for the pod. */
function found(cluster: Cluster, pod: PodFacts): string | undefined {
  const slot = firstFit(cluster, pod);
  return slot === undefined ? undefined : cluster.node(slot).name;
}

describe('asking about one node', () => {
  it('FR-01 says that a pod fits, or which plugin rejects it and by how much', () => {
    const nodes = [aNode({ name: 'free', cpu: 1000 }), aNode({ name: 'full', cpu: 0 })];
    assert.deepEqual(verdictOn(nodes, 'free', aPod({ cpu: 500 })), { fits: true });
    assert.deepEqual(verdictOn(nodes, 'full', aPod({ cpu: 500 })), {
      fits: false,
      plugin: 'NodeResourcesFit',
      reasons: [{ code: 'InsufficientResource', resource: 'cpu', requested: 500, free: 0, allocatable: 0 }],
      resolvable: false,
    });
  });

  it('FR-02 does not ask a plugin that the scheduler’s profile disables', () => {
    const node = aNode({ name: 'n', taints: [aTaint('dedicated')] });
    const lenient = new Cluster({ ...DEFAULT_PROFILE, skippedForNodes: ['TaintToleration'] });
    lenient.apply({ kind: 'node', node });
    assert.equal(verdictOn([node], 'n', aPod()).fits, false);
    assert.equal(verdictOn([node], 'n', aPod(), lenient).fits, true);
  });

  it('FR-03 enforces what the profile asks of all pods', () => {
    const disks = [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }], matchFields: [] }];
    const strict = new Cluster({ ...DEFAULT_PROFILE, addedAffinity: disks });
    strict.apply({ kind: 'node', node: aNode({ name: 'hdd', labels: { disk: 'hdd' } }) });
    strict.apply({ kind: 'node', node: aNode({ name: 'ssd', labels: { disk: 'ssd' } }) });
    assert.equal(found(strict, aPod()), 'ssd');
  });

  it('FR-04 names the taint that is not tolerated', () => {
    const verdict = verdictOn([aNode({ name: 'n', taints: [aTaint('dedicated', 'gpu')] })], 'n', aPod());
    assert.deepEqual(verdict.fits ? [] : verdict.reasons, [
      { code: 'UntoleratedTaint', taint: aTaint('dedicated', 'gpu') },
    ]);
  });

  it('FR-05 a pod that lacks its claim is turned away as a whole, on every node', () => {
    const volumes = [{ kind: 'claim', name: 'data', claimName: 'data', readOnly: false } as const];
    const cluster = withStorage(aCluster({ nodes: [aNode({ name: 'a' }), aNode({ name: 'b' })] }), {});
    const verdicts = cluster.nodeSlots().map((slot) => checkFit(cluster, aPod({ spec: { volumes } }), slot));
    for (const verdict of verdicts) assert.equal(verdict.fits ? '' : verdict.plugin, 'VolumeRestrictions');
    assert.equal(found(cluster, aPod({ spec: { volumes } })), undefined);
  });

  it('FR-06 a pod that names its node is turned away from any other before that is looked at', () => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['n2'] }];
    const pod = aPod({ cpu: 9000, spec: { requiredNodeAffinity: [{ matchExpressions: [], matchFields }] } });
    const verdict = verdictOn([aNode({ name: 'n1' }), aNode({ name: 'n2' })], 'n1', pod);
    assert.deepEqual(verdict.fits ? [] : verdict.reasons, [{ code: 'NodeNameMismatch', wanted: 'n2' }]);
  });
});

describe('looking for a node', () => {
  const three = ['n0', 'n1', 'n2'].map((name) => aNode({ name }));

  it('FR-07 FR-11 finds the first by name, however often it is asked and in whatever order nodes came', () => {
    const cluster = aCluster({ nodes: three.toReversed() });
    assert.deepEqual(
      [1, 2, 3].map(() => found(cluster, aPod())),
      ['n0', 'n0', 'n0'],
    );
  });

  it('FR-10 finds a cordoned node for a pod that tolerates that, as the scheduler would bind it there', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n', unschedulable: true })] });
    const tolerant = aPod({ spec: { tolerations: [aToleration('node.kubernetes.io/unschedulable')] } });
    assert.equal(found(cluster, aPod()), undefined);
    assert.equal(found(cluster, tolerant), 'n');
    assert.equal(verdictOn([], 'n', tolerant, cluster).fits, true);
  });

  it('FR-12 finds none where there is none', () => {
    assert.equal(found(aCluster({}), aPod()), undefined);
  });
});
