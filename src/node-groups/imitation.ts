/**
 * The same as requests.ts, by Cluster Autoscaler's bookkeeping, for `--compatibility=cluster-autoscaler`.
 *
 * 1. Nodes are counted by sums: what the target has beyond the nodes that are up or given up is on its way, but only
 *    while a request for it is open and the group is not in backoff. A restart forgets requests.
 * 2. A request stays open until nothing is on its way any more, nodes that are starting included.
 * 3. A request that was not met in time is taken back in full, or where that would reach instances, not at all.
 * 4. A group that had too few nodes for the provision time is put right in the same way.
 *
 * What it does not imitate: taking the same shortfall off twice, and ending the pass when the provider refuses that
 * (docs/differences.md).
 */
import type { GroupFailure, GroupSighting, Judgement, KnownOfGroup, Missized, ScaleUpRequest } from './requests.ts';
import { failuresOf, timedOut } from './requests.ts';

/** Nodes of the target that are neither up nor given up. */
export function upcomingBySums(seen: GroupSighting): number {
  const { targetSize, registered, starting, unregisteredIds, awaited } = seen;
  return targetSize - (registered - starting) - (unregisteredIds.length - awaited);
}

export function judgedAsClusterAutoscaler(known: KnownOfGroup, seen: GroupSighting, now: number): Judgement {
  const isComing = upcomingBySums(seen) > 0;
  let request = isComing ? known.request : undefined;
  const failures: GroupFailure[] = [];
  let late = 0;
  if (request !== undefined && request.untilMs < now) {
    failures.push(timedOut(request.increase, request));
    late = takeable(request.increase, seen);
    request = undefined;
  }
  if (request !== undefined && known.freshlyFailed.length > 0) {
    failures.push(...failuresOf(known.freshlyFailed));
    request = lessened(request, known.freshlyFailed.length);
  }
  const missized = missizedNow(known.missized, seen, now);
  const isDue = missized !== undefined && missized.sinceMs + seen.provisionTimeMs < now;
  const missing = isDue ? takeable(seen.targetSize - seen.registered, seen) : 0;
  return { request, givenUp: 0, overhang: { late, missing }, failures, missized };
}

/** Providers refuse to go below the instances that exist, and then nothing is taken off. */
function takeable(nodes: number, { targetSize, listed }: GroupSighting): number {
  return targetSize - nodes >= listed ? nodes : 0;
}

function lessened(request: ScaleUpRequest, by: number): ScaleUpRequest | undefined {
  return request.increase > by ? { ...request, increase: request.increase - by } : undefined;
}

function missizedNow(before: Missized | undefined, seen: GroupSighting, now: number): Missized | undefined {
  const { registered, targetSize, unregisteredIds } = seen;
  // Of a group without any node or instance it keeps no such record.
  if (registered + unregisteredIds.length === 0) return undefined;
  if (registered <= targetSize && registered >= targetSize - unregisteredIds.length) return undefined;
  const isSame = before?.registered === registered && before.targetSize === targetSize;
  return isSame ? before : { registered, targetSize, sinceMs: now };
}
