/**
 * What has to move off a node, by likeness: pods that no filter tells apart form one load, so that many are given places
 * at once.
 *
 * 1. Which loads a node has, and their order, does not depend on the order in which its pods came (I10).
 * 2. Shapes and variants are one object each for as long as somebody holds their spec: they may be compared by identity.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';

/** What a node is asked for on behalf of a pod, as far as no other pod has a say: amounts, and labels and taints of the node. */
export interface Shape {
  readonly key: string;
  readonly spec: PodSpecFacts;
  readonly demands: readonly Demand[];
}

/** Pods that no filter tells apart. */
export interface Variant {
  readonly shape: Shape;
  readonly example: PodFacts;
}

/** With the place of its load among those that were made last: it holds no longer than until the next are. */
interface KnownVariant extends Variant {
  lastAt: number;
}

/** Pods of a load that have left their node. */
export const NO_NODE: Slot = -1;

/** The pods of one variant on one node. */
export interface Load {
  readonly variant: Variant;
  /** {@link NO_NODE}: they are on none. */
  readonly from: Slot;
  /** The largest share of the node that one of them takes of any resource. */
  readonly share: number;
  /** In no particular order: see {@link inOrder}. */
  readonly pods: readonly PodFacts[];
}

interface GrowingLoad extends Load {
  readonly variant: KnownVariant;
  readonly pods: PodFacts[];
}

/** Past so many, shapes that nobody may hold any more are let go of. */
const MOST_SHAPES = 16_384;

export class Loads {
  readonly #cluster: Cluster;
  readonly #shapes = new Map<string, Shape>();
  #shapeOf = new WeakMap<PodSpecFacts, Shape>();
  readonly #variants = new WeakMap<PodSpecFacts, KnownVariant[]>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The pods of the node as loads, the hardest to place first. */
  of(pods: readonly PodFacts[], from: Slot): readonly Load[] {
    const loads: GrowingLoad[] = [];
    let last: GrowingLoad | undefined;
    for (const pod of pods) {
      const variant = last !== undefined && isAlike(pod, last.variant) ? last.variant : this.#variantOf(pod);
      if (last?.variant !== variant) last = loads[variant.lastAt];
      if (last?.variant === variant) {
        last.pods.push(pod);
        continue;
      }
      // Mostly it stays the only one: an empty list would make room for many.
      last = { variant, from, share: this.#share(variant.shape, from), pods: [pod] };
      variant.lastAt = loads.push(last) - 1;
    }
    return loads.length < 2 ? loads : loads.toSorted(hardestFirst);
  }

  #variantOf(pod: PodFacts): KnownVariant {
    let known = this.#variants.get(pod.spec);
    if (known === undefined) this.#variants.set(pod.spec, (known = []));
    let variant = known.find((other) => isAlike(pod, other));
    if (variant === undefined) known.push((variant = { shape: this.#shape(pod.spec), example: pod, lastAt: -1 }));
    return variant;
  }

  #shape(spec: PodSpecFacts): Shape {
    let shape = this.#shapeOf.get(spec);
    if (shape !== undefined) return shape;
    const demands = this.#cluster.resources.demands(spec);
    const { nodeSelector, requiredNodeAffinity, tolerations } = spec;
    const asked = demands.map(({ column, amount }) => [this.#cluster.resources.name(column), amount]);
    const key = JSON.stringify([asked, nodeSelector, requiredNodeAffinity, tolerations]);
    shape = this.#shapes.get(key);
    if (shape === undefined) {
      if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
      this.#shapes.set(key, (shape = { key, spec, demands }));
    }
    this.#shapeOf.set(spec, shape);
    return shape;
  }

  #share({ demands }: Shape, slot: Slot): number {
    let share = 0;
    for (const { column, amount } of demands) {
      share = Math.max(share, amount / Math.max(1, this.#cluster.allocatable(slot, column)));
    }
    return share;
  }
}

/** What so many pods of these variants ask for together. */
export function demandsOf(loads: Iterable<{ readonly variant: Variant; readonly pods: number }>): readonly Demand[] {
  const amounts = new Map<number, number>();
  for (const { variant, pods } of loads) {
    for (const { column, amount } of variant.shape.demands) {
      amounts.set(column, (amounts.get(column) ?? 0) + amount * pods);
    }
  }
  return Array.from(amounts, ([column, amount]) => ({ column, amount }));
}

/** What the loads of a node ask for together. */
export const demandsOfAll = perLoads((loads) =>
  demandsOf(loads.map(({ variant, pods }) => ({ variant, pods: pods.length }))),
);

/** By column, the least that any of the pods asks for; 0, or nothing, where some do not ask for it. */
export const leastOf = perLoads((loads): readonly number[] => {
  const [first, ...others] = loads;
  const least: number[] = [];
  for (const { column, amount } of first?.variant.shape.demands ?? []) least[column] = amount;
  for (const { variant } of others) {
    const { demands } = variant.shape;
    for (let column = 0, next = 0; column < least.length; column += 1) {
      while ((demands[next]?.column ?? column) < column) next += 1;
      const demand = demands[next];
      least[column] = demand?.column === column ? Math.min(least[column] ?? 0, demand.amount) : 0;
    }
  }
  return least;
});

/** Worked out once for the loads of a node: the list is the same as long as nothing about the node changes. */
function perLoads<T>(work: (loads: readonly Load[]) => T): (loads: readonly Load[]) => T {
  const known = new WeakMap<readonly Load[], { readonly result: T }>();
  return (loads) => {
    let entry = known.get(loads);
    if (entry === undefined) known.set(loads, (entry = { result: work(loads) }));
    return entry.result;
  };
}

/** The pods of the load in the order of their names: they share their namespace. */
export function inOrder({ pods }: Load): readonly PodFacts[] {
  if (pods.length < 2) return pods;
  let ordered = inOrderOf.get(pods);
  if (ordered === undefined) inOrderOf.set(pods, (ordered = pods.toSorted(byName)));
  return ordered;
}

/** The list of a load is the same as long as nothing about its node changes. */
const inOrderOf = new WeakMap<readonly PodFacts[], readonly PodFacts[]>();

/** The one whose name comes first. */
export function firstPod({ pods }: Load): PodFacts | undefined {
  let first: PodFacts | undefined;
  for (const pod of pods) if (first === undefined || pod.name < first.name) first = pod;
  return first;
}

function byName(a: PodFacts, b: PodFacts): number {
  return a.name < b.name ? -1 : a.name === b.name ? 0 : 1;
}

function hardestFirst(a: Load, b: Load): number {
  if (a.share !== b.share) return b.share - a.share;
  if (a.variant.shape !== b.variant.shape) return a.variant.shape.key < b.variant.shape.key ? -1 : 1;
  return firstKey(a) < firstKey(b) ? -1 : 1;
}

function firstKey(load: Load): string {
  const pod = firstPod(load);
  return pod === undefined ? '' : podKey(pod);
}

/** Alike to every filter: of the variant's spec, and selected by the same. */
function isAlike(pod: PodFacts, { example }: Variant): boolean {
  return (
    pod.spec === example.spec &&
    pod.labels === example.labels &&
    pod.namespace === example.namespace &&
    (pod.deletion === undefined) === (example.deletion === undefined) &&
    // A pending pod is held by what waits for it, not by where it runs.
    (pod.nodeName === '') === (example.nodeName === '')
  );
}
