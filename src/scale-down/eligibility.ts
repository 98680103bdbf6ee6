/**
 * Which nodes are worth a removal simulation, and why the others stay. A node that drops out here has no timer: it
 * begins to be unneeded only once it passes.
 *
 * Looks at the node, its pods, its group and the time; what was found in earlier passes, and what is being removed, is
 * the survey's to add (survey.ts).
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, ResourceList } from '../cluster/facts.ts';
import type { NodeGroupOptions } from '../cloud/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { gpuResourceOf } from '../node-groups/gpus.ts';
import type { ReadinessRules } from '../node-groups/readiness.ts';
import { isReady, standingOf } from '../node-groups/readiness.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { Horizon } from './horizon.ts';
import type { NodePods } from './node-pods.ts';
import type { ScaleDownOptions } from './options.ts';
import type { Utilization } from './utilization.ts';
import { utilizationOf } from './utilization.ts';

const SCALE_DOWN_DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
/** A removal that nobody has finished for so long is stuck: the node is looked at again. */
const REMOVAL_STUCK_AFTER_MS = 5 * 60_000;

/** What a node's group means for it. */
export interface GroupTerms {
  readonly name: string;
  readonly minSize: number;
  /** It cannot lose a node. */
  readonly atMinimum: boolean;
  readonly options: NodeGroupOptions;
  readonly rules: ReadinessRules;
  /** Its nodes that are starting are on their way, as somebody asked for them. */
  readonly awaitsStarting: boolean;
  /** What its nodes can allocate, and have, once they are up. */
  readonly expected: ResourceList | undefined;
  readonly expectedCapacity: ResourceList | undefined;
}

/** `growth`: by how many nodes this pass grows the group. */
export function termsOf({ state, rules, standIns }: NodeGroupView, growth: number): GroupTerms {
  const { name, minSize, options, template } = state;
  return {
    name,
    minSize,
    atMinimum: state.targetSize + growth <= minSize,
    options,
    rules,
    awaitsStarting: standIns.length > 0,
    expected: template?.allocatable,
    expectedCapacity: template?.capacity,
  };
}

/** A node that may go if its pods fit elsewhere. */
export interface Candidate {
  readonly slot: Slot;
  readonly node: NodeFacts;
  readonly group: NodeGroupView;
  readonly ready: boolean;
  readonly utilization: number;
  /** Which resource is used most. */
  readonly resource: string;
  readonly pods: NodePods;
}

export type Standing =
  | { readonly kind: 'candidate'; readonly utilization: number; readonly resource: string }
  | { readonly kind: 'going'; readonly step: string }
  | { readonly kind: 'stays'; readonly reason: NodeReason; readonly utilization: number | undefined };

/** What one node is before any simulation. `terms`: of its group; `undefined`: it has none. */
export function standingOfNode(
  cluster: Cluster,
  slot: Slot,
  terms: GroupTerms | undefined,
  { options, horizon }: { readonly options: ScaleDownOptions; readonly horizon: Horizon },
): Standing {
  const node = cluster.node(slot);
  const step = goingStep(node, horizon);
  if (step !== undefined) return { kind: 'going', step };
  if (!options.enabled) return stays({ code: 'ScaleDownDisabled' });
  if (node.providerID === '') return stays({ code: 'InstanceUnknown', providerID: '' });
  if (terms === undefined) return stays({ code: 'NotInNodeGroup' });
  if (terms.options.dryRun === true) return stays({ code: 'NodeGroupOnDryRun' });
  if (node.annotations[SCALE_DOWN_DISABLED] === 'true') return stays({ code: 'ScaleDownDisabledAnnotation' });
  // To Cluster Autoscaler a node that nobody asked for, since it restarted or gave it up, is merely not ready.
  const mayBeStarting = terms.awaitsStarting || !options.likeClusterAutoscaler;
  if (mayBeStarting && isStarting(cluster, slot, terms, horizon)) return stays({ code: 'NodeIsStarting' });
  if (terms.atMinimum) return stays({ code: 'NodeGroupMinSizeReached', minSize: terms.minSize });
  if (!options.unreadyEnabled && !isReady(node, terms.rules)) return stays({ code: 'ScaleDownUnreadyDisabled' });
  return byUtilization(cluster, slot, terms, { options, horizon });
}

/** Not ready yet, or without the devices that it is to have, and within its time to start. */
export function isStarting(cluster: Cluster, slot: Slot, { expected, rules }: GroupTerms, horizon: Horizon): boolean {
  const { now } = horizon;
  // Asked for the sake of the horizon: from then on the node has had its time.
  horizon.isPast(cluster.node(slot).createdAtMs + rules.maxStartupTimeMs - 1);
  return standingOf(cluster, slot, { now, instanceGone: false, expected, rules }) === 'not-started';
}

/** Why the node is on its way out although no removal of ours is at it; `undefined`: it is not. */
function goingStep(node: NodeFacts, horizon: Horizon): string | undefined {
  if (node.deleting) return 'its Node object is being deleted';
  const taint = node.taints.find(({ key }) => key === TO_BE_DELETED_TAINT);
  if (taint === undefined || !/^\d+$/.test(taint.value)) return undefined;
  return horizon.isPast(Number(taint.value) * 1000 + REMOVAL_STUCK_AFTER_MS - 1) ? undefined : 'marked for deletion';
}

function byUtilization(
  cluster: Cluster,
  slot: Slot,
  { options: own, expectedCapacity }: GroupTerms,
  { options, horizon }: { readonly options: ScaleDownOptions; readonly horizon: Horizon },
): Standing {
  const node = cluster.node(slot);
  const gpuResource = gpuResourceOf(node.capacity, expectedCapacity);
  const used: Utilization = utilizationOf(cluster, slot, {
    now: horizon.now,
    horizon,
    ignoreDaemonSets: own.ignoreDaemonSetsUtilization ?? options.ignoreDaemonSetsUtilization,
    ignoreMirrorPods: options.ignoreMirrorPodsUtilization,
    expendablePodsPriorityCutoff: options.expendablePodsPriorityCutoff,
    gpuResource,
  });
  if (used.kind === 'unknown') return stays({ code: 'UtilizationUnknown', resource: used.resource });
  const { resource, share: utilization } = used;
  const threshold =
    gpuResource === undefined
      ? (own.scaleDownUtilizationThreshold ?? options.utilizationThreshold)
      : (own.scaleDownGpuUtilizationThreshold ?? options.gpuUtilizationThreshold);
  if (utilization > threshold) {
    return stays({ code: 'NotUnderutilized', resource, utilization, threshold }, utilization);
  }
  return { kind: 'candidate', utilization, resource };
}

function stays(reason: NodeReason, utilization?: number): Standing {
  return { kind: 'stays', reason, utilization };
}
