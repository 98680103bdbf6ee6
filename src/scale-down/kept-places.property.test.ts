/**
 * Plans that go by the places of earlier passes are as safe as any, over random histories of a few nodes. Pods come, go
 * and move; nodes open, close, have to stay, or are replaced. So nodes that took pods in one pass may go in the next, and
 * what was put there is sent on, once or several times. The seed of a failure is printed by fast-check.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cluster } from '../cluster/cluster.ts';
import type { ClusterEvent, NodeFacts, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { aController, aNode, anAffinityTerm, aPod, aSpec, aSpread } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { fits } from '../scheduling/runner.ts';
import { EAGER, NOW_MS, plan } from './fixtures.test-support.ts';
import { placesByPod } from './kept-places.ts';
import type { ScaleDownMemory } from './memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from './memory.ts';
import type { ScaleDownPlan } from './plan.ts';

/** The others belong to no group: they only take pods, once they are open. */
const GROUPED = 5;
const NODES = 7;
const PODS = 24;
const ZONE = 'topology.kubernetes.io/zone';
const STAYS = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };

type Form = Pick<PodFacts, 'spec' | 'labels'>;

function form(cpu: number, rest: Partial<PodSpecFacts> = {}, labels: PodFacts['labels'] = {}): Form {
  return { spec: aSpec({ cpu }, rest), labels };
}

const APART = { app: 'apart' };
const SPREAD = { app: 'spread' };
const PLAIN = [...[100, 150, 200, 300].map((cpu) => form(cpu)), form(200, { nodeSelector: { [ZONE]: 'z0' } })];
/** Some of these have a say about others. */
const COUPLED = [
  ...PLAIN,
  form(100, { requiredPodAntiAffinity: [anAffinityTerm(APART)] }, APART),
  form(100, { topologySpread: [aSpread(SPREAD, { topologyKey: ZONE })] }, SPREAD),
];

/** A pod is on that node from now on, in that form. */
interface PodChange {
  readonly pod: number;
  /** `undefined`: it is gone. */
  readonly node: number | undefined;
  readonly form: number;
}

/** A node is so from now on. One of another size is another node. */
interface NodeChange {
  readonly node: number;
  readonly cpu: number;
  readonly state: 'open' | 'closed' | 'stays';
}

const within = (count: number): fc.Arbitrary<number> => fc.nat({ max: count - 1 });
const forms = within(PLAIN.length * COUPLED.length);
const podChanges: fc.Arbitrary<PodChange> = fc.record({
  pod: within(PODS),
  node: fc.option(within(NODES), { nil: undefined, freq: 2 }),
  form: forms,
});
const nodeChanges: fc.Arbitrary<NodeChange> = fc.record({
  node: fc.oneof(
    within(NODES),
    within(NODES - GROUPED).map((index) => GROUPED + index),
  ),
  cpu: fc.constantFrom(1000, 1500, 2000),
  state: fc.constantFrom('open', 'open', 'closed', 'stays'),
});
const histories = fc.record({
  isCoupled: fc.boolean(),
  sizes: fc.array(fc.constantFrom(1000, 1500), { minLength: NODES, maxLength: NODES }),
  pods: fc.array(fc.record({ node: within(GROUPED), form: forms }), { minLength: PODS - 4, maxLength: PODS }),
  passes: fc.array(fc.array(fc.oneof(podChanges, nodeChanges), { minLength: 1, maxLength: 2 }), {
    minLength: 4,
    maxLength: 6,
  }),
});

class History {
  readonly cluster = new Cluster();
  readonly nodes = new Map<string, NodeFacts>();
  readonly pods = new Map<string, PodFacts>();
  readonly #forms: readonly Form[];

  constructor(known: readonly Form[]) {
    this.#forms = known;
    this.cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', 'web') });
  }

  take(change: PodChange | NodeChange): void {
    const events = 'pod' in change ? this.#podEvents(change) : this.#nodeEvents(change);
    for (const event of events) this.cluster.apply(event);
  }

  #podEvents({ pod: index, node, form: number }: PodChange): readonly ClusterEvent[] {
    const name = `p${index}`;
    const before = this.pods.get(name);
    const gone: ClusterEvent[] = before === undefined ? [] : [{ ...before, kind: 'pod-gone' }];
    this.pods.delete(name);
    if (node === undefined) return gone;
    const pod = aPod({ name, nodeName: `n${node}`, owner: 'web', ...this.#forms[number % this.#forms.length] });
    this.pods.set(name, pod);
    return [...gone, { kind: 'pod', pod }];
  }

  #nodeEvents({ node: index, cpu, state }: NodeChange): readonly ClusterEvent[] {
    const node = aNode({
      name: `n${index}`,
      uid: `uid-n${index}-${cpu}`,
      cpu,
      labels: { [ZONE]: `z${index % 2}` },
      unschedulable: state === 'closed',
      annotations: state === 'stays' ? STAYS : {},
    });
    this.nodes.set(node.name, node);
    return [{ kind: 'node', node }];
  }
}

test('plans that go by the places of earlier passes leave each pod a place that takes it, and keep what they say', () => {
  const options = { ...EAGER, utilizationThreshold: 0.9, unremovableNodeRecheckMs: 0 };
  let sentOn = 0;
  fc.assert(
    fc.property(histories, ({ isCoupled, sizes, pods, passes }) => {
      const history = new History(isCoupled ? COUPLED : PLAIN);
      for (const [node, cpu] of sizes.entries()) history.take({ node, cpu, state: node < GROUPED ? 'open' : 'closed' });
      for (const [pod, rest] of pods.entries()) history.take({ pod, ...rest });
      let memory = EMPTY_SCALE_DOWN_MEMORY;
      for (const [index, changes] of passes.entries()) {
        for (const change of changes) history.take(change);
        const groups = [aGroup({ nodes: [...history.nodes.values()].slice(0, GROUPED), minSize: 0 })];
        const made = plan({ cluster: history.cluster, groups, memory, options, now: NOW_MS + index * 10_000 });
        assertSafe(made, history);
        assertKept(made, history);
        sentOn += countSentOn(memory, made);
        ({ memory } = made);
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(sentOn > 80, `in enough of them pods are sent on: ${sentOn}`);
});

/**
 * Each pod of a node that goes has a place, which takes it while all others are where they are to be. As for room, that
 * holds all the more when only some of the nodes go: a place never goes itself, and fewer pods come there.
 */
function assertSafe({ removals }: ScaleDownPlan, { nodes, pods }: History): void {
  const going = new Set(removals.map(({ node }) => node));
  const places = new Map(removals.flatMap(({ moves }) => moves.map(({ pod, to }) => [pod, to])));
  const after = new Cluster();
  for (const node of nodes.values()) if (!going.has(node.name)) after.apply({ kind: 'node', node });
  const moved: PodFacts[] = [];
  for (const before of pods.values()) {
    const leaves = going.has(before.nodeName);
    const nodeName = leaves ? places.get(podKey(before)) : before.nodeName;
    const pod = { ...before, nodeName: nodeName ?? assert.fail(`${before.name} has no place`) };
    after.apply({ kind: 'pod', pod });
    if (leaves) moved.push(pod);
  }
  for (const pod of moved) {
    const slot = after.slotOf(pod.nodeName) ?? assert.fail(`${pod.nodeName} goes, and is to take ${pod.name}`);
    const isTaken = after.trial(() => {
      after.remove(pod, slot);
      return fits(after, { ...pod, nodeName: '' }, slot);
    });
    assert.ok(isTaken, `${pod.nodeName} does not take ${pod.name}`);
  }
}

/** What is kept of each node that goes is where the plan says that its pods go. */
function assertKept({ removals, memory }: ScaleDownPlan, { pods }: History): void {
  const uids = new Map(Array.from(pods.values(), (pod) => [podKey(pod), pod.uid]));
  const kept = new Map(Array.from(memory.places, ([node, places]) => [node, placesByPod(places)]));
  const emptied = removals.filter(({ moves }) => moves.length > 0);
  const said = emptied.map(({ node, moves }): [string, ReadonlyMap<string | undefined, string>] => [
    node,
    new Map(moves.map(({ pod, to }) => [uids.get(pod), to])),
  ]);
  assert.deepEqual(kept, new Map(said));
}

/** Of how many nodes that were to go, and are to go still, a place goes as well now. */
function countSentOn(before: ScaleDownMemory, { removals }: ScaleDownPlan): number {
  const going = new Set(removals.map(({ node }) => node));
  return [...before.places].filter(([name, { places }]) => {
    return going.has(name) && places.some(({ node }) => going.has(node.name));
  }).length;
}
