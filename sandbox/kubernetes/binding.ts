/** What a Binding does to a pod: the scheduler's last word. */
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { conflict } from './api-errors.ts';
import { listAt, textAt } from './json.ts';
import type { KubeObject } from './object.ts';
import { RESOURCE_KINDS } from './resource-kinds.ts';

/** The pod bound to the node. Throws Conflict for a pod that is bound, gated or being deleted. */
export function boundPod(pod: KubeObject, nodeName: string, nowMs: number): KubeObject {
  const { name } = pod.metadata;
  const boundTo = textAt(pod.spec, 'nodeName');
  const refuse = (why: string): Error => conflict(RESOURCE_KINDS.pods, name, why);
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (boundTo !== '') throw refuse(`pod ${name} is already assigned to node "${boundTo}"`);
  if (listAt(pod.spec, 'schedulingGates').length > 0) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  return {
    ...pod,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: withCondition(pod, 'PodScheduled', { status: 'True' }, nowMs) },
  };
}

/** The object's conditions with one of them set now. */
export function withCondition(
  object: KubeObject,
  type: string,
  fields: Readonly<Record<string, string>>,
  nowMs: number,
): readonly unknown[] {
  const others = listAt(object.status, 'conditions').filter((condition) => textAt(condition, 'type') !== type);
  return [...others, { type, ...fields, lastTransitionTime: formatTimestamp(nowMs) }];
}
