/** How far a removal has come, for people and for whoever schedules the next look. */
import { unreachable } from '../cluster/invariant.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import type { Removal } from './removal-state.ts';
import { describeSurge, nextSurgeAtMs, openSurges } from './surge.ts';

/** When the removal next wants a look for a reason of its own; `undefined`: something else has to happen first. */
export function nextLookAtMs({ state }: Removal, options: DrainOptions): number | undefined {
  switch (state.kind) {
    case 'waiting':
      return state.taintedAtMs + options.deleteDelayAfterTaintMs;
    case 'draining': {
      const retries = [...state.evictions.values()].flatMap(({ phase }) =>
        phase.kind === 'refused' ? [phase.nextAtMs] : [],
      );
      return retries.length > 0 ? Math.min(...retries) : undefined;
    }
    case 'surging':
      return nextSurgeAtMs(state.surges);
    case 'settling':
    case 'rolling-back':
      return state.nextAtMs;
    case 'ready':
      return Math.max(state.deletion.notBeforeMs, state.sinceMs + options.deletionBatchIntervalMs);
    case 'tainting':
    case 'deleting':
    case 'leaving':
    case 'done':
    case 'failed':
      return undefined;
    default:
      return unreachable(state);
  }
}

/** What the removal is at, for people. */
export function stepName({ state }: Removal): string {
  switch (state.kind) {
    case 'tainting':
      return 'tainting';
    case 'waiting':
      return 'tainted';
    case 'draining':
      return state.evictions.size > 0 ? `draining: ${state.evictions.size} pods left` : 'draining';
    case 'surging': {
      const [open] = openSurges(state.surges);
      return open === undefined ? 'starting replacements' : `starting replacements: ${describeSurge(open)}`;
    }
    case 'settling':
      return `drained: waiting for ${state.waitsFor}`;
    case 'ready':
      return 'drained: its deletion is next';
    case 'deleting':
      return 'deleting';
    case 'leaving':
      return state.certain ? 'leaving' : 'deleting: the reply was lost';
    case 'rolling-back':
      return `rolling back: ${state.message}`;
    case 'done':
      return 'done';
    case 'failed':
      return `failed: ${state.message}`;
    default:
      return unreachable(state);
  }
}
