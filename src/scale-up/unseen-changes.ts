/**
 * Pods for which nodes may be on their way unseen: a person, or this program before it lost what it had kept, has just
 * changed a group, and the cloud's listing may lag. To ask another group meanwhile would buy their nodes twice.
 */
import type { PendingReason } from '../explain/reasons.ts';
import type { Demand } from './demand.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself } from './prospects.ts';

/** By demand, the change that it waits to see; demands that no changed group suits are left out. */
export function awaitedChanges(
  demands: readonly Demand[],
  prospects: readonly Prospect[],
): ReadonlyMap<Demand, PendingReason> {
  const awaited = new Map<Demand, PendingReason>();
  for (const prospect of prospects) {
    const { state, blocked } = prospect.view;
    if (blocked?.code !== 'GroupJustChanged') continue;
    for (const demand of demands) {
      if (awaited.has(demand) || !suitsItself(prospect, demand.group)) continue;
      awaited.set(demand, { code: 'NodeMayBeComing', group: state.name, untilMs: blocked.untilMs });
    }
  }
  return awaited;
}
