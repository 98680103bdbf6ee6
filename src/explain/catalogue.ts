/**
 * The catalogue of reasons, closed: for every code the check that gives it and what it means. docs/reasons.md is made from
 * this; the words with amounts are in text.ts, what to do about it in advice.ts. A code that is missing here does not compile.
 */
import type { Reason } from './reasons.ts';

export type ReasonCode = Reason['code'];

export interface CatalogueEntry {
  /** What was checked: the filter of kube-scheduler by its name, or a rule of ours in plain words. */
  readonly check: string;
  readonly meaning: string;
}

const POD_FITS = {
  InsufficientResource: ['NodeResourcesFit', 'The node, or a new node of the pool, has too little of a resource left.'],
  TooManyPods: ['NodeResourcesFit', 'The node takes no more pods.'],
  UntoleratedTaint: ['TaintToleration', 'The node has a taint that the pod does not tolerate.'],
  NodeUnschedulable: ['NodeUnschedulable', 'The node is cordoned.'],
  NodeAffinityMismatch: [
    'NodeAffinity',
    "The pod's node selector or node affinity asks for labels that the node lacks.",
  ],
  NodeNameMismatch: ['NodeName', 'The pod asks for another node by its name.'],
  HostPortTaken: ['NodePorts', 'A port of the node that the pod asks for is taken.'],
  NodeLacksFeatures: ['NodeDeclaredFeatures', 'The pod needs features that the node does not declare.'],
  PredictionFailed: ['prediction', 'New nodes of the pool were to take such pods, came, and did not take them.'],
  UnreadablePod: ['pod', 'The pod says something that has no meaning, so no node can take it.'],
  SchedulingGated: ['SchedulingGates', 'Scheduling gates hold the pod back: nobody looks for a node for it yet.'],
  NotEvaluated: ['not evaluated', 'The pod needs a check that this version does not make.'],
  ClaimMissing: ['VolumeBinding', 'A volume claim that the pod names does not exist.'],
  ClaimLost: ['VolumeBinding', 'The volume of a claim is gone for good.'],
  ClaimBeingDeleted: ['VolumeBinding', 'A volume claim is being deleted.'],
  ClaimOfAnotherPod: ['VolumeBinding', 'The claim of an ephemeral volume exists and belongs to something else.'],
  ClaimUnbound: ['VolumeBinding', 'A claim whose class binds at once has no volume yet.'],
  VolumeMissing: ['VolumeZone', 'A claim is bound to a volume that does not exist.'],
  BoundVolumeGone: ['VolumeBinding', 'An ephemeral volume is bound to a volume that does not exist.'],
  DiskInUse: ['VolumeRestrictions', 'Another pod on the node uses the disk.'],
  ClaimInUse: ['VolumeRestrictions', 'The claim is ReadWriteOncePod, and another pod has it.'],
  TooManyVolumes: ['NodeVolumeLimits', 'So many volumes of the driver are attached to the node that no more fit.'],
  DriverMissing: ['NodeVolumeLimits', 'The CSI driver does not run on the node.'],
  VolumeElsewhere: ['VolumeBinding', "The volume's node affinity excludes the node."],
  NoVolumeToBind: ['VolumeBinding', 'No volume can be bound or made for the claim from this node.'],
  NotEnoughStorage: ['VolumeBinding', 'The storage that the node reaches has too little capacity left.'],
  VolumeInAnotherZone: ['VolumeZone', "The volume's zone or region is not the node's."],
  PodAffinityUnmet: ['InterPodAffinity', 'None of the pods that it has to be near is in the domain of the node.'],
  PodAntiAffinityClash: ['InterPodAffinity', 'A pod that it may not be near is in the domain of the node.'],
  RepelledByPod: ['InterPodAffinity', "The anti-affinity of a pod in the node's domain keeps it away."],
  TopologySkew: ['PodTopologySpread', "The node's domain would have too many more pods than the one with the fewest."],
  TopologyKeyMissing: ['PodTopologySpread', 'The node lacks the label that the pod is spread over.'],
} as const;

const POOL_GROWS = {
  GroupOnDryRun: ['dry run', 'A label of the pool says that nothing is done with it.'],
  GroupAtMaxSize: ['pool maximum', 'The pool has as many nodes as it may have.'],
  GroupInBackoff: [
    'backoff',
    'The pool failed a short while ago and is left alone for a time that doubles with each failure.',
  ],
  GroupUnhealthy: ['pool health', 'So many nodes of the pool are broken or missing that more are not asked for.'],
  NoTemplate: ['template', 'What a new node of the pool would be like is not known.'],
  WholeGroupLimit: [
    'cluster limits',
    'The pool grows to its maximum or not at all, and a limit of the cluster leaves less.',
  ],
  GroupJustChanged: [
    'one resize at a time',
    'Another program or person changed the pool a moment ago, and what came of it may not be seen yet.',
  ],
  ResizeInFlight: ['one resize at a time', 'An earlier resize of the pool is not answered yet.'],
  ClusterLimit: ['cluster limits', 'A limit over the whole cluster would be passed.'],
  NodesPerScaleUpLimit: ['nodes per pass', 'As many nodes as one pass may ask for are asked for.'],
  NodeLaunchLimit: ['launch guard', 'As many nodes as may be launched within an hour were launched.'],
  AnotherGroupChosen: ['expander', 'The pods fit here too, and the expander chose another pool.'],
  RefusedByExpander: ['expander', 'The pods fit here, and the expander refused every pool.'],
} as const;

const POD_WAITS = {
  FitsExistingNode: ['room', 'A node that is there has room: the scheduler will place the pod.'],
  FitsUpcomingNode: ['nodes on their way', 'A node that is on its way will take the pod.'],
  TooYoung: ['age', 'The pod is younger than --new-pod-scale-up-delay, or belongs to a burst that is still growing.'],
  NodeMayBeComing: [
    'room',
    'A pool that suits the pod was changed a moment ago by another program or person: its node may be on its way.',
  ],
  BelowPriorityCutoff: ['priority', 'No node is added for pods of so low a priority.'],
  OtherScheduler: ['scheduler', 'Another scheduler looks after the pod and has not tried it yet.'],
  SchedulerNotAllowed: ['scheduler', 'No node is added for pods of this scheduler.'],
  BeingDeleted: ['pod', 'The pod is being deleted.'],
  DaemonSetPod: ['pod', 'A pod of a DaemonSet gets no node of its own.'],
  NominatedToNode: ['preemption', 'The scheduler is making room for the pod on a node.'],
  NotYetTriedByScheduler: ['scheduler', 'The scheduler has not tried the pod yet.'],
  AnotherGroupFirst: ['one choice a pass', 'A group that helps the pod is looked at in the next pass.'],
  PassSkipped: ['guard', 'The pass looked at no pod and no node, for the reason given.'],
} as const;

const NODE_STAYS = {
  NotInNodeGroup: ['pool', 'The node belongs to no pool that is managed.'],
  NodeGroupOnDryRun: ['dry run', 'A label of the pool says that nothing is done with it.'],
  ScaleDownDisabledAnnotation: ['annotation', 'An annotation of the node keeps it.'],
  ScaleDownDisabled: ['--scale-down-enabled', 'Scale-down is switched off.'],
  NodeGroupMinSizeReached: ['pool minimum', 'The pool has as few nodes as it may have.'],
  ClusterMinimumReached: ['cluster limits', 'The cluster would have less of a resource than its minimum.'],
  NotUnderutilized: ['utilization', 'More of the node is used than the threshold.'],
  NotUnneededLongEnough: ['unneeded time', 'The node is not needed, and goes once that has been so for long enough.'],
  NotUnreadyLongEnough: ['unready time', 'The node is not ready, and goes once that has been so for long enough.'],
  RecentlyUnremovable: ['recheck', 'A short while ago the node could not be removed; it is looked at again later.'],
  BlockedByPod: ['drainability', 'A pod on the node may not be evicted.'],
  NoPlaceToMovePods: ['removal simulation', 'A pod on the node fits no node that stays.'],
  InCooldown: ['cooldown', 'Scale-down pauses after a scale-up, a removal or a failure.'],
  ParallelismLimit: ['parallelism', 'As many nodes as may go at once are going.'],
  ReceivesMovedPods: ['removal simulation', 'The node takes the pods of one that goes.'],
  NodeIsStarting: ['start-up time', 'The node has registered and is not ready yet.'],
  InstanceUnknown: ['pool', 'The cloud knows no instance of this id.'],
  UtilizationUnknown: ['utilization', 'The node does not say how much it can allocate.'],
  ClusterUnhealthy: ['cluster health', 'So many nodes are not ready that the picture is not to be trusted.'],
  BlockedByOnCompletionPod: ['drainability', 'A pod on the node may not be evicted before it has ended.'],
  NeededByPendingPod: ['removal simulation', 'A pending pod will land on the node and fits no other that stays.'],
  ScaleDownUnreadyDisabled: ['--scale-down-unready-enabled', 'Nodes that are not ready are kept.'],
  AtomicScaleDownFailed: ['whole pools', 'The pool goes as a whole or not at all, and not all of its nodes can go.'],
  DisruptionBudgetReached: [
    'disruption budget',
    'A budget of ours for the whole cluster allows no further removal now.',
  ],
  HourPaidFor: ['billing hour', 'The hour that is paid for is not over.'],
  AwaitsReplacement: ['consolidation', 'The node goes once the one that replaces it is ready.'],
  ReplacementFirst: ['consolidation', 'Other nodes are being replaced by cheaper ones, and their pods go first.'],
  TakesReplacedPods: ['consolidation', 'The node was asked for to take the pods of nodes that are replaced.'],
  RemovalFailedRecently: ['removal', 'Removing the node was tried and failed; it is tried again later.'],
} as const;

const NODES_REPLACED = {
  ConsolidationWaits: ['consolidation', 'Something else comes first, and no replacement is looked for.'],
  ConsolidationSettles: ['consolidation', 'The last replacement has just ended.'],
  NothingWorthReplacing: [
    'consolidation',
    'No cheaper nodes would do, or they would save too little for what they disturb.',
  ],
  NotWorthItLongEnough: ['consolidation', 'A replacement is worth it, and is begun if it stays so for long enough.'],
  ReplacementAsked: ['consolidation', 'The new nodes are asked for.'],
  ReplacementAwaited: ['consolidation', 'The new nodes are on their way.'],
  ReplacementUnderWay: ['consolidation', 'The new nodes are ready, and the old ones go.'],
  ReplacementDone: ['consolidation', 'The old nodes are gone.'],
  ReplacementGivenUp: ['consolidation', 'The replacement is not carried through.'],
} as const;

/** In the order of docs/reasons.md. */
export const FAMILIES = {
  'A pod does not fit': POD_FITS,
  'A pool does not grow': POOL_GROWS,
  'A pod waits': POD_WAITS,
  'A node stays': NODE_STAYS,
  'Nodes are replaced': NODES_REPLACED,
} as const;

const ENTRIES: Readonly<Record<ReasonCode, readonly [check: string, meaning: string]>> = {
  ...POD_FITS,
  ...POOL_GROWS,
  ...POD_WAITS,
  ...NODE_STAYS,
  ...NODES_REPLACED,
};

export function catalogued(code: ReasonCode): CatalogueEntry {
  const [check, meaning] = ENTRIES[code];
  return { check, meaning };
}

export function isReasonCode(word: string): word is ReasonCode {
  return Object.hasOwn(ENTRIES, word);
}

/** Where the code is explained, within the repository's docs. */
export function anchorOf(code: ReasonCode): string {
  return `docs/reasons.md#${code.toLowerCase()}`;
}
