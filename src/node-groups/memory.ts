/**
 * What must be remembered of node groups between passes and over a restart (I8): plain data, changed by pure functions.
 *
 * 1. A request that was accepted counts until its nodes have registered, or until its time is over; then the group
 *    has failed and backs off.
 * 2. An outcome that is not known is no failure: the nodes asked for stay counted until the next refresh tells (I4).
 * 3. A restart that lost this memory reads open requests off the groups' targets, with fresh deadlines.
 * 4. What an earlier process has sent counts as lost: it is asked for by nobody else until the listing must show it.
 */
import type { CloudError } from '../cloud/facts.ts';
import type { Backoff, BackoffCause } from './backoff.ts';
import { unreachable } from '../cluster/invariant.ts';
import { backedOff, isForgotten, paused } from './backoff.ts';
import { judgedAsClusterAutoscaler } from './imitation.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import type { Overhang } from './repairs.ts';
import type { GroupFailure, GroupSighting, KnownOfGroup, Missized, ScaleUpRequest } from './requests.ts';
import { judged } from './requests.ts';

export interface NodeGroupMemory {
  /** By group id, as all of these but where said otherwise. */
  readonly backoffs: Readonly<Record<string, Backoff>>;
  readonly scaleUpRequests: Readonly<Record<string, ScaleUpRequest>>;
  readonly inFlight: Readonly<Record<string, ResizeInFlight>>;
  /** Nodes that were asked for, never listed, and given up: of the target they are no longer expected. */
  readonly givenUp: Readonly<Record<string, number>>;
  /** The groups that nodes are on their way to, by who was asked first: their nodes are filled in that order in thought. */
  readonly growthOrder: readonly string[];
  /** By instance id: since when it is known without a node. */
  readonly unregisteredSince: Readonly<Record<string, number>>;
  /** By instance id: its failed creation has been held against its group; the value is when. */
  readonly failedSince: Readonly<Record<string, number>>;
  /** Groups that do not have as many nodes as their target says, since when. Only where Cluster Autoscaler is imitated. */
  readonly missized: Readonly<Record<string, Missized>>;
}

/** A resize that was sent and not answered, or whose answer was lost. */
export interface ResizeInFlight {
  readonly to: number;
  /** So many more than before. */
  readonly delta: number;
  readonly sinceMs: number;
  readonly outcomeUnknown: boolean;
  /** An earlier process sent it: before then the provider's listing may not show what came of it. */
  readonly hiddenUntilMs?: number;
}

export const EMPTY_MEMORY: NodeGroupMemory = {
  backoffs: {},
  scaleUpRequests: {},
  inFlight: {},
  givenUp: {},
  growthOrder: [],
  unregisteredSince: {},
  failedSince: {},
  missized: {},
};

/** After a refusal that says nothing about the group (no connection, token refused), it is tried again so soon. */
const PAUSE_MS = 30_000;
/** Longer than any request with its retries takes. */
const ANSWER_MS = 5 * 60_000;

/** The resize is about to be sent: its nodes count as upcoming from now on. */
export function resizeSent(
  memory: NodeGroupMemory,
  { groupId, to, delta }: { readonly groupId: string; readonly to: number; readonly delta: number },
  now: number,
): NodeGroupMemory {
  const sent: ResizeInFlight = { to, delta, sinceMs: now, outcomeUnknown: false };
  return {
    ...memory,
    inFlight: { ...memory.inFlight, [groupId]: sent },
    growthOrder: growing(memory.growthOrder, groupId),
  };
}

/** It was not sent after all. */
export function resizeUnsent(memory: NodeGroupMemory, groupId: string): NodeGroupMemory {
  return { ...memory, inFlight: without(memory.inFlight, groupId) };
}

/** The cloud took it. */
export function resizeAccepted(
  memory: NodeGroupMemory,
  resize: { readonly groupId: string; readonly delta: number; readonly provisionTimeMs: number },
  now: number,
): NodeGroupMemory {
  const { groupId, delta, provisionTimeMs } = resize;
  const open = memory.scaleUpRequests[groupId]?.increase ?? 0;
  const sent = memory.inFlight[groupId];
  const request: ScaleUpRequest = {
    increase: open + delta,
    sinceMs: now,
    untilMs: now + provisionTimeMs,
    ...(sent === undefined ? {} : { to: sent.to }),
  };
  return {
    ...memory,
    inFlight: without(memory.inFlight, groupId),
    scaleUpRequests: { ...memory.scaleUpRequests, [groupId]: request },
    growthOrder: growing(memory.growthOrder, groupId),
  };
}

function growing(order: readonly string[], groupId: string): readonly string[] {
  return order.includes(groupId) ? order : [...order, groupId];
}

/** The cloud did not do it, or did not say. */
export function resizeFailed(
  memory: NodeGroupMemory,
  failure: { readonly groupId: string; readonly error: CloudError },
  now: number,
  options: NodeGroupHealthOptions,
): NodeGroupMemory {
  const { groupId, error } = failure;
  const sent = memory.inFlight[groupId];
  if (error.kind === 'unknown-outcome') {
    if (sent === undefined) return memory;
    return { ...memory, inFlight: { ...memory.inFlight, [groupId]: { ...sent, outcomeUnknown: true } } };
  }
  const backoffs = { ...memory.backoffs, [groupId]: backoffAfter(memory.backoffs[groupId], error, now, options) };
  return { ...memory, backoffs, inFlight: without(memory.inFlight, groupId) };
}

function backoffAfter(
  before: Backoff | undefined,
  error: CloudError,
  now: number,
  options: NodeGroupHealthOptions,
): Backoff {
  const why: BackoffCause = { cause: error.kind, message: error.message };
  switch (error.kind) {
    case 'rate-limited':
      return paused(before, why, now + error.retryAfterMs);
    case 'unavailable':
      return paused(before, why, now + (error.retryAfterMs ?? PAUSE_MS));
    case 'unauthorized':
    case 'unknown-outcome':
      return paused(before, why, now + PAUSE_MS);
    case 'out-of-stock':
    case 'quota-exceeded':
    case 'account-refused':
    case 'not-found':
    case 'invalid':
    case 'unsupported':
      return backedOff(before, why, now, options);
    default:
      return unreachable(error);
  }
}

export interface Observed {
  readonly memory: NodeGroupMemory;
  /** By group id. */
  readonly overhangs: ReadonlyMap<string, Overhang>;
  /** What failed and was not known to have failed before; by group id. */
  readonly failures: ReadonlyMap<string, readonly GroupFailure[]>;
}

/** Brings memory up to date with what the pass sees. Whatever is not seen any more is forgotten. */
export function observed(
  memory: NodeGroupMemory,
  sightings: readonly GroupSighting[],
  now: number,
  options: NodeGroupHealthOptions,
): Observed {
  const next = {
    backoffs: {} as Record<string, Backoff>,
    scaleUpRequests: {} as Record<string, ScaleUpRequest>,
    inFlight: {} as Record<string, ResizeInFlight>,
    givenUp: {} as Record<string, number>,
    unregisteredSince: {} as Record<string, number>,
    failedSince: {} as Record<string, number>,
    missized: {} as Record<string, Missized>,
  };
  const awaited = new Set<string>();
  const overhangs = new Map<string, Overhang>();
  const failed = new Map<string, readonly GroupFailure[]>();
  for (const seen of sightings) {
    const { groupId } = seen;
    for (const id of seen.unregisteredIds) next.unregisteredSince[id] = memory.unregisteredSince[id] ?? now;
    for (const { id } of seen.failed) next.failedSince[id] = memory.failedSince[id] ?? now;

    const sent = memory.inFlight[groupId];
    if (sent !== undefined && !isAnswered(sent, seen, now)) next.inFlight[groupId] = sent;

    const judge = options.upcomingNeedsRequest ? judgedAsClusterAutoscaler : judged;
    const judgement = judge(known(memory, seen), seen, now);
    const { request, givenUp, failures, missized } = judgement;
    if (missized !== undefined) next.missized[groupId] = missized;
    overhangs.set(groupId, judgement.overhang);
    if (request !== undefined) next.scaleUpRequests[groupId] = request;
    if (givenUp > 0) next.givenUp[groupId] = givenUp;
    if (request !== undefined || next.inFlight[groupId] !== undefined || seen.starting > 0) awaited.add(groupId);

    let backoff = memory.backoffs[groupId];
    if (failures.length > 0) failed.set(groupId, failures);
    for (const { cause, message } of failures) backoff = backedOff(backoff, { cause, message }, now, options);
    if (backoff !== undefined && !isForgotten(backoff, now, options)) next.backoffs[groupId] = backoff;
  }
  // After a restart, in the groups' order.
  const before = memory.growthOrder.filter((groupId) => awaited.delete(groupId));
  return { memory: { ...next, growthOrder: [...before, ...awaited] }, overhangs, failures: failed };
}

function known(memory: NodeGroupMemory, { groupId, failed }: GroupSighting): KnownOfGroup {
  return {
    request: memory.scaleUpRequests[groupId],
    givenUp: memory.givenUp[groupId] ?? 0,
    isAsking: memory.inFlight[groupId] !== undefined,
    freshlyFailed: failed.filter(({ id }) => memory.failedSince[id] === undefined),
    missized: memory.missized[groupId],
  };
}

/**
 * Whether what was sent needs no more waiting. A lost reply is resolved by the refresh that came after it: what it did
 * is in the target now. One that nobody waits for any more (the process was restarted) is resolved in the same way.
 */
export function isAnswered(sent: ResizeInFlight, seen: { readonly settled: boolean }, now: number): boolean {
  if (sent.hiddenUntilMs !== undefined && now <= sent.hiddenUntilMs) return false;
  return seen.settled && (sent.outcomeUnknown || sent.sinceMs + ANSWER_MS < now);
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _, ...rest } = record;
  return rest;
}
