/** The scheduler stand-in's words for a pod that fits nowhere, and which changes of objects are worth another look. */
import type { KubeObject } from '../kubernetes/object.ts';
import { classKeyOf } from './scheduler-pod-class.ts';
import { nodeSpec, nodeStatus, podStatus } from './shapes.ts';

/** As kube-scheduler's FitError: `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.` */
export function failureMessage(nodes: number, reasons: ReadonlyMap<string, number>): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted((a, b) => (a < b ? -1 : 1));
  return `0/${nodes} nodes are available: ${counted.join(', ')}.`;
}

/** The message of the pod's PodScheduled=False condition, if it has been found unschedulable. */
export function unschedulableMessage(pod: KubeObject): string | undefined {
  const condition = podStatus(pod).conditions?.find((c) => c.type === 'PodScheduled');
  return condition?.status === 'False' && condition.reason === 'Unschedulable' ? (condition.message ?? '') : undefined;
}

/** Whether an update of a pod changed what its class is made of. Most updates are of the status and share the spec. */
export function changesClass(after: KubeObject, before: KubeObject): boolean {
  if (after.spec === before.spec && after.metadata.labels === before.metadata.labels) return false;
  return classKeyOf(after) !== classKeyOf(before);
}

/** Whether an update of a node changed anything the scheduler looks at; heartbeats and annotations do not. */
export function changesScheduling(after: KubeObject, before: KubeObject): boolean {
  return schedulingPart(after) !== schedulingPart(before);
}

function schedulingPart(node: KubeObject): string {
  const { taints, unschedulable } = nodeSpec(node);
  return JSON.stringify([node.metadata.labels, taints, unschedulable, nodeStatus(node).allocatable]);
}
