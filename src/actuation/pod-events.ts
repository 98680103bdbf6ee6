/**
 * What a decision tells pending pods: that it asks for nodes for them, or which groups do not help and why, in the words
 * that `kubectl describe pod` has always shown. The recorder drops repetitions.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import type { FitReason, GroupReason } from '../explain/reasons.ts';
import type { DecisionRecord, PodsExplanation } from '../explain/record.ts';
import { schedulerMessage } from '../explain/scheduler-message.ts';
import { isCouplingReason } from '../explain/coupling-reasons.ts';
import { isVolumeReason } from '../explain/volume-reasons.ts';
import type { ResizeWords } from './events.ts';
import { notTriggeredScaleUp, triggeredScaleUp } from './events.ts';
import type { ObjectEvent } from './ports.ts';

/** Pods told in one pass; ten thousand alike pods need not each carry the event. */
export const MAX_PODS_TOLD = 500;

export function podEvents(record: DecisionRecord, cluster: Cluster): ObjectEvent[] {
  const told = record.pods.filter(({ outcome }) => outcome.kind !== 'waits');
  if (told.length === 0) return [];
  const siblings = pendingByOwner(cluster);
  const resizes = resizesOf(record);
  const events: ObjectEvent[] = [];
  for (const explanation of told) {
    for (const pod of alikePods(explanation, cluster, siblings)) {
      if (events.length === MAX_PODS_TOLD) return events;
      events.push(eventFor(pod, explanation, resizes));
    }
  }
  return events;
}

function eventFor(pod: PodFacts, explanation: PodsExplanation, resizes: ReadonlyMap<string, ResizeWords>): ObjectEvent {
  const { outcome, perGroup } = explanation;
  if (outcome.kind === 'helped' || outcome.kind === 'partly-helped') {
    return triggeredScaleUp(
      pod,
      outcome.byGroup.flatMap(({ group }) => resizes.get(group) ?? []),
    );
  }
  return notTriggeredScaleUp(
    pod,
    perGroup.map(({ group, reason }) => ({ group, words: words(reason) })),
  );
}

/** By group name. */
function resizesOf({ actions, groups }: DecisionRecord): ReadonlyMap<string, ResizeWords> {
  const maxSizes = new Map(groups.map(({ name, maxSize }) => [name, maxSize]));
  return new Map(
    actions.flatMap((action) => {
      if (action.kind !== 'resize') return [];
      const { group, from, to } = action;
      return [[group, { groupName: group, from, to, maxSize: maxSizes.get(group) ?? to }] as const];
    }),
  );
}

/** The pending pods that the explanation speaks of: the example and its siblings of the same content. */
function alikePods(
  { example, count }: PodsExplanation,
  cluster: Cluster,
  siblings: ReadonlyMap<string, readonly PodFacts[]>,
): readonly PodFacts[] {
  const slash = example.indexOf('/');
  const pod = cluster.pod(example.slice(0, slash), example.slice(slash + 1));
  if (pod === undefined) return [];
  const alike = siblings
    .get(pod.controller?.uid ?? '')
    ?.filter(({ spec, labels }) => spec === pod.spec && labels === pod.labels);
  return alike === undefined || count === 1 ? [pod] : alike.slice(0, count);
}

function pendingByOwner(cluster: Cluster): ReadonlyMap<string, readonly PodFacts[]> {
  const byOwner = new Map<string, PodFacts[]>();
  for (const pod of cluster.pendingPods()) {
    if (pod.controller === undefined) continue;
    const known = byOwner.get(pod.controller.uid);
    if (known === undefined) byOwner.set(pod.controller.uid, [pod]);
    else known.push(pod);
  }
  return byOwner;
}

function words(reason: FitReason | GroupReason): string {
  if (isVolumeReason(reason) || isCouplingReason(reason)) return schedulerMessage(reason);
  switch (reason.code) {
    case 'GroupAtMaxSize':
      return 'max node group size reached';
    case 'GroupInBackoff':
      return 'in backoff after failed scale-up';
    case 'GroupOnDryRun':
      return 'on dry run';
    case 'GroupUnhealthy':
    case 'NoTemplate':
    case 'GroupJustChanged':
    case 'ResizeInFlight':
      return 'not ready for scale-up';
    case 'ClusterLimit':
      return reason.resource === 'nodes'
        ? 'max total nodes in cluster reached'
        : `exceeded limit of ${reason.resource}`;
    case 'WholeGroupLimit':
      return reason.because.resource === 'nodes'
        ? 'atomic scale-up exceeds cluster node count limit'
        : `exceeded limit of ${reason.because.resource}`;
    case 'NodeLaunchLimit':
      return `max node launches per hour reached (${reason.limit})`;
    case 'NodesPerScaleUpLimit':
      return `max nodes per scale-up reached (${reason.limit})`;
    case 'AnotherGroupChosen':
      return `another group was chosen: ${reason.chosen}`;
    case 'RefusedByExpander':
      return 'expansion options filtered out and no longer considered';
    case 'InsufficientResource':
    case 'TooManyPods':
    case 'UntoleratedTaint':
    case 'NodeUnschedulable':
    case 'NodeAffinityMismatch':
    case 'NodeNameMismatch':
    case 'HostPortTaken':
    case 'NodeLacksFeatures':
    case 'PredictionFailed':
    case 'UnreadablePod':
    case 'SchedulingGated':
    case 'NotEvaluated':
      return schedulerMessage(reason);
    default:
      return unreachable(reason);
  }
}
