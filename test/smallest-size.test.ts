/**
 * How small a cluster can get, worked out by trying every possibility, against what passes of scale-down leave of it.
 *
 * The search knows the rules by the words of the documentation and by nothing of the product: a pod that is annotated to
 * stay, that nothing would make anew, that keeps files on its node or that a budget never lets go keeps its node; a pool
 * keeps its minimum; and every pod of a node that goes needs room on one that stays.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aCluster, aController, aNode, aPdb, aPod } from '../src/cluster/fixtures.test-support.ts';
import type { Cluster } from '../src/cluster/cluster.ts';
import type { PodFacts } from '../src/cluster/facts.ts';
import { aGroup } from '../src/node-groups/fixtures.test-support.ts';
import { EAGER, MINUTE_MS, NOW_MS, scaleDownInput } from '../src/scale-down/fixtures.test-support.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../src/scale-down/memory.ts';
import type { ScaleDownPlan } from '../src/scale-down/scale-down.ts';
import { planScaleDown } from '../src/scale-down/scale-down.ts';

const NODE_MILLI_CPU = 4000;
/** Each goes into the next without a rest. */
const SIZES = [500, 1000, 2000];
/** Of the pods, what keeps some of them where they are; most of them nothing. */
const KINDS = ['plain', 'plain', 'plain', 'plain', 'safe', 'budgeted', 'annotated', 'bare', 'files', 'frozen'] as const;

interface PodSketch {
  readonly milliCpu: number;
  readonly kind: (typeof KINDS)[number];
}

interface Sketch {
  readonly minSize: number;
  readonly nodes: readonly (readonly PodSketch[])[];
}

const sketches = (sizes: readonly number[]): fc.Arbitrary<Sketch> =>
  fc.record({
    minSize: fc.integer({ min: 0, max: 2 }),
    nodes: fc.array(
      fc
        .array(fc.record({ milliCpu: fc.constantFrom(...sizes), kind: fc.constantFrom(...KINDS) }), { maxLength: 4 })
        .map(fitting),
      { minLength: 2, maxLength: 7 },
    ),
  });

/** Of the pods, from the first on, what a node holds. */
function fitting(pods: readonly PodSketch[]): readonly PodSketch[] {
  let free = NODE_MILLI_CPU;
  return pods.filter(({ milliCpu }) => (free -= milliCpu) >= 0);
}

// ---- Every possibility --------------------------------------------------------------------------------------------

/** The fewest nodes that can be left. */
function fewest({ nodes, minSize }: Sketch): number {
  let least = nodes.length;
  for (let subset = 0; subset < 2 ** nodes.length; subset += 1) {
    const goes = nodes.map((_, index) => (subset & (2 ** index)) !== 0);
    const left = goes.filter((one) => !one).length;
    if (left >= Math.min(minSize, nodes.length) && left < least && canGo(nodes, goes)) least = left;
  }
  return least;
}

function canGo(nodes: Sketch['nodes'], goes: readonly boolean[]): boolean {
  const leaving = nodes.filter((_, index) => goes[index]).flat();
  if (leaving.some(({ kind }) => isHeld(kind))) return false;
  const room = nodes.flatMap((pods, index) => (goes[index] === true ? [] : [NODE_MILLI_CPU - sum(pods)]));
  return fit(
    leaving.map(({ milliCpu }) => milliCpu).toSorted((a, b) => b - a),
    room,
  );
}

/** Whether the pods find room, by trying every node for each of them. */
function fit([first, ...rest]: readonly number[], room: readonly number[]): boolean {
  if (first === undefined) return true;
  return room.some((free, index) => free >= first && fit(rest, room.with(index, free - first)));
}

function isHeld(kind: PodSketch['kind']): boolean {
  return kind === 'annotated' || kind === 'bare' || kind === 'files' || kind === 'frozen';
}

function sum(pods: readonly PodSketch[]): number {
  return pods.reduce((total, { milliCpu }) => total + milliCpu, 0);
}

// ---- What scale-down makes of it ----------------------------------------------------------------------------------

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

function clusterOf({ nodes }: Sketch): Cluster {
  const pods = nodes.flatMap((list, node) =>
    list.map(({ milliCpu, kind }, index) => podOf(`${kind}-${node}-${index}`, `n${node}`, milliCpu, kind)),
  );
  return aCluster({
    nodes: nodes.map((_, index) => aNode({ name: `n${index}`, cpu: NODE_MILLI_CPU })),
    pods,
    pdbs: [budgetOf('budgeted', 1), budgetOf('frozen', 0)],
    controllers: [aController('ReplicaSet', 'web')],
  });
}

function budgetOf(app: string, disruptionsAllowed: number): ReturnType<typeof aPdb> {
  const requirements = [{ key: 'app', operator: 'In', values: [app] }];
  return aPdb(app, { disruptionsAllowed, selector: { requirements } });
}

function podOf(name: string, nodeName: string, cpu: number, kind: PodSketch['kind']): PodFacts {
  const annotations =
    kind === 'annotated' ? { [SAFE_TO_EVICT]: 'false' } : kind === 'safe' ? { [SAFE_TO_EVICT]: 'true' } : {};
  const volumes = kind === 'files' ? { volumes: [{ kind: 'emptyDir', name: 'scratch', medium: '' } as const] } : {};
  return aPod({
    name,
    nodeName,
    cpu,
    labels: { app: kind },
    annotations,
    spec: volumes,
    ...(kind === 'bare' ? {} : { owner: 'web' }),
  });
}

/** Passes, each carried out at once, until nothing goes any more. The last of them. */
function settle(cluster: Cluster, { minSize }: Sketch): ScaleDownPlan {
  let memory = EMPTY_SCALE_DOWN_MEMORY;
  for (let now = NOW_MS; ; now += 10 * MINUTE_MS) {
    const nodes = cluster.nodeSlots().map((slot) => cluster.node(slot));
    const groups = [aGroup({ nodes, minSize })];
    const plan = planScaleDown(
      scaleDownInput({ cluster, groups, memory, now, options: { ...EAGER, utilizationThreshold: 1 } }),
    );
    memory = plan.memory;
    if (plan.removals.length === 0) return plan;
    for (const { node, uid, moves } of plan.removals) {
      for (const { pod, to } of moves) {
        const known = cluster.pod('default', pod.replace('default/', '')) ?? assert.fail(pod);
        cluster.apply({ kind: 'pod', pod: { ...known, nodeName: to, resourceVersion: `${now}` } });
      }
      cluster.apply({ kind: 'node-gone', name: node, uid });
    }
  }
}

/** What is left, as a sketch, with the names of the nodes. */
function leftOf(cluster: Cluster): { readonly names: readonly string[]; readonly nodes: Sketch['nodes'] } {
  const slots = cluster.nodeSlots();
  return {
    names: slots.map((slot) => cluster.node(slot).name),
    nodes: slots.map((slot) =>
      [...cluster.podsOn(slot).values()].map(({ name, spec }) => ({
        milliCpu: spec.requests['cpu'] ?? 0,
        kind: KINDS.find((kind) => name.startsWith(`${kind}-`)) ?? assert.fail(name),
      })),
    ),
  };
}

describe('scale-down of a small cluster', () => {
  it('leaves the fewest nodes that there can be, where pods are of one size', () => {
    fc.assert(
      fc.property(sketches([1000]), (sketch) => {
        const cluster = clusterOf(sketch);
        settle(cluster, sketch);
        assert.equal(cluster.nodeCount(), fewest(sketch));
      }),
      { numRuns: 500 },
    );
  });

  it('leaves no node that could go, and says of each why it stays, where pods are of several sizes', () => {
    fc.assert(
      fc.property(sketches(SIZES), (sketch) => {
        const cluster = clusterOf(sketch);
        const last = settle(cluster, sketch);
        const { names, nodes } = leftOf(cluster);
        assert.deepEqual(
          last.nodes.map(({ node }) => node),
          names,
        );
        for (const [index, pods] of nodes.entries()) {
          const goes = nodes.map((_, other) => other === index);
          const outcome = last.nodes[index]?.outcome;
          const why = outcome?.kind === 'stays' ? outcome.reason.code : outcome?.kind;
          const isAtMinimum = nodes.length <= sketch.minSize;
          assert.ok(isAtMinimum || !canGo(nodes, goes), `${names[index]} could go`);
          const isHeldHere = pods.some(({ kind }) => isHeld(kind));
          assert.equal(
            why,
            isAtMinimum ? 'NodeGroupMinSizeReached' : isHeldHere ? 'BlockedByPod' : 'NoPlaceToMovePods',
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
