/**
 * The same work done by the slow reference (test/reference-scheduler.ts) in the same run, on a slice that it can manage:
 * it works everything out anew, so its time grows with nodes × pods for each question. Both have to agree.
 */
import { invariant } from '../src/cluster/invariant.ts';
import type { Cluster } from '../src/cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../src/cluster/facts.ts';
import { firstFit } from '../src/scheduling/first-fit.ts';
import type { Placed, World } from '../test/reference-scheduler.ts';
import { firstFitting } from '../test/reference-scheduler.ts';
import { timed } from './stopwatch.ts';
import type { Figure } from './workload.ts';
import { medianMs } from './workload.ts';
import type { Size } from './workloads/large-cluster.ts';
import { largeCluster } from './workloads/large-cluster.ts';

const SLICE: Size = { nodes: 100, podsPerNode: 30 };
const SLICE_IN_WORDS = `${SLICE.nodes} nodes × ${SLICE.podsPerNode} pods`;
/** In percent of the reference's time. It is there to show that the work pays, not to be met narrowly. */
const BAR_PERCENT = 5;
const ROUNDS = 11;

/** The slice of the large cluster, as both know it. */
export function slice(): { readonly cluster: Cluster; readonly world: World } {
  const cluster = largeCluster(SLICE);
  const nodes = cluster.nodeSlots().map((slot) => cluster.node(slot));
  const placed = cluster
    .nodeSlots()
    .flatMap((slot) => [...cluster.podsOn(slot).values()].map((pod): Placed => ({ pod, node: cluster.node(slot) })));
  return { cluster, world: { nodes, placed, namespaces: new Map() } };
}

/** How much of the reference's time `ours` takes. */
export function shareOfReference(
  name: string,
  work: { readonly ours: () => void; readonly reference: () => void; readonly size?: string },
): Figure {
  const ours = medianMs(ROUNDS, work.ours);
  const [reference] = timed(work.reference);
  const unit = `% of the slow reference’s time (${work.size ?? SLICE_IN_WORDS})`;
  return { name: `${name}-reference`, value: (100 * ours) / reference, unit, bar: BAR_PERCENT };
}

/** Finding places for the pods, one after the other. */
export function placingAgainstReference(name: string, pods: readonly PodFacts[]): Figure {
  const { cluster, world } = slice();
  const ours: (string | undefined)[] = [];
  const theirs: (string | undefined)[] = [];
  const figure = shareOfReference(name, {
    size: `${SLICE_IN_WORDS}, ${pods.length} pods to place`,
    ours: () => {
      ours.length = 0;
      cluster.trial(() => {
        for (const pod of pods) {
          const slot = firstFit(cluster, pod);
          if (slot !== undefined) cluster.place(pod, slot);
          ours.push(slot === undefined ? undefined : cluster.node(slot).name);
        }
      });
    },
    reference: () => {
      theirs.push(...placedByReference(world, pods).map((node) => node?.name));
    },
  });
  invariant(ours.join() === theirs.join(), `the reference places the pods of ${name} where the product does`);
  return figure;
}

/** The nodes that the reference finds for the pods, each with those before it in their places. */
function placedByReference(world: World, pods: readonly PodFacts[]): (NodeFacts | undefined)[] {
  const placed = [...world.placed];
  return pods.map((pod) => {
    const node = firstFitting({ ...world, placed }, pod);
    if (node !== undefined) placed.push({ pod, node });
    return node;
  });
}
