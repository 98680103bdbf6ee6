/**
 * Whether a node is up: by its conditions and taints as Cluster Autoscaler reads them, and by what it has been through.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, ResourceList } from '../cluster/facts.ts';
import { isStartupTaint, isToBeDeleted } from './taints.ts';
import type { NodeStanding } from './view.ts';

/** From registration; a node that is not ready after so long counts as broken. `--max-node-startup-time` */
const MAX_NODE_STARTUP_MS = 15 * 60_000;

const UNREADY_TAINTS: ReadonlySet<string> = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
]);

export interface StandingContext {
  readonly now: number;
  /** The node's instance is being deleted, or the cloud no longer has it. */
  readonly instanceGone: boolean;
  /** What its group's nodes can allocate once they are up; `undefined` where that is not known. */
  readonly expected: ResourceList | undefined;
}

/**
 * Where the node stands. A ready node whose devices (GPUs) are not advertised yet has not started: pods that wait for
 * them must not be given another node. Past the start-up time it is taken as it is, since the expectation may be wrong.
 */
export function standingOf(cluster: Cluster, slot: Slot, context: StandingContext): NodeStanding {
  const node = cluster.node(slot);
  if (context.instanceGone || node.deleting || isToBeDeleted(node)) return 'going';
  const isStarting = node.createdAtMs + MAX_NODE_STARTUP_MS > context.now;
  if (isReady(node)) return isStarting && lacksDevices(node, context.expected) ? 'not-started' : 'ready';
  return isStarting ? 'not-started' : 'unready';
}

function lacksDevices(node: NodeFacts, expected: ResourceList | undefined): boolean {
  return Object.entries(expected ?? {}).some(
    ([resource, amount]) => isDevice(resource) && amount > 0 && (node.allocatable[resource] ?? 0) === 0,
  );
}

/** Extended resources, which a device plugin advertises some time after the node is ready. */
function isDevice(resource: string): boolean {
  return resource.includes('/');
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
