/**
 * When to look: a pass runs because something happened, because a moment came that the last decision named, or because
 * the scan interval is over.
 *
 * A burst is one pass. After something urgent the loop waits for a short settling window, begun anew by each further
 * urgent trigger but bounded in all, so that a lone pod is answered at once and ten thousand arriving together are
 * decided together. What is not urgent (room becoming free) waits for longer, and starts no window anew.
 */
import type { Clock, Timer } from '../runtime/clock.ts';

export type TriggerReason =
  | 'start'
  | 'pod-unschedulable'
  | 'pod-left'
  | 'drain-progressed'
  | 'node-changed'
  | 'action-finished'
  | 'leadership'
  | 'options-changed'
  | 'moment'
  | 'timer';

export interface TriggerOptions {
  /** A pass runs at least this often. */
  readonly scanIntervalMs: number;
  /** How long it must have been quiet after an urgent trigger. */
  readonly settleWindowMs: number;
}

/** A steady stream of urgent triggers delays a pass by no more than this many settling windows. */
const SETTLE_WINDOWS_MAX = 5;
/**
 * Nobody waits for a pass because a node became emptier, or came, or went: whoever lost its place by that is a pod that
 * cannot be scheduled. Such changes are gathered for so long, which spares requests to Vultr.
 */
const GATHERING_MS = 2_000;

const NOT_URGENT: ReadonlySet<TriggerReason> = new Set(['pod-left', 'node-changed']);

/** All times are monotonic. */
interface Due {
  readonly reasons: Set<TriggerReason>;
  atMs: number;
  /** Urgent triggers may delay the pass up to here; `undefined`: there was none yet. */
  latestMs: number | undefined;
}

interface Waiting {
  readonly timer: Timer;
  /** When the pass comes if nothing else happens. */
  readonly untilMs: number;
  readonly wake: () => void;
}

export class Triggers {
  readonly #clock: Clock;
  #options: TriggerOptions;
  #due: Due | undefined;
  #waiting: Waiting | undefined;

  constructor(clock: Clock, options: TriggerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Other options call for a look at once, and hold from then on. */
  reconfigure(options: TriggerOptions): void {
    this.#options = options;
    this.note('options-changed');
  }

  /** Something happened that a pass should look at. */
  note(reason: TriggerReason): void {
    const now = this.#clock.monotonic();
    const due = (this.#due ??= { reasons: new Set(), atMs: Infinity, latestMs: undefined });
    due.reasons.add(reason);
    if (NOT_URGENT.has(reason)) {
      due.atMs = Math.min(due.atMs, now + GATHERING_MS);
    } else {
      due.latestMs ??= now + SETTLE_WINDOWS_MAX * this.#options.settleWindowMs;
      due.atMs = Math.min(due.latestMs, now + this.#options.settleWindowMs);
    }
    if (this.#waiting !== undefined) this.#wait(this.#waiting.wake, this.#waiting.untilMs);
  }

  /**
   * Resolves when a pass is due, with the reasons for it (none after an abort). Triggers noted while nobody waited
   * count. One caller at a time.
   *
   * @param momentInMs - after so long the last decision may have become another one; `undefined`: it will not by itself
   */
  async next(signal: AbortSignal, momentInMs?: number): Promise<readonly TriggerReason[]> {
    if (signal.aborted) return [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    const sinceMs = this.#clock.monotonic();
    this.#wait(resolve, sinceMs + Math.min(this.#options.scanIntervalMs, momentInMs ?? Infinity));
    await promise;
    signal.removeEventListener('abort', onAbort);
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
    const reasons = this.#takeReasons();
    if (isAborted(signal)) return [];
    if (reasons.length > 0) return reasons;
    return [this.#clock.monotonic() - sinceMs < this.#options.scanIntervalMs ? 'moment' : 'timer'];
  }

  #wait(wake: () => void, untilMs: number): void {
    this.#waiting?.timer.cancel();
    const delayMs = Math.max(0, Math.min(untilMs, this.#due?.atMs ?? Infinity) - this.#clock.monotonic());
    this.#waiting = { timer: this.#clock.setTimer(delayMs, wake), untilMs, wake };
  }

  #takeReasons(): readonly TriggerReason[] {
    const reasons = this.#due === undefined ? [] : [...this.#due.reasons];
    this.#due = undefined;
    return reasons;
  }
}

/** Read anew: it may have aborted while something else was awaited, which the compiler does not consider. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
