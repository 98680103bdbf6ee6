/** A node group as one pass sees it: what the provider said, joined with the nodes that registered. */
import type { CloudError, Instance, NodeTemplate } from '../cloud/facts.ts';
import type { Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { GroupReason } from '../explain/reasons.ts';
import type { NodeCounts } from '../explain/record.ts';
import type { NodeGroupState } from './node-group.ts';
import type { ReadinessRules } from './readiness.ts';
import type { GroupFailure } from './requests.ts';

/** An instance whose node has not registered. */
export interface UnregisteredInstance {
  readonly instance: Instance;
  readonly sinceMs: number;
  /** It had the whole of the provision time: no longer counted as upcoming. */
  readonly overdue: boolean;
}

/** A node that the group would add: the same facts for each of them but the name. */
export interface GroupTemplate {
  readonly node: NodeFacts;
  /** The pods that every node of the group runs by itself: DaemonSets and static pods. */
  readonly overhead: readonly PodFacts[];
  readonly source: NodeTemplate['source'];
}

export interface NodeGroupView {
  readonly state: NodeGroupState;
  /** Target with what is asked for and not answered yet. At least `state.targetSize`. */
  readonly targetSize: number;
  /** All registered nodes, in the order of names. */
  readonly slots: readonly Slot[];
  readonly ready: readonly Slot[];
  readonly unready: readonly Slot[];
  readonly notStarted: readonly Slot[];
  readonly suspended: readonly Slot[];
  readonly going: readonly Slot[];
  /** By which its nodes were judged. */
  readonly rules: ReadinessRules;
  readonly unregistered: readonly UnregisteredInstance[];
  /** Instances that the cloud failed to create. */
  readonly failed: readonly Instance[];
  readonly nodes: NodeCounts;
  /** Nodes that are on their way: not started, unregistered but not overdue, and asked for but not listed yet. */
  readonly upcoming: number;
  /** Registered nodes that upcoming ones stand for in simulations. */
  readonly standIns: readonly Slot[];
  /** The place of the group among those that nodes are on their way to, by who was asked first; -1: none are. */
  readonly growthRank: number;
  readonly template: GroupTemplate | undefined;
  /** What keeps the group from growing at all, if anything does. */
  readonly blocked: GroupReason | undefined;
}

/** Instances to be deleted by id, since they will not become nodes. */
export interface InstancesToDelete {
  readonly groupId: string;
  readonly groupName: string;
  readonly instanceIds: readonly string[];
  /** Also where that takes the group below its minimum. */
  readonly force: boolean;
  readonly cause:
    | { readonly kind: 'never-registered'; readonly afterMs: number }
    | { readonly kind: 'failed'; readonly error: CloudError };
  /** For the record. */
  readonly because: string;
}

/** Nodes that were asked for, never came, and are asked for no longer. */
export interface Withdrawal {
  readonly groupId: string;
  readonly groupName: string;
  readonly from: number;
  readonly to: number;
  readonly because: string;
}

/** Nodes that a group was asked for and that failed: told once. */
export interface FailedScaleUp extends GroupFailure {
  readonly groupId: string;
  readonly groupName: string;
}
