/**
 * Whether a node is up: by its conditions and taints as Cluster Autoscaler reads them, and by what it has been through.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { isStartupTaint, isToBeDeleted } from './taints.ts';
import type { NodeStanding } from './view.ts';

/** From registration; a node that is not ready after so long counts as broken. `--max-node-startup-time` */
const MAX_NODE_STARTUP_MS = 15 * 60_000;

const UNREADY_TAINTS: ReadonlySet<string> = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
]);

/** Where the node stands. `instanceGone`: its instance is being deleted, or the cloud no longer has it. */
export function standingOf(cluster: Cluster, slot: Slot, at: { now: number; instanceGone: boolean }): NodeStanding {
  const node = cluster.node(slot);
  if (at.instanceGone || node.deleting || isToBeDeleted(node)) return 'going';
  if (isReady(node)) return 'ready';
  if (node.createdAtMs + MAX_NODE_STARTUP_MS <= at.now) return 'unready';
  return 'not-started';
}

/** Ready, and nothing that is known to keep pods from starting there. A cordoned node may be ready. */
export function isReady(node: NodeFacts): boolean {
  let ready = false;
  for (const { type, status } of node.conditions) {
    if (type === 'Ready') ready = status === 'True';
    if ((type === 'DiskPressure' || type === 'NetworkUnavailable') && status === 'True') return false;
  }
  return ready && !node.taints.some((taint) => UNREADY_TAINTS.has(taint.key) || isStartupTaint(taint));
}

/** When the node last became what it is, by its conditions. */
export function lastTransitionMs(node: NodeFacts): number {
  return node.conditions
    .filter(({ type }) => type === 'Ready' || type === 'DiskPressure' || type === 'NetworkUnavailable')
    .reduce((latest, { lastTransitionAtMs }) => Math.max(latest, lastTransitionAtMs), 0);
}

/** A pod that its node brings along: of a DaemonSet, or static. It is neither moved nor does it ask for a node. */
export function belongsToNode(pod: PodFacts): boolean {
  return isDaemonSetPod(pod) || isMirrorPod(pod);
}

export function isDaemonSetPod(pod: PodFacts): boolean {
  return (
    pod.controller?.kind === 'DaemonSet' || pod.annotations['cluster-autoscaler.kubernetes.io/daemonset-pod'] === 'true'
  );
}

/** The API's shadow of a static pod. */
export function isMirrorPod(pod: PodFacts): boolean {
  return Object.hasOwn(pod.annotations, 'kubernetes.io/config.mirror');
}
