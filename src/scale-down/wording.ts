/** Why a node goes, in one line for people. */
import type { RemovalCause } from '../explain/record.ts';
import type { Accepted } from './removal-simulation.ts';

export function reasonForRemoval({ candidate, empty }: Accepted, unneededForMs: number): string {
  const state = candidate.ready ? '' : 'not ready, ';
  const since = unneededForMs > 0 ? `, unneeded for ${duration(unneededForMs)}` : '';
  if (empty) return `${state}no pod needs it${since}`;
  const used = `${Math.round(candidate.utilization * 100)} % of its ${candidate.resource} used`;
  return `${state}${used}, ${countOf(candidate)} elsewhere${since}`;
}

/** Of a node that gives way to cheaper ones. */
export function reasonForReplacement({ candidate, empty }: Accepted): string {
  if (empty) return 'cheaper nodes have taken its place, no pod needs it any more';
  const used = `${Math.round(candidate.utilization * 100)} % of its ${candidate.resource} used`;
  return `cheaper nodes take its place: ${used}, ${countOf(candidate)} elsewhere`;
}

function countOf({ pods }: Accepted['candidate']): string {
  const count = pods.kind === 'blocked' ? 0 : pods.evict.length;
  return count === 1 ? 'its one pod fits' : `its ${count} pods fit`;
}

/** `2h5m`, `10m0s`, `40s`: the two largest units. */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

/** The same in one word. */
export function causeOf({ candidate, empty }: Accepted): RemovalCause {
  if (!candidate.ready) return 'unready';
  return empty ? 'empty' : 'underutilized';
}
