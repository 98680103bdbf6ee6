/**
 * Whether a node is up: by its conditions and taints as Cluster Autoscaler reads them, and by what it has been through.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, ResourceList } from '../cluster/facts.ts';
import { gpuResourceOf } from './gpus.ts';
import type { TaintOptions } from './taints.ts';
import { isStartupTaint, isToBeDeleted, NO_FURTHER_TAINTS } from './taints.ts';

const UNREADY_TAINTS: ReadonlySet<string> = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
]);

/** What a node of the group is to a pass; each registered node is exactly one of these. */
export type NodeStanding =
  | 'ready'
  /** It was ready, or had its time to become so. */
  | 'unready'
  /** It registered and is not ready yet: counted as upcoming. */
  | 'not-started'
  /** Asleep: not broken, and not on its way. */
  | 'suspended'
  /** Tainted for removal, being deleted, or its instance is. */
  | 'going';

/** By what the nodes of a group are judged. */
export interface ReadinessRules {
  /** From registration; a node that is not ready after so long counts as broken. */
  readonly maxStartupTimeMs: number;
  readonly taints: TaintOptions;
  /** See NodeGroupHealthOptions. */
  readonly gpuLabel: string;
}

/** What holds for nodes of which no group is known. */
export const DEFAULT_READINESS_RULES: ReadinessRules = {
  maxStartupTimeMs: 15 * 60_000,
  taints: NO_FURTHER_TAINTS,
  gpuLabel: '',
};

export interface StandingContext {
  readonly now: number;
  /** The node's instance is being deleted, or the cloud no longer has it. */
  readonly instanceGone: boolean;
  /** What its group's nodes can allocate once they are up; `undefined` where that is not known. */
  readonly expected: ResourceList | undefined;
  readonly rules: ReadinessRules;
}

/**
 * Where the node stands. A ready node whose devices (GPUs) are not advertised yet has not started: pods that wait for
 * them must not be given another node. Past the start-up time it is taken as it is, since the expectation may be wrong.
 */
export function standingOf(cluster: Cluster, slot: Slot, context: StandingContext): NodeStanding {
  const node = cluster.node(slot);
  const { now, instanceGone, expected, rules } = context;
  if (instanceGone || node.deleting || isToBeDeleted(node)) return 'going';
  if (isSuspended(node)) return 'suspended';
  const isStarting = node.createdAtMs + rules.maxStartupTimeMs > now;
  if (isReady(node, rules)) return isStarting && lacksDevices(node, expected) ? 'not-started' : 'ready';
  return isStarting ? 'not-started' : 'unready';
}

/** Put to sleep by whoever runs the machines: neither broken nor on its way. */
function isSuspended({ conditions }: NodeFacts): boolean {
  return conditions.some(({ type, status }) => type === 'Suspended' && status === 'True');
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
export function isReady(node: NodeFacts, rules: ReadinessRules = DEFAULT_READINESS_RULES): boolean {
  let ready = false;
  for (const { type, status } of node.conditions) {
    if (type === 'Ready') ready = status === 'True';
    if ((type === 'DiskPressure' || type === 'NetworkUnavailable') && status === 'True') return false;
  }
  if (!ready || node.taints.some((taint) => UNREADY_TAINTS.has(taint.key) || isStartupTaint(taint, rules.taints))) {
    return false;
  }
  return !lacksLabelledGpus(node, rules.gpuLabel);
}

/** Not ready for want of what its driver should have brought up. */
export function lacksResources(node: NodeFacts, rules: ReadinessRules): boolean {
  return lacksLabelledGpus(node, rules.gpuLabel);
}

/** It is labelled as a node with GPUs, and its driver has not brought them up. */
function lacksLabelledGpus({ labels, allocatable }: NodeFacts, gpuLabel: string): boolean {
  return gpuLabel !== '' && labels[gpuLabel] !== undefined && gpuResourceOf(allocatable) === undefined;
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
  return pod.annotations['kubernetes.io/config.mirror'] !== undefined;
}
