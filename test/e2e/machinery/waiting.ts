/** Waiting, bounded: for a condition, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

export class NotInTime extends Error {
  override readonly name = 'NotInTime';
}

const LOOK_EVERY_MS = 50;
/**
 * What counts of the time between two looks: a machine that was suspended (a virtual one is, for minutes) has suspended
 * everything that is waited for.
 */
const LONGEST_STEP_MS = 5000;

/**
 * Looks until `look` gives something other than undefined or false, and returns it. What it throws counts as not yet.
 * @throws {NotInTime} naming what was waited for, with the last thing that `look` threw as the cause
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  let [waitedMs, lookedAtMs] = [0, performance.now()];
  let lastError: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    const nowMs = performance.now();
    waitedMs += Math.min(LONGEST_STEP_MS, nowMs - lookedAtMs);
    lookedAtMs = nowMs;
    if (waitedMs >= timeoutMs) {
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
