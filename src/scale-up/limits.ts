/**
 * How many nodes of a group the bounds allow: its own maximum, the cluster's limits and the cap on one pass. Nodes that
 * are on their way count as if they were there; nodes of no group count too.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import type { GroupReason } from '../explain/reasons.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';

/** What the cluster has or is about to have; changed as nodes are added to the plan. */
export class Headroom {
  readonly #limits: LimitsOptions;
  readonly #maxNodesPerScaleUp: number;
  #nodes = 0;
  #milliCpu = 0;
  #memoryBytes = 0;
  /** Nodes that this pass asks for. */
  #asked = 0;
  readonly #askedOf = new Map<NodeGroupView, number>();

  constructor(limits: LimitsOptions, maxNodesPerScaleUp: number) {
    this.#limits = limits;
    this.#maxNodesPerScaleUp = maxNodesPerScaleUp;
  }

  /** Counts every node of the cluster, and those of the groups that are upcoming and have not registered. */
  countExisting(cluster: Cluster, views: readonly NodeGroupView[]): void {
    for (const slot of cluster.nodeSlots()) {
      const node = cluster.node(slot);
      if (!cluster.isSimulated(slot) && node.labels['type'] !== 'virtual-kubelet') this.#count(node, 1);
    }
    for (const { template, upcoming, notStarted } of views) {
      if (template !== undefined) this.#count(template.node, upcoming - notStarted.length);
    }
  }

  /** Adds nodes that the pass asks for. */
  ask(view: NodeGroupView, template: NodeFacts, nodes: number): void {
    this.#count(template, nodes);
    this.#asked += nodes;
    this.#askedOf.set(view, (this.#askedOf.get(view) ?? 0) + nodes);
  }

  /** How many more nodes of the group are allowed, and what allows no more than these. */
  allows(view: NodeGroupView, template: NodeFacts): { readonly nodes: number; readonly because: GroupReason } {
    const { maxSize } = view.state;
    const { cpu = 0, memory = 0 } = template.capacity;
    const targetSize = view.targetSize + (this.#askedOf.get(view) ?? 0);
    const { maxNodes, maxMilliCpu, maxMemoryBytes } = this.#limits;
    const bounds: readonly Bound[] = [
      {
        nodes: maxSize - targetSize,
        because: { code: 'GroupAtMaxSize', maxSize, targetSize },
      },
      clusterBound('nodes', { limit: maxNodes, used: this.#nodes, each: 1 }),
      clusterBound('cpu', { limit: maxMilliCpu, used: this.#milliCpu, each: cpu }),
      clusterBound('memory', { limit: maxMemoryBytes, used: this.#memoryBytes, each: memory }),
      {
        nodes: this.#maxNodesPerScaleUp - this.#asked,
        because: { code: 'NodesPerScaleUpLimit', limit: this.#maxNodesPerScaleUp },
      },
    ];
    const tightest = bounds.reduce((least, bound) => (bound.nodes < least.nodes ? bound : least));
    return { nodes: Math.max(0, tightest.nodes), because: tightest.because };
  }

  #count({ capacity }: NodeFacts, nodes: number): void {
    this.#nodes += nodes;
    this.#milliCpu += (capacity['cpu'] ?? 0) * nodes;
    this.#memoryBytes += (capacity['memory'] ?? 0) * nodes;
  }
}

interface Bound {
  readonly nodes: number;
  readonly because: GroupReason;
}

function clusterBound(
  resource: string,
  { limit, used, each }: { readonly limit: number; readonly used: number; readonly each: number },
): Bound {
  const nodes = each === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor((limit - used) / each));
  return { nodes, because: { code: 'ClusterLimit', resource, limit, wouldBe: used + (nodes + 1) * each } };
}
