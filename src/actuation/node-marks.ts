/**
 * The marks that a removal leaves on its node: the taint and the cordon, as Cluster Autoscaler sets them, and one
 * annotation that tells what a restarted process has to know of the removal to go on with it, or to take it back
 * without lifting somebody else's cordon. They go with the node, so nothing has to be kept in step with them.
 */
import type { NodeFacts } from '../cluster/facts.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { NodeChange } from './ports.ts';
import type { Removal } from './removal-state.ts';

const REMOVAL_ANNOTATION = 'vke-autoscaler.io/removal';
const MS_PER_SECOND = 1000;

/** What a node's marks say of its removal. Times are of the wall clock. */
export interface RemovalMark {
  readonly taintedAtMs: number;
  readonly cordoned: boolean;
  readonly drains: boolean;
  readonly because: string;
  /** It was to go with others or not at all. */
  readonly together: boolean;
  /** The cloud was being asked to delete it. */
  readonly askedAtMs: number | undefined;
}

/** `nowMs`: by the wall clock. */
export function marks(removal: Removal, cordon: boolean, nowMs: number): NodeChange {
  return {
    addTaints: [{ key: TO_BE_DELETED_TAINT, value: String(Math.floor(nowMs / MS_PER_SECOND)), effect: 'NoSchedule' }],
    annotations: { [REMOVAL_ANNOTATION]: written({ ...removal, cordoned: cordon }, undefined) },
    ...(cordon ? { unschedulable: true } : {}),
  };
}

/** Written down before the cloud is asked: whoever finds it waits for the cloud to tell before asking again (I3). */
export function deletionMark(removal: Removal, nowMs: number): NodeChange {
  return { annotations: { [REMOVAL_ANNOTATION]: written(removal, nowMs) } };
}

export function withoutMarks(uncordon: boolean): NodeChange {
  return {
    removeTaintKeys: [TO_BE_DELETED_TAINT],
    annotations: { [REMOVAL_ANNOTATION]: null },
    ...(uncordon ? { unschedulable: false } : {}),
  };
}

/** What the marks say; `undefined`: there are none of ours, or not all of them. */
export function readMarks(node: NodeFacts): RemovalMark | undefined {
  const taint = node.taints.find(({ key }) => key === TO_BE_DELETED_TAINT);
  const said = parsed(node.annotations[REMOVAL_ANNOTATION]);
  if (taint === undefined || !/^\d{1,12}$/.test(taint.value) || said === undefined) return undefined;
  return {
    taintedAtMs: Number(taint.value) * MS_PER_SECOND,
    cordoned: said['cordoned'] === true,
    drains: said['drains'] === true,
    because: typeof said['because'] === 'string' ? said['because'] : 'it was not needed',
    together: said['together'] === true,
    askedAtMs: typeof said['askedAtMs'] === 'number' ? said['askedAtMs'] : undefined,
  };
}

/** Whether a removal of ours has left its annotation, with or without its taint. */
export function isAnnotated(node: NodeFacts): boolean {
  return node.annotations[REMOVAL_ANNOTATION] !== undefined;
}

/** Whether a removal of ours cordoned the node and has not lifted the cordon. */
export function isCordonedByUs(node: NodeFacts): boolean {
  return parsed(node.annotations[REMOVAL_ANNOTATION])?.['cordoned'] === true;
}

/**
 * Whether the cordon of a node that an unfinished removal left behind is to be lifted. Marks without the annotation are
 * Cluster Autoscaler's, which cordons and lifts by the flag alone.
 */
export function cordonIsOurs(node: NodeFacts, cordons: boolean): boolean {
  return node.annotations[REMOVAL_ANNOTATION] === undefined ? cordons : isCordonedByUs(node);
}

function written({ cordoned, drains, because, together }: Removal, askedAtMs: number | undefined): string {
  return JSON.stringify({ cordoned, drains, because, together: together !== undefined, askedAtMs });
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // Somebody has written something else there: it says nothing.
    return undefined;
  }
}
