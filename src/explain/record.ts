/**
 * The decision record: what one pass saw, decided and why. Every pending pod and every node has an entry (I6). Pods
 * that are alike (same owner, same content) share one entry, so that ten thousand pods of one Deployment are one line.
 *
 * Logs, the narration, events and every later report are views of this record; a view adds nothing that is not here.
 */
import type { ConsolidationReason } from './consolidation-reasons.ts';
import type { CloudErrorKind } from '../cloud/facts.ts';
import type { FitReason, GroupReason, NodeReason, PendingReason, RejectionCount } from './reasons.ts';

export const RECORD_SCHEMA = 1;

export interface DecisionRecord {
  readonly schema: typeof RECORD_SCHEMA;
  /** Names the decision everywhere, in logs and events too: the process and the number of the pass. */
  readonly id: string;
  /** Counts passes since the start of the process. */
  readonly pass: number;
  readonly atMs: number;
  /** Why the pass ran: `pod-unschedulable`, `node-changed`, `timer` … */
  readonly triggers: readonly string[];
  readonly pods: readonly PodsExplanation[];
  readonly nodes: readonly NodeExplanation[];
  readonly groups: readonly GroupExplanation[];
  readonly actions: readonly ActionRecord[];
  readonly cluster: ClusterSummary;
  /** Absent: nothing that was asked for has failed since the last pass. */
  readonly failures?: readonly ScaleUpFailure[];
  /** Absent: none proved wrong in this pass. */
  readonly wrongPredictions?: readonly WrongPrediction[];
  /** What becomes of replacing nodes by cheaper ones. Absent: it is switched off, or nobody looked. */
  readonly consolidation?: ConsolidationReason;
  /** What would be done with the groups on dry run, if none was; absent: none is. */
  readonly dryRun?: { readonly groups: readonly string[]; readonly actions: readonly ActionRecord[] };
  /** Absent: there is nothing odd, or nobody looked. */
  readonly expanderFindings?: readonly ExpanderFinding[];
}

/** The cluster as a whole, as the pass found it. */
export interface ClusterSummary {
  /** `false`: so many nodes are broken that nothing is scaled. */
  readonly healthy: boolean;
  /** Why the pass neither added nor removed nodes, whatever the pods asked for; absent: it was free to. */
  readonly guard?: 'unhealthy' | 'no-nodes' | 'no-ready-nodes' | 'repairs-first';
  readonly nodes: NodeCounts;
  /** Of all nodes but those that are going. */
  readonly milliCpu: number;
  readonly memoryBytes: number;
  /** Taints of nodes, by what they are for: their key, or `startup-taint`, `status-taint`, `other`. */
  readonly taints: Readonly<Record<string, number>>;
}

/** Each registered node is in exactly one of ready, notStarted, suspended, unready and beingDeleted. */
export interface NodeCounts {
  readonly registered: number;
  readonly ready: number;
  readonly notStarted: number;
  readonly suspended: number;
  readonly unready: number;
  /** Of the unready ones, those that lack what their driver should have brought up. */
  readonly resourceUnready: number;
  readonly beingDeleted: number;
  /** Instances that had their time to become nodes. */
  readonly longUnregistered: number;
  /** Other instances without a node. */
  readonly unregistered: number;
}

/** Nodes that a group was asked for, and that did not come. */
interface ScaleUpFailure {
  readonly group: string;
  readonly groupId: string;
  readonly cause: CloudErrorKind | 'provision-timeout';
  readonly nodes: number;
  readonly message: string;
}

/** Something is odd about the ConfigMap that an expander follows. */
export interface ExpanderFinding {
  readonly configMap: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** As in Cluster Autoscaler's events. */
  readonly reason: 'PriorityConfigMapInvalid' | 'PriorityConfigMapNotMatchedGroup' | 'PriorityConfigMapNoGroupMatched';
  readonly message: string;
}

/** A new node was to take a pod, and does not. */
export interface WrongPrediction {
  /** `namespace/name` of one of the pods; others of its controller share its fate. */
  readonly pod: string;
  readonly podUid: string;
  readonly group: string;
  /** One of the nodes that came. */
  readonly node: string;
  /** Why the node does not take it; `undefined`: it looks as if it would, and the scheduler does not put it there. */
  readonly reason: FitReason | undefined;
  /** How often in a row, for these pods and this group. */
  readonly times: number;
  /** Until then the group is not asked for nodes for these pods. */
  readonly untilMs: number;
}

/** One set of alike pending pods. */
export interface PodsExplanation {
  /** `namespace/name` of the first of them, in the order of names. */
  readonly example: string;
  readonly count: number;
  /** `Kind namespace/name` of the controller that they share, or '' for pods without one. */
  readonly owner: string;
  readonly outcome: PodsOutcome;
  /** Per node group, in the groups' order, why its nodes do not help; groups that do are named by the outcome. */
  readonly perGroup: readonly { readonly group: string; readonly reason: FitReason | GroupReason }[];
}

export type PodsOutcome =
  /** New nodes are asked for. `byGroup`: how many of these pods each group's new nodes take. */
  | { readonly kind: 'helped'; readonly byGroup: readonly { readonly group: string; readonly pods: number }[] }
  /** Some get new nodes, the rest must wait for the named reason. */
  | {
      readonly kind: 'partly-helped';
      readonly byGroup: readonly { readonly group: string; readonly pods: number }[];
      readonly waiting: number;
    }
  /** No new node is needed, or none is due yet. */
  | { readonly kind: 'waits'; readonly reason: PendingReason }
  /** No group's nodes can take it: see `perGroup`. `onNodes` counts what the existing nodes say. */
  | { readonly kind: 'cannot-be-helped'; readonly onNodes: readonly RejectionCount[] };

export interface NodeExplanation {
  readonly node: string;
  /** The group's name; '' for a node that no group owns. */
  readonly group: string;
  /** Shares of 1 of what the node can allocate; `undefined` where not worked out. */
  readonly utilization: number | undefined;
  readonly outcome:
    | { readonly kind: 'stays'; readonly reason: NodeReason }
    | { readonly kind: 'unneeded'; readonly sinceMs: number; readonly reason: NodeReason }
    | { readonly kind: 'removed'; readonly action: number }
    | { readonly kind: 'being-removed'; readonly step: string };
}

export interface GroupExplanation {
  readonly id: string;
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly targetSize: number;
  readonly registered: number;
  readonly ready: number;
  readonly upcoming: number;
  readonly nodes: NodeCounts;
  /** What its nodes are like; `undefined`: not known. */
  readonly shape: NodeShape | undefined;
  /** US dollars for one node; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
  /** What keeps it from growing at all, if anything does. */
  readonly blocked: GroupReason | undefined;
}

export interface NodeShape {
  readonly instanceType: string;
  readonly milliCpu: number;
  readonly memoryBytes: number;
  /** The resource by which pods ask for its GPUs, and the GPUs' type where a label says it; '' and '': none. */
  readonly gpuResource: string;
  readonly gpuType: string;
}

/** Why a node may go: the words of Cluster Autoscaler's metrics. */
export type RemovalCause = 'empty' | 'underutilized' | 'unready';

/** One thing that the pass asks for. */
export type ActionRecord =
  | {
      readonly kind: 'resize';
      readonly group: string;
      readonly from: number;
      readonly to: number;
      /** How many pending pods the new nodes are for. */
      readonly pods: number;
      /** Why this group: the expander's words, e.g. `least-waste: 12 % unused`. */
      readonly because: string;
      /** US dollars an hour that the new nodes add; `undefined` when the price is unknown. */
      readonly pricePerHour: number | undefined;
    }
  | {
      readonly kind: 'remove-node';
      readonly node: string;
      readonly group: string;
      /** Pods to evict, with where the simulation put each. */
      readonly moves: readonly { readonly pod: string; readonly to: string }[];
      readonly cause: RemovalCause;
      readonly because: string;
      readonly pricePerHour: number | undefined;
    }
  | {
      readonly kind: 'delete-instances';
      readonly group: string;
      readonly instances: readonly string[];
      readonly because: string;
    }
  | {
      readonly kind: 'withdraw';
      readonly group: string;
      readonly from: number;
      readonly to: number;
      readonly because: string;
    };
