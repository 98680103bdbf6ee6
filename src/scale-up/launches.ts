/**
 * The runaway guard: how many nodes may be launched within an hour, whatever the pods ask for. A program that launches
 * nodes, finds that they do not help and launches more is stopped by nothing else: each single request may be right.
 *
 * 1. What the cloud took counts, and what it may have taken; a refusal does not.
 * 2. Nodes count for an hour from their launch. What was launched within a minute counts from the last of it, so that
 *    little has to be remembered.
 */

export interface LaunchMemory {
  /** Oldest first; none is older than {@link WINDOW_MS}, and at most one begins in a minute. */
  readonly launches: readonly Launch[];
}

interface Launch {
  /** Of the first and of the last of them. */
  readonly sinceMs: number;
  readonly atMs: number;
  readonly nodes: number;
}

/** So many more nodes may be launched now, and when that will be more. */
export interface LaunchAllowance {
  readonly nodes: number;
  readonly limit: number;
  /** Before that there will be none, where there are none now. */
  readonly untilMs: number;
}

export const NO_LAUNCHES: LaunchMemory = { launches: [] };
export const UNBOUNDED_LAUNCHES: LaunchAllowance = {
  nodes: Number.MAX_SAFE_INTEGER,
  limit: Number.MAX_SAFE_INTEGER,
  untilMs: 0,
};

const WINDOW_MS = 60 * 60_000;
const MERGED_MS = 60_000;

/** A cluster that is filled from nothing, and once more within the hour, is in order; so is a small one that is busy. */
const FILLS_PER_HOUR = 2;
const LEAST_PER_HOUR = 100;

/** The limit where none is given: it grows with what the groups may hold. */
export function launchesByMaximum(groups: readonly { readonly maxSize: number }[]): number {
  const most = groups.reduce((sum, { maxSize }) => sum + maxSize, 0);
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(LEAST_PER_HOUR, FILLS_PER_HOUR * most));
}

export function launched({ launches }: LaunchMemory, nodes: number, now: number): LaunchMemory {
  const counted = launches.filter(({ atMs }) => counts(atMs, now));
  const last = counted.at(-1);
  if (last === undefined || last.sinceMs + MERGED_MS <= now) {
    return { launches: [...counted, { sinceMs: now, atMs: now, nodes }] };
  }
  return { launches: [...counted.slice(0, -1), { ...last, atMs: now, nodes: last.nodes + nodes }] };
}

export function launchAllowance({ launches }: LaunchMemory, limit: number, now: number): LaunchAllowance {
  const counted = launches.filter(({ atMs }) => counts(atMs, now));
  let over = counted.reduce((sum, { nodes }) => sum + nodes, 0) - limit;
  const nodes = Math.max(0, -over);
  let untilMs = now;
  for (const launch of counted) {
    if (over < 0) break;
    over -= launch.nodes;
    untilMs = launch.atMs + WINDOW_MS;
  }
  return { nodes, limit, untilMs };
}

function counts(atMs: number, now: number): boolean {
  return atMs + WINDOW_MS > now;
}

/** The wall clock was set by so much. */
export function launchesAfterClockStep({ launches }: LaunchMemory, byMs: number): LaunchMemory {
  return {
    launches: launches.map(({ sinceMs, atMs, nodes }) => ({ sinceMs: sinceMs + byMs, atMs: atMs + byMs, nodes })),
  };
}
