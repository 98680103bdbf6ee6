/**
 * Warnings about things that stay as they are (a malformed row, a pool that two autoscalers manage): said once, not in
 * every pass, and again after an hour, so that a log's tail still shows them.
 */
import type { Clock } from '../runtime/clock.ts';
import type { LogFields, Logger } from '../runtime/log.ts';

const REPEAT_AFTER_MS = 3_600_000;
/** More different warnings than this are said anew rather than remembered. */
const MOST_REMEMBERED = 1000;

export class Warnings {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #saidAtMs = new Map<string, number>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Says it unless the same message about the same `subject` was said within the last hour. */
  once(message: string, subject: string, fields: LogFields = {}): void {
    const key = `${message}\n${subject}`;
    const now = this.#clock.monotonic();
    const saidAtMs = this.#saidAtMs.get(key);
    if (saidAtMs !== undefined && now - saidAtMs < REPEAT_AFTER_MS) return;
    if (this.#saidAtMs.size >= MOST_REMEMBERED) this.#saidAtMs.clear();
    this.#saidAtMs.set(key, now);
    this.#logger.warn(message, fields);
  }
}
