/**
 * Which nodes are worth a removal simulation, and why the others stay. A node that drops out here has no timer: it
 * begins to be unneeded only once it passes.
 */
import type { Slot } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import type { Instance } from '../cloud/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { isReady, standingOf } from '../node-groups/readiness.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { RemovalInFlight, ScaleDownInput } from './plan.ts';
import type { Utilization } from './utilization.ts';
import { gpuResourceOf, utilizationOf } from './utilization.ts';

const SCALE_DOWN_DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
/** A removal that nobody has finished for so long is stuck: the node is looked at again. */
const REMOVAL_STUCK_AFTER_MS = 5 * 60_000;

/** A node that may go if its pods fit elsewhere. */
export interface Candidate {
  readonly slot: Slot;
  readonly node: NodeFacts;
  readonly group: NodeGroupView;
  readonly ready: boolean;
  readonly utilization: number;
  /** Which resource is used most. */
  readonly resource: string;
}

export type Standing =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'going'; readonly step: string }
  | { readonly kind: 'stays'; readonly reason: NodeReason; readonly utilization: number | undefined };

/** The node's place in the cloud: its group and its instance. */
export interface Belonging {
  readonly group: NodeGroupView;
  readonly instance: Instance | undefined;
}

/** Which group and instance each registered node has. */
export function belongings(groups: readonly NodeGroupView[], nodeOf: (slot: Slot) => NodeFacts): Map<Slot, Belonging> {
  const found = new Map<Slot, Belonging>();
  for (const group of groups) {
    const instances = new Map(group.state.instances.map((instance) => [instance.id, instance]));
    for (const slot of group.slots) found.set(slot, { group, instance: instances.get(nodeOf(slot).providerID) });
  }
  return found;
}

/** What one node is to this pass before any simulation. */
export function standingOfNode(
  input: ScaleDownInput,
  slot: Slot,
  belonging: Belonging | undefined,
  inFlight: RemovalInFlight | undefined,
): Standing {
  const { cluster, options, memory, now } = input;
  const node = cluster.node(slot);
  const step = inFlight?.step ?? goingStep(node, belonging?.instance, now);
  if (step !== undefined) return { kind: 'going', step };
  if (!options.enabled) return stays({ code: 'ScaleDownDisabled' });
  if (node.providerID === '') return stays({ code: 'InstanceUnknown', providerID: '' });
  if (belonging === undefined) return stays({ code: 'NotInNodeGroup' });
  if (node.annotations[SCALE_DOWN_DISABLED] === 'true') return stays({ code: 'ScaleDownDisabledAnnotation' });
  const expected = belonging.group.state.template?.allocatable;
  if (standingOf(cluster, slot, { now, instanceGone: false, expected }) === 'not-started')
    return stays({ code: 'NodeIsStarting' });
  const { state } = belonging.group;
  if (state.targetSize <= state.minSize) return stays({ code: 'NodeGroupMinSizeReached', minSize: state.minSize });
  const remembered = memory.unremovable.get(node.name);
  if (remembered !== undefined && remembered.uid === node.uid && remembered.untilMs > now) {
    return stays(recently(remembered.reason, remembered.untilMs));
  }
  return byUtilization(input, slot, belonging.group);
}

/** Why the node is on its way out although no removal of ours is at it; `undefined`: it is not. */
function goingStep(node: NodeFacts, instance: Instance | undefined, now: number): string | undefined {
  if (node.deleting) return 'its Node object is being deleted';
  if (instance?.state === 'deleting') return 'the cloud is deleting it';
  const taint = node.taints.find(({ key }) => key === TO_BE_DELETED_TAINT);
  if (taint === undefined || !/^\d+$/.test(taint.value)) return undefined;
  return now - Number(taint.value) * 1000 < REMOVAL_STUCK_AFTER_MS ? 'marked for deletion' : undefined;
}

function recently(because: NodeReason, untilMs: number): NodeReason {
  return because.code === 'RemovalFailedRecently' ? because : { code: 'RecentlyUnremovable', untilMs, because };
}

function byUtilization(input: ScaleDownInput, slot: Slot, group: NodeGroupView): Standing {
  const { cluster, options, now } = input;
  const node = cluster.node(slot);
  const gpuResource = gpuResourceOf(node.capacity, group.state.template?.capacity);
  const own = group.state.options;
  const utilization: Utilization = utilizationOf(cluster, slot, {
    now,
    ignoreDaemonSets: own.ignoreDaemonSetsUtilization ?? options.ignoreDaemonSetsUtilization,
    ignoreMirrorPods: false,
    expendablePodsPriorityCutoff: options.expendablePodsPriorityCutoff,
    gpuResource,
  });
  if (utilization.kind === 'unknown') return stays({ code: 'UtilizationUnknown', resource: utilization.resource });
  const { resource, share } = utilization;
  const threshold =
    gpuResource === undefined
      ? (own.scaleDownUtilizationThreshold ?? options.utilizationThreshold)
      : (own.scaleDownGpuUtilizationThreshold ?? options.gpuUtilizationThreshold);
  if (share > threshold) {
    return stays({ code: 'NotUnderutilized', resource, utilization: share, threshold }, share);
  }
  const candidate = { slot, node, group, ready: isReady(node), utilization: share, resource };
  return { kind: 'candidate', candidate };
}

function stays(reason: NodeReason, utilization?: number): Standing {
  return { kind: 'stays', reason, utilization };
}
