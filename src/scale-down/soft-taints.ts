/**
 * Which nodes are marked as likely to go (`DeletionCandidateOfClusterAutoscaler`, which the scheduler avoids), and what the
 * marks of an earlier process tell.
 *
 * 1. Marks that are no longer right are taken off before new ones are set; both within the limit of a pass.
 * 2. Nodes that belong to no group, and nodes that are being removed, are left alone.
 */
import type { NodeFacts } from '../cluster/facts.ts';
import { isToBeDeleted } from '../node-groups/taints.ts';
import type { UnneededSince } from './memory.ts';
import type { SoftTaints, SoftTaintTarget } from './plan.ts';
import { NO_SOFT_TAINTS } from './plan.ts';

const DELETION_CANDIDATE_TAINT = 'DeletionCandidateOfClusterAutoscaler';

/** A node of a group that no removal is at. */
export interface Markable {
  readonly node: NodeFacts;
  readonly unneeded: boolean;
}

export function softTaintsFor(nodes: Iterable<Markable>, most: number): SoftTaints {
  if (most <= 0) return NO_SOFT_TAINTS;
  const remove: SoftTaintTarget[] = [];
  const add: SoftTaintTarget[] = [];
  for (const { node, unneeded } of nodes) {
    if (isToBeDeleted(node) || isMarked(node) === unneeded) continue;
    (unneeded ? add : remove).push({ node: node.name, uid: node.uid });
  }
  const removed = remove.slice(0, most);
  return { remove: removed, add: add.slice(0, most - removed.length) };
}

/** Since when marked nodes have been unneeded, by name, as far as the marks are not older than `ttlMs`. */
export function markedSince(
  nodes: Iterable<NodeFacts>,
  ttlMs: number,
  now: number,
): ReadonlyMap<string, UnneededSince> {
  const since = new Map<string, UnneededSince>();
  if (ttlMs <= 0) return since;
  for (const { name, uid, taints } of nodes) {
    const mark = taints.find(({ key }) => key === DELETION_CANDIDATE_TAINT);
    if (mark === undefined || !/^\d+$/.test(mark.value)) continue;
    const sinceMs = Number(mark.value) * 1000;
    if (sinceMs + ttlMs >= now) since.set(name, { uid, sinceMs });
  }
  return since;
}

export function isMarked({ taints }: NodeFacts): boolean {
  return taints.some(({ key }) => key === DELETION_CANDIDATE_TAINT);
}
