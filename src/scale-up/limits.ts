/**
 * How many nodes of a group the bounds allow: its own maximum, the cluster's limits and the cap on one pass. Nodes that
 * are on their way count as if they were there; nodes of no group count too. A group that grows as a whole is allowed
 * its whole step or nothing.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { invariant } from '../cluster/invariant.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import type { ClusterLimitReason, GroupReason } from '../explain/reasons.ts';
import { gpusOf } from '../node-groups/gpus.ts';
import type { LaunchAllowance } from './launches.ts';
import { UNBOUNDED_LAUNCHES } from './launches.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';

const MILLI_PER_CORE = 1000;

export interface Allowance {
  readonly nodes: number;
  /** What allows no more. */
  readonly because: GroupReason;
}

/** A group and what its new nodes would be like. */
export interface Growable {
  readonly view: NodeGroupView;
  readonly template: { readonly node: NodeFacts };
}

/** What is bounded, how much of it there is, and how much one node brings. */
interface Share {
  readonly resource: string;
  readonly limit: number;
  readonly used: number;
  readonly each: number;
}

/** What the cluster has or is about to have; changed as nodes are added to the plan. */
export class Headroom {
  readonly #limits: LimitsOptions;
  readonly #maxNodesPerScaleUp: number;
  readonly #launches: LaunchAllowance;
  #nodes = 0;
  #milliCpu = 0;
  #memoryBytes = 0;
  /** In the order of the limits on GPUs. */
  readonly #gpus: number[];
  /** Nodes that this pass asks for. */
  #asked = 0;
  readonly #askedOf = new Map<NodeGroupView, number>();
  #uncounted: (() => void) | undefined;

  constructor(limits: LimitsOptions, maxNodesPerScaleUp: number, launches = UNBOUNDED_LAUNCHES) {
    this.#limits = limits;
    this.#maxNodesPerScaleUp = maxNodesPerScaleUp;
    this.#launches = launches;
    this.#gpus = limits.gpus.map(() => 0);
  }

  /** The same bounds with what is counted so far, to try something out. */
  copy(): Headroom {
    this.#countFirst();
    const copy = new Headroom(this.#limits, this.#maxNodesPerScaleUp, this.#launches);
    copy.#nodes = this.#nodes;
    copy.#milliCpu = this.#milliCpu;
    copy.#memoryBytes = this.#memoryBytes;
    copy.#asked = this.#asked;
    copy.#gpus.splice(0, copy.#gpus.length, ...this.#gpus);
    for (const [view, nodes] of this.#askedOf) copy.#askedOf.set(view, nodes);
    return copy;
  }

  /** Counts every node of the cluster, and those of the groups that are upcoming and have not registered. */
  countExisting(cluster: Cluster, views: readonly NodeGroupView[]): void {
    this.#uncounted = () => this.#countNodes(cluster, views);
  }

  /** Most passes never ask what is allowed: only then is it counted. */
  #countFirst(): void {
    const count = this.#uncounted;
    this.#uncounted = undefined;
    count?.();
  }

  #countNodes(cluster: Cluster, views: readonly NodeGroupView[]): void {
    const viewOf = this.#limits.gpus.length === 0 ? new Map<Slot, NodeGroupView>() : viewsBySlot(views);
    for (const slot of cluster.nodeSlots()) {
      const node = cluster.node(slot);
      if (!cluster.isSimulated(slot) && node.labels['type'] !== 'virtual-kubelet')
        this.#count(node, 1, viewOf.get(slot));
    }
    for (const view of views) {
      if (view.template !== undefined) this.#count(view.template.node, view.upcoming - view.standIns.length, view);
    }
  }

  /** Adds nodes that the pass asks for. */
  ask(view: NodeGroupView, template: NodeFacts, nodes: number): void {
    invariant(nodes >= 0, 'a pass that asks for nodes gives none back');
    this.#countFirst();
    this.#count(template, nodes, view);
    this.#asked += nodes;
    this.#askedOf.set(view, (this.#askedOf.get(view) ?? 0) + nodes);
  }

  /**
   * How many more nodes of the group are allowed, and what allows no more than these; with `sharers`, of all of them
   * together, whichever of them they are.
   */
  allows(view: NodeGroupView, template: NodeFacts, sharers: readonly Growable[] = []): Allowance {
    this.#countFirst();
    const atMaximum = this.#atMaximum(view, sharers);
    const shares = this.#shares(view, template, sharers);
    if (view.state.options.zeroOrMaxNodeScaling === true) return this.#wholeStep(atMaximum, shares);
    return tightest(atMaximum, [...shares.map((share) => clusterBound(share, 1)), this.#passBound()]);
  }

  /** The same as Cluster Autoscaler packs for: limits on amounts come into it only where they allow not even one node. */
  estimates({ view, template }: Growable, sharers: readonly Growable[]): number {
    if (this.allows(view, template.node).nodes === 0) return 0;
    const { maxNodes } = this.#limits;
    const nodes = clusterBound({ resource: 'nodes', limit: maxNodes, used: this.#nodes, each: 1 }, 1);
    return tightest(this.#atMaximum(view, sharers), [nodes, this.#passBound()]).nodes;
  }

  /** The group's target with what the pass asks for. */
  sizeOf(view: NodeGroupView): number {
    return view.targetSize + (this.#askedOf.get(view) ?? 0);
  }

  #atMaximum(view: NodeGroupView, sharers: readonly Growable[]): Allowance {
    const room = (one: NodeGroupView): number => Math.max(0, one.state.maxSize - this.sizeOf(one));
    const nodes = sharers.reduce((sum, one) => sum + room(one.view), room(view));
    const targetSize = this.sizeOf(view);
    return { nodes, because: { code: 'GroupAtMaxSize', maxSize: view.state.maxSize, targetSize } };
  }

  #passBound(): Allowance {
    const limit = this.#maxNodesPerScaleUp;
    const bound: Allowance = { nodes: limit - this.#asked, because: { code: 'NodesPerScaleUpLimit', limit } };
    const launches = this.#launchBound();
    return launches.nodes < bound.nodes ? launches : bound;
  }

  #launchBound(): Allowance {
    const { nodes, limit, untilMs } = this.#launches;
    return { nodes: Math.max(0, nodes - this.#asked), because: { code: 'NodeLaunchLimit', limit, untilMs } };
  }

  #wholeStep(atMaximum: Allowance, shares: readonly Share[]): Allowance {
    const step = wholeStep(atMaximum, shares);
    const { nodes, because } = this.#launchBound();
    return step.nodes <= nodes ? step : { nodes: 0, because };
  }

  #shares(view: NodeGroupView, template: NodeFacts, sharers: readonly Growable[]): Share[] {
    const { maxNodes, maxMilliCpu, maxMemoryBytes, gpus } = this.#limits;
    const most = (amount: (node: NodeFacts, of: NodeGroupView) => number): number =>
      sharers.reduce((more, one) => Math.max(more, amount(one.template.node, one.view)), amount(template, view));
    return [
      { resource: 'nodes', limit: maxNodes, used: this.#nodes, each: 1 },
      { resource: 'cpu', limit: maxMilliCpu, used: this.#milliCpu, each: most(wholeCores) },
      { resource: 'memory', limit: maxMemoryBytes, used: this.#memoryBytes, each: most(memoryOf) },
      ...gpus.map(({ type, max }, index) => ({
        resource: type,
        limit: max,
        used: this.#gpus[index] ?? 0,
        each: most((node, of) => this.#gpusOf(node, type, of)),
      })),
    ];
  }

  #count(node: NodeFacts, nodes: number, view: NodeGroupView | undefined): void {
    this.#nodes += nodes;
    this.#milliCpu += wholeCores(node) * nodes;
    this.#memoryBytes += memoryOf(node) * nodes;
    for (const [index, { type }] of this.#limits.gpus.entries()) {
      this.#gpus[index] = (this.#gpus[index] ?? 0) + this.#gpusOf(node, type, view) * nodes;
    }
  }

  #gpusOf(node: NodeFacts, type: string, view: NodeGroupView | undefined): number {
    const template = view?.state.template;
    const { gpuLabel } = this.#limits;
    const { types, count } = gpusOf(node, { gpuLabel, expected: template?.capacity, cloudType: template?.gpuType });
    return types.includes(type) ? count : 0;
  }
}

/** By how many nodes each group may grow where no pod asks for them: within the same bounds. */
export function growableWithin(
  cluster: Cluster,
  views: readonly NodeGroupView[],
  bounds: { readonly limits: LimitsOptions; readonly most: number; readonly launches: LaunchAllowance },
): (view: NodeGroupView) => number {
  const headroom = new Headroom(bounds.limits, bounds.most, bounds.launches);
  headroom.countExisting(cluster, views);
  return (view) => (view.template === undefined ? 0 : headroom.allows(view, view.template.node).nodes);
}

/** A part of a core counts as one, as Cluster Autoscaler counts it. */
function wholeCores({ capacity }: NodeFacts): number {
  return Math.ceil((capacity['cpu'] ?? 0) / MILLI_PER_CORE) * MILLI_PER_CORE;
}

function viewsBySlot(views: readonly NodeGroupView[]): Map<Slot, NodeGroupView> {
  return new Map(views.flatMap((view) => view.slots.map((slot) => [slot, view] as const)));
}

function memoryOf({ capacity }: NodeFacts): number {
  return capacity['memory'] ?? 0;
}

function tightest(first: Allowance, others: readonly Allowance[]): Allowance {
  const { nodes, because } = others.reduce((least, bound) => (bound.nodes < least.nodes ? bound : least), first);
  return { nodes: Math.max(0, nodes), because };
}

/** All the nodes up to the maximum, where the cluster's limits allow so many. */
function wholeStep(atMaximum: Allowance, shares: readonly Share[]): Allowance {
  const step = Math.max(0, atMaximum.nodes);
  for (const share of shares) {
    const { nodes, because } = clusterBound(share, step);
    if (nodes < step) return { nodes: 0, because: { code: 'WholeGroupLimit', nodes: step, because } };
  }
  return { nodes: step, because: atMaximum.because };
}

/** `step`: by how many nodes the group grows at least. */
function clusterBound(
  { resource, limit, used, each }: Share,
  step: number,
): Allowance & { because: ClusterLimitReason } {
  const nodes = each === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, Math.floor((limit - used) / each));
  const wouldBe = used + Math.max(nodes + 1, step) * each;
  return { nodes, because: { code: 'ClusterLimit', resource, limit, wouldBe } };
}
