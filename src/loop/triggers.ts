/**
 * When to look: a pass runs because something happened, or because the scan interval is over.
 *
 * A burst is one pass: after the first trigger the loop waits for a short settling window, begun anew by each further
 * trigger but bounded in all, so that a lone pod is answered at once and ten thousand arriving together are decided
 * together.
 */
import type { Clock, Timer } from '../runtime/clock.ts';

export type TriggerReason =
  'start' | 'pod-unschedulable' | 'pod-changed' | 'node-changed' | 'action-finished' | 'leadership' | 'timer';

export interface TriggerOptions {
  /** A pass runs at least this often. */
  readonly scanIntervalMs: number;
  /** How long it must have been quiet after a trigger. */
  readonly settleWindowMs: number;
}

/** A steady stream of triggers delays a pass by no more than this many settling windows. */
const SETTLE_WINDOWS_MAX = 5;

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting'; readonly timer: Timer; readonly wake: () => void }
  | {
      readonly kind: 'settling';
      readonly deadlineMs: number;
      readonly reasons: Set<TriggerReason>;
      readonly timer: Timer | undefined;
      readonly wake: (() => void) | undefined;
    };

export class Triggers {
  readonly #clock: Clock;
  readonly #options: TriggerOptions;
  #state: State = { kind: 'idle' };

  constructor(clock: Clock, options: TriggerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Something happened that a pass should look at. */
  note(reason: TriggerReason): void {
    const state = this.#state;
    if (state.kind === 'settling') {
      state.reasons.add(reason);
      if (state.wake !== undefined) this.#settle(state.reasons, state.deadlineMs, state.wake);
      return;
    }
    const deadlineMs = this.#clock.monotonic() + SETTLE_WINDOWS_MAX * this.#options.settleWindowMs;
    if (state.kind === 'waiting') {
      state.timer.cancel();
      this.#settle(new Set([reason]), deadlineMs, state.wake);
    } else {
      this.#state = { kind: 'settling', deadlineMs, reasons: new Set([reason]), timer: undefined, wake: undefined };
    }
  }

  /**
   * Resolves when a pass is due, with the reasons for it (none after an abort). Triggers noted while nobody waited
   * count; one caller at a time.
   */
  async next(signal: AbortSignal): Promise<readonly TriggerReason[]> {
    if (signal.aborted) return [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (this.#state.kind === 'settling') {
      this.#settle(this.#state.reasons, this.#state.deadlineMs, resolve);
    } else {
      const timer = this.#clock.setTimer(this.#options.scanIntervalMs, resolve);
      this.#state = { kind: 'waiting', timer, wake: resolve };
    }
    await promise;
    signal.removeEventListener('abort', onAbort);
    return this.#takeReasons(signal);
  }

  #settle(reasons: Set<TriggerReason>, deadlineMs: number, wake: () => void): void {
    if (this.#state.kind === 'settling') this.#state.timer?.cancel();
    const delayMs = Math.min(this.#options.settleWindowMs, Math.max(0, deadlineMs - this.#clock.monotonic()));
    this.#state = { kind: 'settling', deadlineMs, reasons, timer: this.#clock.setTimer(delayMs, wake), wake };
  }

  #takeReasons(signal: AbortSignal): readonly TriggerReason[] {
    const state = this.#state;
    this.#state = { kind: 'idle' };
    if (state.kind !== 'idle') state.timer?.cancel();
    if (signal.aborted) return [];
    return state.kind === 'settling' ? [...state.reasons] : ['timer'];
  }
}
