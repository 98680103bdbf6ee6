/**
 * Integrates over time what the pods ask for and what the nodes offer, and the lower bound of the cost of the demand. It
 * watches the store and touches nothing.
 *
 * Demand is what pods outside kube-system request from when they are bound until they are done. What every node runs by
 * itself (kube-system) is no demand: it is taken off the nodes' capacity.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import { amountOf } from '../controllers/quantity.ts';
import { effectiveRequests } from '../controllers/scheduler-pod-class.ts';
import { namespaceOf, nodeStatus, podSpec, podStatus } from '../controllers/shapes.ts';
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { CostLowerBound } from './cost-lower-bound.ts';
import type { WholePodBound } from './whole-pod-bound.ts';

/** In the order in which demand and capacities are given. CPU is in milli, memory in bytes, GPUs in units. */
export const METERED = ['cpu', 'memory', 'nvidia.com/gpu'] as const;

export interface MeterOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** For demand given in the order of {@link METERED}. */
  readonly bound: CostLowerBound;
  /** Of the same pools; its pods are the meter's to add. */
  readonly wholePods?: WholePodBound;
}

export interface Usage {
  /** Share of 1 of what the nodes could allocate, over all the time; 0 for a resource that no node had. */
  readonly utilization: Readonly<Record<(typeof METERED)[number], number>>;
  /** US dollars that the demand costs at the least. */
  readonly lowerBoundUsd: number;
  /** The same with the pools' least number of nodes paid for; see {@link UsageMeter.withMinimum}. */
  readonly lowerBoundWithMinimumUsd: number;
  /** The same when pods are not cut in pieces: see whole-pod-bound.ts. */
  readonly lowerBoundWholePodsUsd: number;
}

const HOUR_MS = 3_600_000;

interface Minimum {
  readonly usdPerHour: number;
  readonly capacity: readonly number[];
}

export class UsageMeter {
  readonly #options: MeterOptions;
  readonly #demandOf = new Map<string, readonly number[]>();
  readonly #offerOf = new Map<string, readonly number[]>();
  readonly #demand = [0, 0, 0];
  readonly #offer = [0, 0, 0];
  readonly #demandTotal = [0, 0, 0];
  readonly #offerTotal = [0, 0, 0];
  readonly #unwatch: readonly (() => void)[];
  #minimum: Minimum = { usdPerHour: 0, capacity: [] };
  #lowerBoundUsd = 0;
  #lowerBoundWithMinimumUsd = 0;
  #lowerBoundWholePodsUsd = 0;
  #sinceMs: number;

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.monotonic();
    this.#unwatch = [
      options.store.watch('pods', (event) => this.#onPod(event)),
      options.store.watch('nodes', (event) => this.#onNode(event)),
    ];
  }

  /** The nodes that cannot be given back: what they cost, and what they hold. */
  withMinimum(minimum: Minimum): void {
    this.#minimum = minimum;
  }

  stop(): void {
    this.#advance();
    for (const unwatch of this.#unwatch) unwatch();
  }

  usage(): Usage {
    this.#advance();
    const share = (index: number): number => {
      const offered = this.#offerTotal[index] ?? 0;
      return offered === 0 ? 0 : (this.#demandTotal[index] ?? 0) / offered;
    };
    return {
      utilization: { cpu: share(0), memory: share(1), 'nvidia.com/gpu': share(2) },
      lowerBoundUsd: this.#lowerBoundUsd,
      lowerBoundWithMinimumUsd: this.#lowerBoundWithMinimumUsd,
      lowerBoundWholePodsUsd: this.#lowerBoundWholePodsUsd,
    };
  }

  #onPod({ type, object }: StoreEvent): void {
    if (namespaceOf(object) === 'kube-system') return;
    const occupies = type !== 'DELETED' && isOccupying(object);
    const { uid } = object.metadata;
    if (occupies === this.#demandOf.has(uid)) return;
    const before = this.#demandOf.get(uid);
    const amounts = occupies ? requestsOf(object) : undefined;
    this.#change(this.#demandOf, this.#demand, { uid, amounts });
    const { wholePods } = this.#options;
    if (before !== undefined) wholePods?.remove(before);
    if (amounts !== undefined) wholePods?.add(amounts);
  }

  #onNode({ type, object }: StoreEvent): void {
    const amounts = type === 'DELETED' ? undefined : offerOf(object);
    const known = this.#offerOf.get(object.metadata.uid);
    if (known?.every((amount, index) => amount === amounts?.[index]) === true) return;
    this.#change(this.#offerOf, this.#offer, { uid: object.metadata.uid, amounts });
  }

  #change(
    known: Map<string, readonly number[]>,
    totals: number[],
    change: { readonly uid: string; readonly amounts: readonly number[] | undefined },
  ): void {
    this.#advance();
    const before = known.get(change.uid);
    METERED.forEach((_, index) => {
      totals[index] = (totals[index] ?? 0) + (change.amounts?.[index] ?? 0) - (before?.[index] ?? 0);
    });
    if (change.amounts === undefined) known.delete(change.uid);
    else known.set(change.uid, change.amounts);
  }

  /** Brings the integrals up to now. */
  #advance(): void {
    const now = this.#options.clock.monotonic();
    const hours = (now - this.#sinceMs) / HOUR_MS;
    this.#sinceMs = now;
    if (hours === 0) return;
    METERED.forEach((_, index) => {
      this.#demandTotal[index] = (this.#demandTotal[index] ?? 0) + hours * (this.#demand[index] ?? 0);
      this.#offerTotal[index] = (this.#offerTotal[index] ?? 0) + hours * (this.#offer[index] ?? 0);
    });
    const { bound, wholePods } = this.#options;
    const beyond = this.#demand.map((amount, index) => amount - (this.#minimum.capacity[index] ?? 0));
    this.#lowerBoundWholePodsUsd += hours * (wholePods?.usdPerHour ?? 0);
    this.#lowerBoundUsd += hours * bound.atDemand(this.#demand);
    this.#lowerBoundWithMinimumUsd += hours * (this.#minimum.usdPerHour + bound.atDemand(beyond));
  }
}

function isOccupying(pod: KubeObject): boolean {
  const { phase } = podStatus(pod);
  return (podSpec(pod).nodeName ?? '') !== '' && phase !== 'Succeeded' && phase !== 'Failed';
}

function requestsOf(pod: KubeObject): readonly number[] {
  const requests = effectiveRequests(podSpec(pod));
  return METERED.map((resource) => requests.get(resource) ?? 0);
}

function offerOf(node: KubeObject): readonly number[] {
  const allocatable = nodeStatus(node).allocatable ?? {};
  return METERED.map((resource) => amountOf(resource, allocatable[resource] ?? 0));
}
