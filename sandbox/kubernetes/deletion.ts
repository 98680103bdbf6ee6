/**
 * How an object begins to be deleted. Pods get time to end: a kubelet removes them at the end of it by deleting with
 * grace 0. A pod that no kubelet runs needs none.
 */
import { formatTimestamp, parseTimestamp } from '../../src/runtime/timestamps.ts';
import { numberAt, textAt } from './json.ts';
import type { KubeObject, ResourceName } from './object.ts';

/** The object marked as being deleted; the same object when it is already, and no sooner end is asked for. */
export function deletionOf(
  resource: ResourceName,
  object: KubeObject,
  nowMs: number,
  askedGraceSeconds: number | undefined,
): KubeObject {
  const graceSeconds = resource === 'pods' ? podGraceSeconds(object, askedGraceSeconds) : 0;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined) return marked(object, nowMs + graceSeconds * 1000, graceSeconds);
  if (graceSeconds >= deletionGracePeriodSeconds) return object;
  const endMs = parseTimestamp(deletionTimestamp) ?? nowMs;
  return marked(object, endMs - (deletionGracePeriodSeconds - graceSeconds) * 1000, graceSeconds);
}

function marked(object: KubeObject, endMs: number, graceSeconds: number): KubeObject {
  const deletion = { deletionTimestamp: formatTimestamp(endMs), deletionGracePeriodSeconds: graceSeconds };
  return { ...object, metadata: { ...object.metadata, ...deletion } };
}

const DEFAULT_GRACE_SECONDS = 30;

function podGraceSeconds(pod: KubeObject, asked: number | undefined): number {
  const phase = textAt(pod.status, 'phase');
  const runsNowhere = textAt(pod.spec, 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed';
  if (runsNowhere) return 0;
  const own = numberAt(pod.spec, 'terminationGracePeriodSeconds') ?? DEFAULT_GRACE_SECONDS;
  return Math.max(0, asked ?? own);
}
