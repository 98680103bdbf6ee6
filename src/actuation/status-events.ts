/** What a decision tells about the cluster as a whole, as events on the status ConfigMap. The recorder drops repetitions. */
import type { DecisionRecord } from '../explain/record.ts';
import { clusterUnhealthy, maxNodesReached, nodesFailed } from './events.ts';
import type { ObjectEvent } from './ports.ts';

export function statusEvents(record: DecisionRecord): readonly ObjectEvent[] {
  const { cluster, failures = [] } = record;
  const events: ObjectEvent[] = failures.map((failure) => nodesFailed(failure, classOf(failure.cause)));
  const guard = cluster.guard === undefined ? undefined : GUARDS[cluster.guard];
  if (guard !== undefined) events.push(clusterUnhealthy(guard));
  const limit = nodeLimitReached(record);
  if (limit !== undefined) events.push(maxNodesReached(limit));
  return events;
}

const GUARDS = {
  unhealthy: 'Cluster is unhealthy',
  'no-nodes': 'Cluster has no nodes.',
  'no-ready-nodes': 'Cluster has no ready nodes.',
  'repairs-first': undefined,
} as const;

type Cause = NonNullable<DecisionRecord['failures']>[number]['cause'];

/** The class and code of an error, as Cluster Autoscaler prints them; `undefined` for a timeout. */
function classOf(cause: Cause): string | undefined {
  if (cause === 'provision-timeout') return undefined;
  return `${cause === 'out-of-stock' || cause === 'quota-exceeded' ? 'OutOfResource' : 'Other'}.${cause}`;
}

/** The limit of `--max-nodes-total`, where it keeps a pod from its node. */
function nodeLimitReached({ pods }: DecisionRecord): number | undefined {
  // Thousands of entries share few lists.
  for (const perGroup of new Set(pods.map((each) => each.perGroup))) {
    for (const { reason } of perGroup) {
      if (reason.code === 'ClusterLimit' && reason.resource === 'nodes') return reason.limit;
    }
  }
  return undefined;
}
