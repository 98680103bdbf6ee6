/**
 * When to look: a pass runs because something happened, because a moment came that the last decision named, or because
 * the scan interval is over.
 *
 * A burst is one pass. After something urgent the loop waits for a short settling window, begun anew by each further
 * urgent trigger but bounded in all, so that a lone pod is answered at once and ten thousand arriving together are
 * decided together. A burst that goes on is answered by few passes (burst.ts), and the scan interval adds none. What is
 * not urgent (room becoming free) waits for longer, and starts no window anew.
 */
import type { Clock, Timer } from '../runtime/clock.ts';
import { Burst } from './burst.ts';

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
  /** How far urgent triggers may delay the pass; `undefined`: there was none yet. */
  urgent: { readonly windowMs: number; readonly latestMs: number } | undefined;
  /** That have found no room. */
  pods: number;
}

interface Waiting {
  readonly timer: Timer;
  /** When the pass comes if nothing else happens; a window that is open then is waited for. */
  readonly untilMs: number;
  /** When it comes whatever happens. */
  readonly momentMs: number;
  readonly wake: () => void;
}

export class Triggers {
  readonly #clock: Clock;
  #options: TriggerOptions;
  readonly #burst = new Burst();
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
    const due = (this.#due ??= { reasons: new Set(), atMs: Infinity, urgent: undefined, pods: 0 });
    due.reasons.add(reason);
    if (reason === 'pod-unschedulable') due.pods += 1;
    if (NOT_URGENT.has(reason)) {
      due.atMs = Math.min(due.atMs, now + GATHERING_MS);
    } else {
      const { windowMs, latestMs } = (due.urgent ??= this.#open(now));
      due.atMs = Math.min(latestMs, now + windowMs);
    }
    if (this.#waiting !== undefined) this.#wait(this.#waiting);
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
    this.#wait({
      untilMs: sinceMs + this.#options.scanIntervalMs,
      momentMs: sinceMs + (momentInMs ?? Infinity),
      wake: resolve,
    });
    await promise;
    signal.removeEventListener('abort', onAbort);
    this.#waiting?.timer.cancel();
    this.#waiting = undefined;
    const reasons = this.#takeReasons();
    if (isAborted(signal)) return [];
    if (reasons.length > 0) return reasons;
    return [this.#clock.monotonic() - sinceMs < this.#options.scanIntervalMs ? 'moment' : 'timer'];
  }

  /** A window, which further urgent triggers begin anew. */
  #open(now: number): { readonly windowMs: number; readonly latestMs: number } {
    const { windowMs, longestMs } = this.#burst.patience(now, this.#options.settleWindowMs);
    return { windowMs, latestMs: now + longestMs };
  }

  #wait({ untilMs, momentMs, wake }: Omit<Waiting, 'timer'>): void {
    this.#waiting?.timer.cancel();
    const dueMs = this.#due?.atMs ?? Infinity;
    const atMs = this.#due?.urgent === undefined ? Math.min(dueMs, untilMs) : dueMs;
    const delayMs = Math.max(0, Math.min(atMs, momentMs) - this.#clock.monotonic());
    this.#waiting = { timer: this.#clock.setTimer(delayMs, wake), untilMs, momentMs, wake };
  }

  #takeReasons(): readonly TriggerReason[] {
    const due = this.#due;
    this.#due = undefined;
    this.#burst.passes(this.#clock.monotonic(), due?.pods ?? 0, this.#options.settleWindowMs);
    return due === undefined ? [] : [...due.reasons];
  }
}

/** Read anew: it may have aborted while something else was awaited, which the compiler does not consider. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
