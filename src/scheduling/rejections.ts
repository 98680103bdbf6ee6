/**
 * Why a pod fits none of many nodes, counted: one entry per kind of reason, with the amounts of the nearest miss. What
 * kube-scheduler's own message says ("0/5 nodes are available: 3 Insufficient cpu …") is a view of this.
 *
 * It says what `checkFit` says of each node; most pods need nothing but amounts, and for those it only counts.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import type { Demand } from '../cluster/resources.ts';
import { PODS } from '../cluster/resources.ts';
import type { FitReason, RejectionCount } from '../explain/reasons.ts';
import { isCouplingReason } from '../explain/coupling-reasons.ts';
import { isVolumeReason } from '../explain/volume-reasons.ts';
import type { PlacementFilter } from './filter.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { podRejection } from './pod-filters.ts';
import { checkFits, concerned } from './runner.ts';
import { staticRejectionAt } from './static-verdicts.ts';
import type { Verdict } from './verdict.ts';

/** The reasons, the most frequent first. A node with several reasons counts for each, as the scheduler counts them. */
export function countRejections(cluster: Cluster, pod: PodFacts, slots: readonly Slot[]): RejectionCount[] {
  const counts = new Counts();
  const isPlain = onlyAmountsCount(cluster, pod);
  if (isPlain) countPlain(cluster, pod, slots, counts);
  else for (const verdict of checkFits(cluster, pod, slots)) counts.addAll(verdict);
  return counts.sorted();
}

/** Whether nothing but the nodes' labels and taints and their amounts can have anything against the pod. */
export function onlyAmountsCount(cluster: Cluster, pod: PodFacts): boolean {
  return podRejection(cluster, pod) === undefined && concerned(cluster, pod).every(isNodeResourcesFit);
}

function isNodeResourcesFit(plugin: PlacementFilter): boolean {
  return plugin === nodeResourcesFit;
}

/** Of one resource: on how many nodes it lacks, and the nearest miss. */
interface Shortage extends Demand {
  nodes: number;
  free: number;
  allocatable: number;
}

/** Counts shortages without words for each. */
function countPlain(cluster: Cluster, { spec }: PodFacts, slots: readonly Slot[], counts: Counts): void {
  const shortages = cluster.resources
    .demands(spec)
    .map((demand): Shortage => ({ ...demand, nodes: 0, free: 0, allocatable: 0 }));
  for (const slot of slots) {
    const rejection = staticRejectionAt(cluster, spec, slot);
    if (rejection === undefined) for (const shortage of shortages) noteShortage(shortage, cluster, slot);
    else counts.addAll(rejection);
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

function noteShortage(shortage: Shortage, cluster: Cluster, slot: Slot): void {
  const { column, amount, nodes } = shortage;
  const left = cluster.free(slot, column);
  if (amount <= left) return;
  shortage.nodes += 1;
  const free = column === PODS ? 0 : Math.max(0, left);
  const allocatable = cluster.allocatable(slot, column);
  if (nodes > 0 && !isNearer({ free, allocatable }, shortage)) return;
  shortage.free = free;
  shortage.allocatable = allocatable;
}

/** Reasons by kind, each with the nearest miss. */
class Counts {
  readonly #byKind = new Map<string, { reason: FitReason; nodes: number }>();

  addAll(verdict: Verdict): void {
    if (!verdict.fits) for (const reason of verdict.reasons) this.add(reason, 1);
  }

  add(reason: FitReason, nodes: number): void {
    const kind = kindOf(reason);
    const same = this.#byKind.get(kind);
    if (same === undefined) {
      this.#byKind.set(kind, { reason, nodes });
      return;
    }
    same.nodes += nodes;
    if (isNearer(roomIn(reason), roomIn(same.reason))) same.reason = reason;
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
    case 'PredictionFailed':
    case 'UnreadablePod':
    case 'SchedulingGated':
      return reason.code;
    default:
      return unreachable(reason);
  }
}

interface Room {
  readonly free: number;
  readonly allocatable: number;
}

/** Of the node that the reason is about; places for pods are none free. */
function roomIn(reason: FitReason): Room {
  switch (reason.code) {
    case 'InsufficientResource':
      return reason;
    case 'TooManyPods':
      return { free: 0, allocatable: reason.allowed };
    default:
      return NO_ROOM;
  }
}

const NO_ROOM: Room = { free: 0, allocatable: 0 };

/** Less is missing; or as much on a bigger node, or one with more places. */
function isNearer(room: Room, than: Room): boolean {
  return room.free > than.free || (room.free === than.free && room.allocatable > than.allocatable);
}
