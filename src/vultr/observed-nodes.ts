/**
 * What real nodes of a plan turned out to have. A plan's promise is more than a node can give to pods (firmware, kernel,
 * kubelet reservations), and nobody publishes how much; so the margin is learned from the nodes that are there.
 *
 * Of several nodes of one plan the least of each amount counts: a template must never promise what a node may lack.
 */
import type { NodeFacts, ResourceList } from '../cluster/facts.ts';
import { GPU_RESOURCE } from './plans.ts';

interface Amounts {
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
}

/** Nodes of one plan differ by a few kilobytes; a handful is enough. */
const MOST_NODES_PER_PLAN = 16;
const MOST_PLANS = 200;

export class ObservedNodes {
  /** By plan, then by provider id, oldest observation first. */
  readonly #byPlan = new Map<string, Map<string, Amounts>>();

  /** Takes note of a living node of the plan. Nodes that are not ready yet are passed over: they may lack devices. */
  observe(planId: string, node: NodeFacts): void {
    if (!isReady(node) || node.deleting || (node.allocatable['memory'] ?? 0) === 0) return;
    let nodes = this.#byPlan.get(planId);
    if (nodes === undefined) {
      if (this.#byPlan.size >= MOST_PLANS) return;
      nodes = new Map();
      this.#byPlan.set(planId, nodes);
    }
    nodes.delete(node.providerID);
    nodes.set(node.providerID, { capacity: node.capacity, allocatable: node.allocatable });
    for (const oldest of nodes.keys()) {
      if (nodes.size <= MOST_NODES_PER_PLAN) break;
      nodes.delete(oldest);
    }
  }

  /** Forgets nodes that are gone, unless none of their plan would be left: then the memory of them is the best there is. */
  keepOnly(isLiving: (providerID: string) => boolean): void {
    for (const nodes of this.#byPlan.values()) {
      const gone = [...nodes.keys()].filter((id) => !isLiving(id));
      if (gone.length < nodes.size) for (const id of gone) nodes.delete(id);
    }
  }

  /** The least of each amount over the plan's nodes; `undefined` when none has been seen. */
  amounts(planId: string): Amounts | undefined {
    const nodes = [...(this.#byPlan.get(planId)?.values() ?? [])];
    if (nodes.length === 0) return undefined;
    return {
      capacity: leastOf(nodes.map(({ capacity }) => capacity)),
      allocatable: leastOf(nodes.map(({ allocatable }) => allocatable)),
    };
  }
}

function leastOf(lists: readonly ResourceList[]): ResourceList {
  const least: Record<string, number> = {};
  for (const name of new Set(lists.flatMap((list) => Object.keys(list)))) {
    const amounts = lists.map((list) => list[name] ?? 0);
    // A GPU shows up only once its driver runs, long after the node is ready: the most that was seen is what there is.
    const counts = name === GPU_RESOURCE ? Math.max(...amounts) : Math.min(...amounts);
    if (counts > 0) least[name] = counts;
  }
  return least;
}

function isReady(node: NodeFacts): boolean {
  return node.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
