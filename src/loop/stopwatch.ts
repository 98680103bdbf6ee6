/** How a pass fares: measured and told for metrics and health, by the names that Cluster Autoscaler's metrics know. */
import type { CloudError } from '../cloud/provider.ts';

export type PassPart =
  'main' | 'loopWait' | 'cloudProviderRefresh' | 'updateClusterState' | 'scaleUp' | 'findUnneeded' | 'scaleDown';

export interface Stopwatch {
  /** Calls `work` and returns what it does. */
  time<T>(part: PassPart, work: () => T): T;
}

/** Measures nothing. */
export const UNTIMED: Stopwatch = { time: (_part, work) => work() };

export type PassOutcome =
  | { readonly kind: 'decided' }
  | { readonly kind: 'cloud-unreadable'; readonly error: CloudError }
  /** What was kept over the restart could not be read. */
  | { readonly kind: 'memory-unread' }
  /** The lease was lost meanwhile, or never held. */
  | { readonly kind: 'not-leading' };

/** Told of each pass. Must not throw. */
export interface LoopWatch extends Stopwatch {
  passBegan(triggers: readonly string[]): void;
  /** What cannot be called by `time`, since others have their turn meanwhile. */
  took(part: PassPart, ms: number): void;
  passEnded(outcome: PassOutcome): void;
}

export const UNWATCHED: LoopWatch = {
  ...UNTIMED,
  passBegan: () => undefined,
  took: () => undefined,
  passEnded: () => undefined,
};
