/**
 * A workload with another number of replicas. New pods are made after one that is there; those that go are chosen as
 * Kubernetes chooses them: what waits first, then what is not ready, then where most of them are together, then the youngest;
 * of a StatefulSet the last ones. Budgets are taken as they stand.
 */
import type { Cluster } from '../cluster/cluster.ts';
import { isTerminal } from '../cluster/cluster.ts';
import type { OwnerReference, PodFacts } from '../cluster/facts.ts';
import { failure, success } from '../runtime/result.ts';
import { type ChangeResult, type Ground, unknown, type WorkloadKind, type WorkloadName } from './change.ts';
import { claimsOf } from './claims.ts';
import { waiting } from './waiting-pod.ts';

const TEMPLATE_HASH = 'pod-template-hash';
const KINDS: ReadonlySet<string> = new Set<WorkloadKind>([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'ReplicationController',
]);

export function scaleWorkload(ground: Ground, workload: WorkloadName, replicas: number): ChangeResult {
  const { cluster, now } = ground;
  const pods = podsOf(cluster, workload);
  const pattern = newest(cluster, pods);
  if (pattern === undefined) return withoutPattern(cluster, workload);
  const more = replicas - pods.length;
  if (more > 0) grow(cluster, { pattern, pods, more, now });
  else for (const pod of leaving(pods, -more)) cluster.apply({ kind: 'pod-gone', ...nameOf(pod) });
  tellControllers(cluster, { pods, pattern, more });
  const known = `${workload.kind} ${workload.namespace}/${workload.name}`;
  return success({ ground, notes: more === 0 ? [`${known} has ${replicas} pods already`] : [] });
}

/** Those that count as replicas. */
function podsOf(cluster: Cluster, workload: WorkloadName): readonly PodFacts[] {
  return [...cluster.pods()].filter((pod) => {
    if (isTerminal(pod) || pod.deletion !== undefined || pod.namespace !== workload.namespace) return false;
    return pod.controller !== undefined && isOf(pod, pod.controller, workload);
  });
}

function isOf(pod: PodFacts, controller: OwnerReference, { kind, name }: WorkloadName): boolean {
  if (kind === 'Deployment') return deploymentOf(pod, controller) === name;
  return controller.kind === kind && controller.name === name;
}

/** A Deployment's ReplicaSets are named after it and the hash that their pods are labelled with. */
function deploymentOf({ labels }: PodFacts, controller: OwnerReference): string | undefined {
  const hash = labels[TEMPLATE_HASH];
  if (controller.kind !== 'ReplicaSet' || hash === undefined || !controller.name.endsWith(`-${hash}`)) return undefined;
  return controller.name.slice(0, -hash.length - 1);
}

/** Of the controller that wants most, the youngest: while a Deployment rolls out, its new pods are the pattern. */
function newest(cluster: Cluster, pods: readonly PodFacts[]): PodFacts | undefined {
  const wanted = ({ controller }: PodFacts): number => cluster.controller(controller?.uid ?? '')?.replicas ?? 0;
  return pods.toSorted((a, b) => wanted(b) - wanted(a) || b.createdAtMs - a.createdAtMs || byName(a, b))[0];
}

interface Growth {
  readonly pattern: PodFacts;
  readonly pods: readonly PodFacts[];
  readonly more: number;
  readonly now: number;
}

function grow(cluster: Cluster, { pattern, pods, more, now }: Growth): void {
  const owner = pattern.controller?.name ?? '';
  const isOrdinal = pattern.controller?.kind === 'StatefulSet';
  const taken = new Set(pods.map(({ name }) => name));
  for (let index = 0, made = 0; made < more; index += 1) {
    const name = isOrdinal ? `${owner}-${index}` : `${owner}-what-if-${index}`;
    if (taken.has(name)) continue;
    made += 1;
    const { claims, spec } = claimsOf(cluster, pattern, name);
    for (const claim of claims) cluster.apply({ kind: 'claim', claim });
    cluster.apply({ kind: 'pod', pod: { ...waiting(pattern, { name, now }), spec } });
  }
}

function leaving(pods: readonly PodFacts[], count: number): readonly PodFacts[] {
  const onNode = new Map<string, number>();
  for (const { nodeName } of pods) onNode.set(nodeName, (onNode.get(nodeName) ?? 0) + 1);
  const together = ({ nodeName }: PodFacts): number => onNode.get(nodeName) ?? 0;
  const sorted = pods.toSorted((a, b) => {
    if (a.controller?.kind === 'StatefulSet') return ordinalOf(b) - ordinalOf(a);
    if ((a.nodeName === '') !== (b.nodeName === '')) return a.nodeName === '' ? -1 : 1;
    if (a.ready !== b.ready) return a.ready ? 1 : -1;
    return together(b) - together(a) || b.createdAtMs - a.createdAtMs || byName(a, b);
  });
  return sorted.slice(0, count);
}

/** The controllers want what is asked: no pod is expected that nobody makes. */
function tellControllers(
  cluster: Cluster,
  { pods, pattern, more }: { readonly pods: readonly PodFacts[]; readonly pattern: PodFacts; readonly more: number },
): void {
  for (const uid of new Set(pods.map(({ controller }) => controller?.uid ?? ''))) {
    const controller = cluster.controller(uid);
    if (controller === undefined) continue;
    const left = pods.filter((pod) => pod.controller?.uid === uid && cluster.pod(pod.namespace, pod.name) === pod);
    const replicas = left.length + (pattern.controller?.uid === uid ? Math.max(0, more) : 0);
    cluster.apply({ kind: 'controller', controller: { ...controller, replicas } });
  }
}

function withoutPattern(cluster: Cluster, { kind, namespace, name }: WorkloadName): ChangeResult {
  const known = new Set<string>();
  for (const pod of cluster.pods()) {
    const { controller } = pod;
    if (controller === undefined || !KINDS.has(controller.kind)) continue;
    const deployment = deploymentOf(pod, controller);
    known.add(
      deployment === undefined
        ? `${pod.namespace}/${controller.kind}/${controller.name}`
        : `${pod.namespace}/Deployment/${deployment}`,
    );
  }
  const key = `${namespace}/${kind}/${name}`;
  for (const controller of cluster.controllers()) {
    if (controller.namespace !== namespace || controller.kind !== kind || controller.name !== name) continue;
    return failure({ field: 'scale', message: `${key} has no pod that others could be made after` });
  }
  return unknown('scale', 'workload with pods', key, known);
}

function ordinalOf({ name }: PodFacts): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

function byName(a: PodFacts, b: PodFacts): number {
  return a.name < b.name ? -1 : 1;
}

function nameOf({ namespace, name, uid }: PodFacts): Pick<PodFacts, 'namespace' | 'name' | 'uid'> {
  return { namespace, name, uid };
}
