/** Changes made to what a decision is made from, one after the other. */
import { unreachable } from '../cluster/invariant.ts';
import type { DecisionInput } from '../loop/decide.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { Change, ChangeProblem, ChangeResult, Ground } from './change.ts';
import { removeNode } from './node-removal.ts';
import { boundPool, pricePlan } from './pool-changes.ts';
import { scaleWorkload } from './workload-scaling.ts';

/** The input with all changes, one after the other. The model of `input` is changed in place. */
export function withChanges(
  input: DecisionInput,
  changes: readonly Change[],
): Result<{ readonly input: DecisionInput; readonly notes: readonly string[] }, readonly ChangeProblem[]> {
  const { cluster, groups, removals, ...rest } = input.world;
  let ground: Ground = { cluster, groups, removals, now: input.pass.now };
  const notes: string[] = [];
  const problems: ChangeProblem[] = [];
  for (const change of changes) {
    const made = make(ground, change);
    if (!made.ok) {
      problems.push(made.error);
      continue;
    }
    ({ ground } = made.value);
    notes.push(...made.value.notes);
  }
  if (problems.length > 0) return failure(problems);
  const { now: _now, ...world } = ground;
  return success({ input: { ...input, world: { ...rest, ...world } }, notes });
}

function make(ground: Ground, change: Change): ChangeResult {
  switch (change.kind) {
    case 'pool':
      return boundPool(ground, change);
    case 'price':
      return pricePlan(ground, change);
    case 'remove-node':
      return removeNode(ground, change.node);
    case 'scale':
      return scaleWorkload(ground, change.workload, change.replicas);
    default:
      return unreachable(change);
  }
}
