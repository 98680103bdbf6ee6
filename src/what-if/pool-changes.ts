/** A pool with other bounds, a plan at another price. */
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { failure, success } from '../runtime/result.ts';
import { type Change, type ChangeResult, type Ground, unknown } from './change.ts';

const INSTANCE_TYPE = 'node.kubernetes.io/instance-type';

/** The pool by its label or its id. */
export function boundPool(ground: Ground, change: Extract<Change, { kind: 'pool' }>): ChangeResult {
  const group = ground.groups.find(({ id, name }) => id === change.pool || name === change.pool);
  if (group === undefined) {
    return unknown(
      'pool',
      'pool',
      change.pool,
      ground.groups.map(({ name }) => name),
    );
  }
  const { min = group.minSize, max = group.maxSize } = change;
  if (min > max) {
    const field = change.min === undefined ? 'max' : 'min';
    return failure({
      field,
      message: `a minimum of ${min} nodes is above the maximum of ${max} of pool ${group.name}`,
    });
  }
  return changed(ground, (each) => (each === group ? { ...each, minSize: min, maxSize: max } : each));
}

export function pricePlan(ground: Ground, { plan, usdPerHour }: Extract<Change, { kind: 'price' }>): ChangeResult {
  const plans = new Set(ground.groups.map(planOf));
  if (!plans.has(plan)) return unknown('price', 'pool of the plan', plan, plans);
  return changed(ground, (each) => (planOf(each) === plan ? { ...each, pricePerHour: usdPerHour } : each));
}

function planOf({ template }: NodeGroupState): string {
  return template?.labels[INSTANCE_TYPE] ?? '';
}

function changed(ground: Ground, change: (group: NodeGroupState) => NodeGroupState): ChangeResult {
  return success({ ground: { ...ground, groups: ground.groups.map(change) }, notes: [] });
}
