/** The answer to "would kube-scheduler place this pod on that node?" */
import type { FitReason } from '../explain/reasons.ts';

export interface Rejection {
  readonly fits: false;
  /** The first filter plugin that rejects, in the scheduler's order. */
  readonly plugin: string;
  readonly reasons: readonly FitReason[];
  /** Whether taking pods off the node could help (the scheduler's Unschedulable against …AndUnresolvable). */
  readonly resolvable: boolean;
}

export type Verdict = { readonly fits: true } | Rejection;

export const FITS: Verdict = { fits: true };
