/** What each expander makes of a whole pass, with the groups and limits that are around it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster, anAffinityTerm, podsOf } from '../cluster/fixtures.test-support.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { readPriorities } from '../kubernetes/decode-priorities.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { ExpanderName, ScaleUpOptions } from './options.ts';
import { planFor, resizes } from './plan.test-support.ts';

const TIB = 2 ** 40;
const BALANCING = {
  labels: [],
  ignoredLabels: [],
  heedsOldNames: false,
  memoryRatio: 0.015,
  freeRatio: 0.05,
  allocatableRatio: 0.05,
};

interface Given {
  readonly pods: readonly PodFacts[];
  readonly groups: readonly NodeGroupState[];
  readonly options?: Partial<ScaleUpOptions>;
  /** As in the ConfigMap. */
  readonly priorities?: string;
}

function grown(expanders: readonly ExpanderName[], { pods, groups, options = {}, priorities }: Given): string {
  const cluster = aCluster({ pods });
  if (priorities !== undefined) {
    const read = readPriorities(priorities);
    cluster.apply({ kind: 'priorities', priorities: { namespace: 'kube-system', name: 'p', uid: 'p', read } });
  }
  return cluster.trial(() => resizes(planFor({ cluster, groups, options: { ...options, expanders } })).join(' '));
}

function pool(name: string, cpu: number, rest: Partial<NodeGroupState> = {}): NodeGroupState {
  return aGroup({ name, node: { cpu, memory: TIB }, ...rest });
}

describe('two sets of pods, of which only large nodes take both', () => {
  const pods = [...podsOf('small', 3, { cpu: 1000 }), ...podsOf('large', 2, { cpu: 7000 })];
  const groups = [pool('four', 4000), pool('nine', 9000), pool('sixteen', 16_000)];

  it('least-waste fills nodes best and goes on with the rest', () => {
    assert.equal(grown(['least-waste'], { pods, groups }), 'nine+2');
  });

  it('most-pods helps all with one group', () => {
    assert.equal(
      grown(['most-pods', 'least-nodes'], { pods, groups: [pool('four', 4000), pool('nine', 9000)] }),
      'nine+2',
    );
  });

  it('least-nodes takes the fewest for what a group can help, and goes on with the rest', () => {
    assert.equal(grown(['least-nodes'], { pods, groups }), 'four+1 sixteen+1');
  });

  it('least-nodes does not save a node here that the rest then costs', () => {
    const some = [...podsOf('small', 1, { cpu: 900 }), ...podsOf('large', 5, { cpu: 2000 })];
    const two = [pool('one', 1000), pool('eight', 8000)];
    assert.equal(grown(['least-nodes'], { pods: some, groups: two }), 'eight+2');
    assert.equal(grown(['least-nodes'], { pods: some, groups: two, options: { oneChoicePerPass: true } }), 'one+1');
  });

  it('priority goes before fit, and what its group cannot take goes to the next', () => {
    const priorities = '1: [nine]\n2: [four]';
    const filling = [...podsOf('small', 3, { cpu: 1000 }), ...podsOf('large', 2, { cpu: 8500 })];
    assert.equal(grown(['priority'], { pods: filling, groups, priorities }), 'four+1 nine+2');
    assert.equal(grown(['priority'], { pods, groups, priorities }), 'nine+2', 'which have room for all');
    const full = [pool('four', 4000, { maxSize: 0 }), ...groups.slice(1)];
    assert.equal(grown(['priority'], { pods, groups: full, priorities }), 'nine+2');
  });

  it('one choice a pass is Cluster Autoscaler’s way', () => {
    const options = { oneChoicePerPass: true };
    assert.equal(grown(['least-nodes'], { pods, groups, options }), 'four+1');
  });
});

it('SU-24: balancing includes the groups that the expander did not choose', () => {
  const pods = podsOf('web', 4, { cpu: 1000 });
  const groups = [pool('cheap', 1000, { pricePerHour: 1 }), pool('dear', 1000, { pricePerHour: 2 })];
  assert.equal(grown(['least-waste'], { pods, groups, options: { balancing: BALANCING } }), 'cheap+2 dear+2');
  const priorities = '1: [cheap]';
  assert.equal(grown(['priority'], { pods, groups, priorities, options: { balancing: BALANCING } }), 'cheap+2 dear+2');
});

function inZone(zone: string, pricePerHour: number): NodeGroupState {
  return aGroup({ name: zone, node: { cpu: 4000, memory: TIB, labels: { zone } }, pricePerHour });
}

function onlyIn(zone: string, count: number, cpu: number): PodFacts[] {
  return podsOf(`only-${zone}`, count, { cpu, spec: { nodeSelector: { zone } } });
}

it('a group that was chosen later holds one of the pods that keep apart on each node, beside its own, which saves a node', () => {
  const labels = { app: 'apart' };
  const apart = podsOf('apart', 6, { cpu: 500, labels, spec: { requiredPodAntiAffinity: [anAffinityTerm(labels)] } });
  const pods = [...apart, ...podsOf('free', 20, { cpu: 500 }), ...onlyIn('x', 8, 500), ...onlyIn('y', 3, 300)];
  assert.equal(grown(['least-nodes'], { pods, groups: [inZone('x', 1), inZone('y', 3)] }), 'y+1 x+5');
});

it('of very many groups a small one helps where a limit leaves no room for the favourites', () => {
  const pods = podsOf('web', 3, { cpu: 1000 });
  const groups = Array.from({ length: 60 }, (_, index) => pool(`p${index}`, index === 0 ? 2000 : 16_000 + 10 * index));
  const limits = { maxMilliCpu: 8000 };
  for (const expander of ['least-nodes', 'most-pods', 'least-waste', 'price'] as const) {
    assert.deepEqual(
      resizes(planFor({ pods, groups, limits, options: { expanders: [expander] } })),
      ['p0+2'],
      expander,
    );
  }
});
