/**
 * What scale-down remembers from pass to pass: timers, results of earlier simulations, and when what happened last. An
 * immutable value; every change is a pure function that gives a new one.
 *
 * 1. A node is its name and uid: a new node under an old name starts anew.
 * 2. A timer runs while every pass finds the node removable; one that does not starts it over.
 */
import type { PodFacts } from '../cluster/facts.ts';
import type { ReplacementSketch } from '../explain/consolidation-reasons.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { KeptPlacesByNode } from './kept-places.ts';
import { NOTHING_KEPT } from './kept-places.ts';

export interface ScaleDownMemory {
  /** Since when each node has been removable, by node name. */
  readonly unneeded: ReadonlyMap<string, UnneededSince>;
  /** Where the pods of those nodes find places. */
  readonly places: KeptPlacesByNode;
  /** Nodes that are not looked at for a while, by node name. */
  readonly unremovable: ReadonlyMap<string, Unremovable>;
  readonly lastScaleUpAtMs: number | undefined;
  readonly lastDeleteAtMs: number | undefined;
  readonly lastFailureAtMs: number | undefined;
  /** The same for each node group, by its id. */
  readonly groups: ReadonlyMap<string, LastMoments>;
  /** Soft taints that an earlier process left have been read, as far as they are to be believed. */
  readonly taintsRead: boolean;
  /** How the passes followed each other. */
  readonly pace: Pace;
  readonly consolidation: ConsolidationMemory;
  /** Pods of nodes under removal, and those that left them a short while ago; by uid. */
  readonly evicted: ReadonlyMap<string, EvictedPod>;
}

/** When it happened last; `undefined`: never. */
export interface LastMoments {
  readonly scaleUpAtMs: number | undefined;
  readonly deleteAtMs: number | undefined;
  readonly failureAtMs: number | undefined;
}

export interface Pace {
  readonly lastPassAtMs: number | undefined;
  /** The shortest time from one pass to the next so far. */
  readonly shortestMs: number | undefined;
}

/** Of replacing nodes by cheaper ones. */
export interface ConsolidationMemory {
  /** What is under way, if anything is. */
  readonly replacement: Replacement | undefined;
  /** A replacement that is worth it is found in every look since then. */
  readonly found: { readonly sketch: ReplacementSketch; readonly sinceMs: number } | undefined;
  /** When one was last looked for. */
  readonly lookedAtMs: number | undefined;
  /** No other is begun before. */
  readonly quietUntilMs: number | undefined;
}

/** Nodes that are asked for so that dearer ones can go. */
export interface Replacement {
  readonly groupId: string;
  /** What was decided. */
  readonly sketch: ReplacementSketch;
  /** The nodes of the group before it was asked for more, by uid. */
  readonly before: readonly string[];
  /** The nodes that go once the new ones are ready. */
  readonly replaced: readonly NodeIdentity[];
  readonly askedAtMs: number;
  /** Since when the new nodes have been ready: the others may go. */
  readonly readyAtMs: number | undefined;
  /** Not later than this, or it is given up. */
  readonly untilMs: number;
}

/** A pod that left its node because of us. Its controller is about to make a successor, which needs a place. */
export interface EvictedPod {
  readonly pod: PodFacts;
  readonly untilMs: number;
}

export interface UnneededSince {
  readonly uid: string;
  readonly sinceMs: number;
}

export interface Unremovable {
  readonly uid: string;
  readonly untilMs: number;
  readonly reason: NodeReason;
}

/** A node as memory knows it. */
export interface NodeIdentity {
  readonly name: string;
  readonly uid: string;
}

export const EMPTY_SCALE_DOWN_MEMORY: ScaleDownMemory = {
  unneeded: new Map(),
  places: NOTHING_KEPT,
  unremovable: new Map(),
  lastScaleUpAtMs: undefined,
  lastDeleteAtMs: undefined,
  lastFailureAtMs: undefined,
  groups: new Map(),
  taintsRead: false,
  pace: { lastPassAtMs: undefined, shortestMs: undefined },
  consolidation: { replacement: undefined, found: undefined, lookedAtMs: undefined, quietUntilMs: undefined },
  evicted: new Map(),
};

const NOTHING_YET: LastMoments = { scaleUpAtMs: undefined, deleteAtMs: undefined, failureAtMs: undefined };

/** New nodes were asked for: `--scale-down-delay-after-add` runs from here. */
export function scaleUpStarted(memory: ScaleDownMemory, now: number, groupId?: string): ScaleDownMemory {
  return { ...memory, lastScaleUpAtMs: now, groups: happened(memory, groupId, { scaleUpAtMs: now }) };
}

/** A removal was started: `--scale-down-delay-after-delete` runs from here. */
export function removalStarted(memory: ScaleDownMemory, now: number, groupId?: string): ScaleDownMemory {
  return { ...memory, lastDeleteAtMs: now, groups: happened(memory, groupId, { deleteAtMs: now }) };
}

/** A removal failed: scale-down pauses, and this node is left alone until `untilMs` and must be unneeded anew. */
export function removalFailed(
  memory: ScaleDownMemory,
  node: NodeIdentity,
  failed: { readonly now: number; readonly untilMs: number; readonly message: string; readonly groupId?: string },
): ScaleDownMemory {
  const { now, untilMs, message } = failed;
  const unneeded = new Map(memory.unneeded);
  unneeded.delete(node.name);
  const unremovable = new Map(memory.unremovable);
  unremovable.set(node.name, { uid: node.uid, untilMs, reason: { code: 'RemovalFailedRecently', untilMs, message } });
  const groups = happened(memory, failed.groupId, { failureAtMs: now });
  return { ...memory, unneeded, unremovable, lastFailureAtMs: now, groups };
}

/** Exactly these nodes are removable now: those known as such keep their time, the others' begins, the rest is forgotten. */
export function foundUnneeded(memory: ScaleDownMemory, nodes: Iterable<NodeIdentity>, now: number): ScaleDownMemory {
  const unneeded = new Map<string, UnneededSince>();
  for (const { name, uid } of nodes) {
    const known = memory.unneeded.get(name);
    unneeded.set(name, known?.uid === uid ? known : { uid, sinceMs: now });
  }
  return { ...memory, unneeded };
}

/** Remembers which nodes a simulation found unremovable, and forgets whose time is over, and who is gone. */
export function foundUnremovable(
  memory: ScaleDownMemory,
  nodes: Iterable<readonly [name: string, unremovable: Unremovable]>,
  { now, uidOf }: { readonly now: number; readonly uidOf: (name: string) => string | undefined },
): ScaleDownMemory {
  const lasting = [...memory.unremovable].filter(([name, { uid, untilMs }]) => untilMs > now && uidOf(name) === uid);
  const unremovable = new Map(lasting);
  for (const [name, found] of nodes) unremovable.set(name, found);
  return { ...memory, unremovable };
}

/** No node is unneeded any more: after a time in which the cluster's state could not be trusted. */
export function timersForgotten(memory: ScaleDownMemory): ScaleDownMemory {
  return { ...memory, unneeded: new Map() };
}

function happened(
  { groups }: ScaleDownMemory,
  groupId: string | undefined,
  moments: Partial<LastMoments>,
): ScaleDownMemory['groups'] {
  if (groupId === undefined) return groups;
  return new Map(groups).set(groupId, { ...(groups.get(groupId) ?? NOTHING_YET), ...moments });
}
