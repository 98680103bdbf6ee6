/** How many nodes there are of each standing: in a group, and in the whole cluster. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeCounts } from '../explain/record.ts';
import type { Census, CensusInput } from './census.ts';
import { rulesFor } from './census.ts';
import { lacksResources, standingOf } from './readiness.ts';
import type { Registration } from './registered.ts';

type Counted = Pick<Census, 'slots' | 'standing' | 'unregistered' | 'failed' | 'rules'>;

export function countGroup(cluster: Cluster, { slots, standing, unregistered, failed, rules }: Counted): NodeCounts {
  const overdue = unregistered.filter((one) => one.overdue).length;
  return {
    registered: slots.length,
    ready: standing.ready.length,
    notStarted: standing['not-started'].length,
    suspended: standing.suspended.length,
    unready: standing.unready.length,
    resourceUnready: standing.unready.filter((slot) => lacksResources(cluster.node(slot), rules)).length,
    beingDeleted: standing.going.length,
    longUnregistered: overdue,
    unregistered: unregistered.length - overdue + failed.length,
  };
}

/** Over all nodes; those of no group are judged by the flags alone. */
export function countNodes(
  { cluster, now, options }: CensusInput,
  censuses: readonly Census[],
  { strangers }: Registration,
): NodeCounts {
  const rules = rulesFor(undefined, options);
  const context = { now, instanceGone: false, expected: undefined, rules };
  const others: Record<ReturnType<typeof standingOf>, Slot[]> = {
    ready: [],
    unready: [],
    'not-started': [],
    suspended: [],
    going: [],
  };
  for (const slot of strangers) others[standingOf(cluster, slot, context)].push(slot);
  const ofNone = { slots: strangers, standing: others, unregistered: [], failed: [], rules };
  return [...censuses, ofNone].map((each) => countGroup(cluster, each)).reduce(sumOf);
}

function sumOf(a: NodeCounts, b: NodeCounts): NodeCounts {
  return {
    registered: a.registered + b.registered,
    ready: a.ready + b.ready,
    notStarted: a.notStarted + b.notStarted,
    suspended: a.suspended + b.suspended,
    unready: a.unready + b.unready,
    resourceUnready: a.resourceUnready + b.resourceUnready,
    beingDeleted: a.beingDeleted + b.beingDeleted,
    longUnregistered: a.longUnregistered + b.longUnregistered,
    unregistered: a.unregistered + b.unregistered,
  };
}
