/** Waiting, bounded: for a condition, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

export class NotInTime extends Error {
  override readonly name = 'NotInTime';
}

const LOOK_EVERY_MS = 50;

/**
 * Looks until `look` gives something other than undefined or false, and returns it. What it throws counts as not yet.
 * @throws {NotInTime} naming what was waited for, with the last thing that `look` threw as the cause
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= endMs) {
      const why = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new NotInTime(`not within ${timeoutMs / 1000} s: ${what}${why}`, { cause: lastError });
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Holds a condition under watch: throws as soon as `look` is false within the time. For "this must not happen". */
export async function staysTrue(
  what: string,
  durationMs: number,
  look: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    if (!(await look())) throw new Error(`did not stay so: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
