/**
 * Why a pod fits none of many nodes, counted: one entry per kind of reason, with the amounts of the nearest miss. What
 * kube-scheduler's own message says ("0/5 nodes are available: 3 Insufficient cpu …") is a view of this.
 *
 * It says what `checkFit` says of each node; most pods need nothing but amounts, and for those it only counts.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { PODS } from '../cluster/resources.ts';
import type { FitReason, RejectionCount } from '../explain/reasons.ts';
import { isCouplingReason } from '../explain/coupling-reasons.ts';
import { isVolumeReason } from '../explain/volume-reasons.ts';
import { podRejection } from './pod-filters.ts';
import { checkFits, isCoupled } from './runner.ts';
import { staticRejectionAt } from './static-verdicts.ts';
import type { Verdict } from './verdict.ts';

/** The reasons, the most frequent first. A node with several reasons counts for each, as the scheduler counts them. */
export function countRejections(cluster: Cluster, pod: PodFacts, slots: readonly Slot[]): RejectionCount[] {
  const counts = new Counts();
  const ofPod = podRejection(cluster, pod);
  if (ofPod !== undefined) {
    if (slots.length > 0) counts.addAll(ofPod, slots.length);
    return counts.sorted();
  }
  const isPlain =
    pod.spec.hostPorts.length === 0 &&
    pod.spec.volumes.length === 0 &&
    pod.spec.requiredFeatures === undefined &&
    !isCoupled(cluster, pod);
  if (isPlain) countPlain(cluster, pod, slots, counts);
  else for (const verdict of checkFits(cluster, pod, slots)) counts.addAll(verdict, 1);
  return counts.sorted();
}

/** For a pod that only static filters and amounts can reject: shortages are counted without words. */
function countPlain(cluster: Cluster, { spec }: PodFacts, slots: readonly Slot[], counts: Counts): void {
  const shortages = cluster.resources
    .demands(spec)
    .map((demand) => ({ ...demand, nodes: 0, free: -1, allocatable: 0 }));
  for (const slot of slots) {
    const rejection = staticRejectionAt(cluster, spec, slot);
    if (rejection !== undefined) {
      counts.addAll(rejection, 1);
      continue;
    }
    for (const shortage of shortages) {
      const free = cluster.free(slot, shortage.column);
      if (shortage.amount <= free) continue;
      shortage.nodes += 1;
      noteNearer(shortage, Math.max(0, free), cluster.allocatable(slot, shortage.column));
    }
  }
  for (const { column, amount, nodes, free, allocatable } of shortages) {
    if (nodes === 0) continue;
    const resource = cluster.resources.name(column);
    counts.add(
      column === PODS
        ? { code: 'TooManyPods', allowed: allocatable }
        : { code: 'InsufficientResource', resource, requested: amount, free, allocatable },
      nodes,
    );
  }
}

/** Keeps the nearest miss: for places of pods the node with the most, else the one with the most free. */
function noteNearer(
  shortage: { readonly column: number; free: number; allocatable: number },
  free: number,
  allocatable: number,
): void {
  const further = shortage.column === PODS ? 0 : free - shortage.free;
  if (further < 0 || (further === 0 && allocatable <= shortage.allocatable && shortage.free >= 0)) return;
  shortage.free = free;
  shortage.allocatable = allocatable;
}

/** Reasons by kind, each with the nearest miss. */
class Counts {
  readonly #byKind = new Map<string, { reason: FitReason; nodes: number }>();

  addAll(verdict: Verdict, nodes: number): void {
    if (!verdict.fits) for (const reason of verdict.reasons) this.add(reason, nodes);
  }

  add(reason: FitReason, nodes: number): void {
    const kind = kindOf(reason);
    const same = this.#byKind.get(kind);
    if (same === undefined) {
      this.#byKind.set(kind, { reason, nodes });
      return;
    }
    same.nodes += nodes;
    if (isNearer(reason, same.reason)) same.reason = reason;
  }

  sorted(): RejectionCount[] {
    return [...this.#byKind]
      .toSorted(([a, x], [b, y]) => y.nodes - x.nodes || (a < b ? -1 : 1))
      .map(([, count]) => count);
  }
}

/** Reasons of one kind differ at most in the amounts of the node. */
function kindOf(reason: FitReason): string {
  if (isVolumeReason(reason)) return reason.code;
  if (isCouplingReason(reason)) return `${reason.code} ${reason.topologyKey}`;
  switch (reason.code) {
    case 'InsufficientResource':
      return `${reason.code} ${reason.resource}`;
    case 'UntoleratedTaint':
      return `${reason.code} ${reason.taint.key}=${reason.taint.value}:${reason.taint.effect}`;
    case 'NodeAffinityMismatch':
      return `${reason.code} ${reason.requirement}`;
    case 'HostPortTaken':
      return `${reason.code} ${reason.protocol} ${reason.port}`;
    case 'NotEvaluated':
      return `${reason.code} ${reason.needs}`;
    case 'TooManyPods':
    case 'NodeUnschedulable':
    case 'NodeNameMismatch':
    case 'NodeLacksFeatures':
    case 'UnreadablePod':
    case 'SchedulingGated':
      return reason.code;
    default:
      return unreachable(reason);
  }
}

/** Less is missing; or as much on a bigger node, or one with more places. */
function isNearer(reason: FitReason, than: FitReason): boolean {
  if (reason.code === 'TooManyPods' && than.code === 'TooManyPods') return reason.allowed > than.allowed;
  if (reason.code !== 'InsufficientResource' || than.code !== 'InsufficientResource') return false;
  return reason.free > than.free || (reason.free === than.free && reason.allocatable > than.allocatable);
}
