/** "What if?": two decisions from one snapshot, one as it is and one with the changes, and what is different. */
import type { ActionRecord } from '../explain/record.ts';
import { decide } from '../loop/decide.ts';
import { type Result, success } from '../runtime/result.ts';
import { inputOf, type Snapshot } from '../snapshot/snapshot.ts';
import type { Change, ChangeProblem } from './change.ts';
import { withChanges } from './changes.ts';
import { type Difference, differences } from './comparison.ts';
import { type Cost, costOf, unpriced } from './cost.ts';

const ANSWER_SCHEMA = 1;

export interface WhatIfAnswer {
  readonly schema: typeof ANSWER_SCHEMA;
  readonly changes: readonly Change[];
  readonly without: Outcome;
  readonly with: Outcome;
  readonly differences: readonly Difference[];
  /** What a person has to know besides. */
  readonly notes: readonly string[];
}

export interface Outcome {
  readonly actions: readonly ActionRecord[];
  readonly costPerHour: Cost;
}

export function whatIf(snapshot: Snapshot, changes: readonly Change[]): Result<WhatIfAnswer, readonly ChangeProblem[]> {
  const before = inputOf(snapshot);
  const changed = withChanges(inputOf(snapshot), changes);
  if (!changed.ok) return changed;
  const after = changed.value.input;
  const without = decide(before.world, before.memory, before.options, before.pass).record;
  const then = decide(after.world, after.memory, after.options, after.pass).record;
  const priceless = unpriced(then);
  return success({
    schema: ANSWER_SCHEMA,
    changes,
    without: { actions: without.actions, costPerHour: costOf(without) },
    with: { actions: then.actions, costPerHour: costOf(then) },
    differences: differences(without, then),
    notes: [
      ...changed.value.notes,
      ...(priceless.length === 0 ? [] : [`no price is known of pool ${priceless.join(', ')}: it counts as nothing`]),
    ],
  });
}
