/**
 * What kube-scheduler would say of a pod as it is written, step by step: whether it is tried at all, whether it is turned
 * away as a whole, and what each node says. Simulations ask the runner (runner.ts) instead, which looks at a pod as if
 * it waited for a node; here `spec.nodeName` is a wish, as it is to the scheduler.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { rejectedForGood } from './filter.ts';
import { podRejection } from './pod-filters.ts';
import { checkFit } from './runner.ts';
import { schedulingGates } from './scheduling-gates.ts';
import type { Rejection, Verdict } from './verdict.ts';

export type SchedulerVerdict =
  /** The pod is being deleted: never tried. */
  | { readonly kind: 'skipped' }
  /** The pod is not queued. */
  | { readonly kind: 'not-queued'; readonly rejection: Rejection }
  /** No node is looked at. */
  | { readonly kind: 'pod-rejected'; readonly rejection: Rejection }
  | { readonly kind: 'tried'; readonly onNode: (slot: Slot) => Verdict };

export function schedulerVerdict(cluster: Cluster, pod: PodFacts): SchedulerVerdict {
  if (pod.deletion !== undefined) return { kind: 'skipped' };
  const gated = schedulingGates.filter(pod, cluster);
  if (gated !== undefined) return { kind: 'not-queued', rejection: gated };
  const rejection = podRejection(cluster, pod);
  if (rejection !== undefined) return { kind: 'pod-rejected', rejection };
  return {
    kind: 'tried',
    onNode: (slot) => wrongName(pod, cluster.node(slot)) ?? checkFit(cluster, pod, slot),
  };
}

function wrongName({ nodeName }: PodFacts, node: NodeFacts): Rejection | undefined {
  if (nodeName === '' || nodeName === node.name) return undefined;
  return rejectedForGood('NodeName', [{ code: 'NodeNameMismatch', wanted: nodeName, by: 'NodeName' }]);
}
