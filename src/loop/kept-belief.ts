/**
 * How far what an earlier process has kept is believed. The clock may have been set, flags changed, nodes and pools
 * replaced, and anybody who may edit ConfigMaps may have edited it.
 *
 * 1. What happened did not happen in the future: such a time is taken for now, so that delays run in full from here.
 * 2. Nothing lasts for longer than the flags of today let it.
 * 3. A node is its name and uid, a pool its id: what belongs to others, or to none, is dropped.
 * 4. What a process has to watch to know it (that a node stays unneeded, that nodes are still on their way) holds over a
 *    short absence and begins anew after a longer one.
 * 5. What may have been asked of Vultr, or was a moment ago, counts until its listing must show it (I4).
 */
import { provisionTimeMs } from '../node-groups/census.ts';
import type { NodeGroupMemory, ResizeInFlight } from '../node-groups/memory.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { ScaleUpRequest } from '../node-groups/requests.ts';
import type { LastMoments, ScaleDownMemory } from '../scale-down/memory.ts';
import { NO_HINTS } from '../scale-up/imitated-placing.ts';
import { FORGOTTEN_AFTER_MS } from '../scale-up/predictions.ts';
import type { DecideOptions } from './decide.ts';
import { believedConsolidation } from './kept-consolidation.ts';
import type { Memory } from './memory.ts';

export interface Kept {
  readonly memory: Memory;
  /** When its process was last known to watch. */
  readonly aliveAtMs: number;
  /** Names of parts that it had no room for. */
  readonly leftOut: readonly string[];
}

export interface Surroundings {
  readonly groups: readonly NodeGroupState[];
  readonly options: DecideOptions;
  readonly now: number;
  readonly uidOf: (nodeName: string) => string | undefined;
}

/** A rolling update, a crash, a machine that is replaced. Half of the time that a node is unneeded before it goes. */
export const LONGEST_ABSENCE_MS = 5 * 60_000;
/** As long as src/vultr takes a listing to lag behind a change of another process. */
const LISTING_LAG_MS = 30_000;

export function believed(kept: Kept, around: Surroundings): Memory {
  const { memory } = kept;
  const { now } = around;
  const pools = new Map(around.groups.map((group) => [group.id, group]));
  const isKnown = ({ groupId }: { readonly groupId: string }): boolean => pools.has(groupId);
  const wasAway = now - kept.aliveAtMs > LONGEST_ABSENCE_MS;
  return {
    nodeGroups: ofNodeGroups(memory.nodeGroups, pools, wasAway, around),
    scaleDown: ofScaleDown(kept, pools, wasAway, around),
    launches: {
      launches: memory.launches.launches.map(({ sinceMs, atMs, nodes }) => {
        return { sinceMs: Math.min(sinceMs, now), atMs: Math.min(atMs, now), nodes };
      }),
    },
    predictions: {
      promises: wasAway
        ? []
        : memory.predictions.promises
            .filter(isKnown)
            .map((promise) => ({ ...promise, sinceMs: Math.min(promise.sinceMs, now) })),
      mistakes: memory.predictions.mistakes.filter(isKnown).map((mistake) => ({
        ...mistake,
        lastAtMs: Math.min(mistake.lastAtMs, now),
        untilMs: Math.min(mistake.untilMs, now + FORGOTTEN_AFTER_MS),
      })),
    },
    hints: NO_HINTS,
  };
}

type Pools = ReadonlyMap<string, NodeGroupState>;

function ofNodeGroups(
  memory: NodeGroupMemory,
  pools: Pools,
  wasAway: boolean,
  { now, options: { health } }: Surroundings,
): NodeGroupMemory {
  const past = (atMs: number): number => Math.min(atMs, now);
  const backoffs = each(memory.backoffs, pools, (backoff) => ({
    ...backoff,
    durationMs: Math.min(backoff.durationMs, health.maxBackoffMs),
    untilMs: Math.min(backoff.untilMs, now + health.maxBackoffMs),
    lastFailureMs: past(backoff.lastFailureMs),
  }));
  // Instances that have failed are known by their ids.
  const lasting = { ...EMPTY_MEMORY, backoffs, failedSince: changed(memory.failedSince, past) };
  if (wasAway) return lasting;
  const deadlineOf = (pool: NodeGroupState, fromMs: number): number => fromMs + provisionTimeMs(pool, health);
  const open = each(memory.scaleUpRequests, pools, (request, pool) => ({
    ...request,
    sinceMs: past(request.sinceMs),
    untilMs: Math.min(request.untilMs, deadlineOf(pool, now)),
  }));
  const taken = each(memory.inFlight, pools, ({ to, delta, sinceMs }, pool): ScaleUpRequest | undefined =>
    pool.targetSize < to
      ? undefined
      : { increase: delta, sinceMs: past(sinceMs), untilMs: deadlineOf(pool, past(sinceMs)) },
  );
  const hidden = (sent: ResizeInFlight, { targetSize, maxSize }: NodeGroupState): ResizeInFlight | undefined =>
    targetSize < sent.to && sent.to <= maxSize && now < (sent.hiddenUntilMs ?? Infinity) ? sent : undefined;
  const accepted = each(open, pools, ({ to, increase: delta, sinceMs }, pool) =>
    to === undefined
      ? undefined
      : hidden({ to, delta, sinceMs, outcomeUnknown: true, hiddenUntilMs: sinceMs + LISTING_LAG_MS }, pool),
  );
  const sent = each(memory.inFlight, pools, (resize, pool) =>
    // When it left, if it did, is not known.
    hidden({ ...resize, sinceMs: past(resize.sinceMs), hiddenUntilMs: now + LISTING_LAG_MS }, pool),
  );
  return {
    ...lasting,
    scaleUpRequests: { ...open, ...taken },
    inFlight: { ...accepted, ...sent },
    givenUp: each(memory.givenUp, pools, (nodes, { targetSize }) => Math.min(nodes, targetSize)),
    growthOrder: [...new Set(memory.growthOrder)].filter((id) => pools.has(id)),
    unregisteredSince: changed(memory.unregisteredSince, past),
  };
}

function ofScaleDown(
  { memory: { scaleDown }, leftOut }: Kept,
  pools: Pools,
  wasAway: boolean,
  { now, options, uidOf }: Surroundings,
): ScaleDownMemory {
  const past = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : Math.min(atMs, now));
  const isSame = ([name, { uid }]: readonly [string, { readonly uid: string }]): boolean => uidOf(name) === uid;
  const latestMs = now + options.scaleDown.unremovableNodeRecheckMs;
  const groups = [...scaleDown.groups].filter(([id]) => pools.has(id));
  return {
    ...scaleDown,
    unneeded: new Map(
      wasAway
        ? []
        : [...scaleDown.unneeded]
            .filter(isSame)
            .map(([name, { uid, sinceMs }]) => [name, { uid, sinceMs: Math.min(sinceMs, now) }]),
    ),
    unremovable: new Map(
      [...scaleDown.unremovable].filter(isSame).map(([name, { uid, untilMs, reason }]) => {
        const until = { untilMs: Math.min(untilMs, latestMs) };
        return [name, { uid, ...until, reason: 'untilMs' in reason ? { ...reason, ...until } : reason }];
      }),
    ),
    lastScaleUpAtMs: past(scaleDown.lastScaleUpAtMs),
    lastDeleteAtMs: past(scaleDown.lastDeleteAtMs),
    lastFailureAtMs: past(scaleDown.lastFailureAtMs),
    groups: new Map(
      groups.map(([id, last]): [string, LastMoments] => [
        id,
        { scaleUpAtMs: past(last.scaleUpAtMs), deleteAtMs: past(last.deleteAtMs), failureAtMs: past(last.failureAtMs) },
      ]),
    ),
    // The timers say more than the marks on the nodes, where they are there.
    taintsRead: !wasAway && !leftOut.includes('unneeded'),
    consolidation: believedConsolidation(scaleDown.consolidation, {
      now,
      wasAway,
      cooldownMs: options.scaleDown.consolidation?.cooldownMs ?? 0,
      isPool: (groupId) => pools.has(groupId),
    }),
  };
}

/** Of the pools that are there, changed; where the change gives nothing, dropped. */
function each<T, U>(
  record: Readonly<Record<string, T>>,
  pools: Pools,
  change: (value: T, pool: NodeGroupState) => U | undefined,
): Readonly<Record<string, U>> {
  const kept: [string, U][] = [];
  for (const [id, value] of Object.entries(record)) {
    const pool = pools.get(id);
    const made = pool === undefined ? undefined : change(value, pool);
    if (made !== undefined) kept.push([id, made]);
  }
  return Object.fromEntries(kept);
}

function changed(
  record: Readonly<Record<string, number>>,
  change: (value: number) => number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
