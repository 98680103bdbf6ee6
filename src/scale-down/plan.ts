/** What the scale-down decision is made from, and what it says. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { ConsolidationReason } from '../explain/consolidation-reasons.ts';
import type { NodeExplanation, RemovalCause } from '../explain/record.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { ScaleDownMemory } from './memory.ts';
import type { ScaleDownOptions } from './options.ts';

/** A removal that was started earlier and is not over. */
export interface RemovalInFlight {
  readonly node: string;
  /** What it is at, for people: `draining`, `deleting` … */
  readonly step: string;
  /** Pods are evicted for it; counts against `--max-drain-parallelism`. */
  readonly drains: boolean;
}

export interface ScaleDownInput {
  /** Within a trial in which scale-up has placed the pending pods that fit what exists. It is left as it was found. */
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupView[];
  readonly memory: ScaleDownMemory;
  readonly removals: readonly RemovalInFlight[];
  readonly options: ScaleDownOptions;
  readonly limits: LimitsOptions;
  readonly now: number;
  /** By how many nodes this pass grows which groups, by their ids. */
  readonly growth?: ReadonlyMap<string, number>;
  /** All pending pods are too new to act on, until then; scale-down waits as well. */
  readonly pendingTooYoungUntilMs?: number | undefined;
  /** By how many nodes a group may grow; absent: by none. Asked only where nodes are replaced by cheaper ones. */
  readonly growable?: (view: NodeGroupView) => number;
}

/** Nodes to ask for, so that dearer ones can go. */
export interface PlannedGrowth {
  readonly groupId: string;
  readonly groupName: string;
  /** The group's target now, with what is asked for already. */
  readonly from: number;
  readonly delta: number;
  /** How many pending pods they are for: none. */
  readonly pods: 0;
  readonly because: string;
  /** US dollars an hour for all the new nodes; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
}

/** A node to remove, decided now. */
export interface PlannedRemoval {
  readonly node: string;
  readonly uid: string;
  readonly slot: Slot;
  readonly providerID: string;
  readonly groupId: string;
  readonly groupName: string;
  /** No pod has to move. */
  readonly empty: boolean;
  /** The pods to move, with the node where the simulation put each; in the order of `namespace/name`. */
  readonly moves: readonly { readonly pod: string; readonly to: string }[];
  readonly cause: RemovalCause;
  readonly because: string;
  /** What the node costs, in US dollars an hour; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
  /** Its group goes as a whole or not at all: the removals of that group go together, or none of them does. */
  readonly wholeGroup: boolean;
}

/** A node to mark, or no longer to mark, as likely to go (`DeletionCandidateOfClusterAutoscaler`). */
export interface SoftTaintTarget {
  readonly node: string;
  readonly uid: string;
}

/** In the order in which it is to be done: what is no longer so is taken off first. */
export interface SoftTaints {
  readonly remove: readonly SoftTaintTarget[];
  readonly add: readonly SoftTaintTarget[];
}

export const NO_SOFT_TAINTS: SoftTaints = { remove: [], add: [] };

export interface ScaleDownPlan {
  /** Empty nodes first. */
  readonly removals: readonly PlannedRemoval[];
  /**
   * Every node that is not simulated, exactly once, in the order of names (I6). The `action` of a removed node is its
   * index in {@link ScaleDownPlan.removals}.
   */
  readonly nodes: readonly NodeExplanation[];
  /** At most `--max-bulk-soft-taint-count` together. */
  readonly softTaints: SoftTaints;
  /** Nodes that are to replace others. */
  readonly growth?: PlannedGrowth | undefined;
  /** What becomes of replacing nodes; `undefined`: nobody looked. */
  readonly consolidation?: ConsolidationReason | undefined;
  readonly memory: ScaleDownMemory;
}
