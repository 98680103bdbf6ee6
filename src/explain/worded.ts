/** A reason as it is given away: its code and amounts for programs, its words and the advice for people. */
import { anchorOf, catalogued, type ReasonCode } from './catalogue.ts';
import type { Reason } from './reasons.ts';
import { advice, describe } from './text.ts';

export interface WordedReason {
  readonly code: ReasonCode;
  readonly check: string;
  readonly message: string;
  /** What a person can do about it; '' where nothing helps. */
  readonly advice: string;
  /** The amounts, names and moments of the reason; see src/explain/reasons.ts for each code. */
  readonly amounts: Readonly<Record<string, unknown>>;
  readonly docs: string;
  /** What stands behind it, where it only passes on another reason. */
  readonly because?: WordedReason;
}

export function worded(reason: Reason, now: number): WordedReason {
  const { code, ...amounts } = reason;
  return {
    code,
    check: catalogued(code).check,
    message: describe(reason, now),
    advice: advice(reason),
    amounts,
    docs: anchorOf(code),
    ...(isPassedOn(reason) ? { because: worded(reason.because, now) } : {}),
  };
}

function isPassedOn(reason: Reason): reason is Extract<Reason, { code: 'RecentlyUnremovable' | 'WholeGroupLimit' }> {
  return reason.code === 'RecentlyUnremovable' || reason.code === 'WholeGroupLimit';
}
