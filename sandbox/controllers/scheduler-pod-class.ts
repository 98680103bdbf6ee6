/**
 * What the scheduler stand-in knows of pods: pods with equal labels and an equal scheduling part of their spec are one
 * class. A class is parsed once, and whatever holds for one of its pods holds for all of them.
 */
import type { KubeObject } from '../kubernetes/object.ts';
import { amountOf } from './quantity.ts';
import type { SchedulerNode } from './scheduler-node.ts';
import type {
  Container,
  LabelSelector,
  PodAffinityTerm,
  PodSpec,
  Quantities,
  StringMap,
  TopologySpreadConstraint,
} from './shapes.ts';
import { namespaceOf, podSpec } from './shapes.ts';

export interface PortWish {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PodClass {
  readonly key: string;
  readonly namespace: string;
  readonly labels: StringMap;
  readonly spec: PodSpec;
  /** Resource and amount, in the units of `amountOf`; only amounts above 0. */
  readonly requests: readonly (readonly [resource: string, amount: number])[];
  readonly ports: readonly PortWish[];
  readonly affinity: readonly PodAffinityTerm[];
  readonly antiAffinity: readonly PodAffinityTerm[];
  /** The DoNotSchedule constraints. */
  readonly spread: readonly TopologySpreadConstraint[];
  /** Whether a verdict on one node depends on the pods of others. */
  readonly coupled: boolean;
  /** How many pods of the class each node holds, and how many of those are being deleted. */
  readonly placed: Map<SchedulerNode, { pods: number; terminating: number }>;
}

/** Everything that decides where a pod may go, as a text that is equal for pods that are alike. */
export function classKeyOf(pod: KubeObject): string {
  const spec = podSpec(pod);
  return JSON.stringify([
    namespaceOf(pod),
    pod.metadata.labels,
    spec.containers?.map(schedulingPart),
    spec.initContainers?.map(schedulingPart),
    spec.overhead,
    spec.resources,
    spec.nodeSelector,
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
  ]);
}

function schedulingPart(container: Container): unknown {
  return [container.resources?.requests, container.resources?.limits, container.ports, container.restartPolicy];
}

export function podClassOf(key: string, pod: KubeObject): PodClass {
  const spec = podSpec(pod);
  const affinity = spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const antiAffinity = spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const spread = (spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable !== 'ScheduleAnyway');
  return {
    key,
    namespace: namespaceOf(pod),
    labels: pod.metadata.labels ?? {},
    spec,
    requests: [...effectiveRequests(spec)].filter(([, amount]) => amount > 0),
    ports: hostPorts(spec),
    affinity,
    antiAffinity,
    spread,
    coupled: affinity.length + antiAffinity.length + spread.length > 0,
    placed: new Map(),
  };
}

/** The selector narrowed to pods that agree with `labels` on each of the keys. */
export function withMatchLabelKeys(constraint: TopologySpreadConstraint, labels: StringMap): LabelSelector | undefined {
  const { labelSelector, matchLabelKeys = [] } = constraint;
  if (labelSelector === undefined || matchLabelKeys.length === 0) return labelSelector;
  const values = matchLabelKeys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  return { ...labelSelector, matchLabels: { ...labelSelector.matchLabels, ...Object.fromEntries(values) } };
}

/**
 * The request that counts: containers and sidecars together, or the largest moment of the init phase if that is more,
 * replaced by pod-level requests where given, plus the overhead.
 */
export function effectiveRequests(spec: PodSpec): ReadonlyMap<string, number> {
  const running = new Map<string, number>();
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of spec.containers ?? []) add(running, requestsOf(container));
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(running, requestsOf(container));
      add(sidecars, requestsOf(container));
      raise(peak, sidecars);
    } else {
      const moment = new Map(sidecars);
      add(moment, requestsOf(container));
      raise(peak, moment);
    }
  }
  raise(running, peak);
  for (const [resource, amount] of amounts(spec.resources?.requests)) running.set(resource, amount);
  add(running, amounts(spec.overhead));
  return running;
}

/** A resource that only has a limit requests that much, as the API server's defaulting has it. */
function requestsOf(container: Container): readonly (readonly [string, number])[] {
  return amounts({ ...container.resources?.limits, ...container.resources?.requests });
}

function amounts(quantities: Quantities | undefined): readonly (readonly [string, number])[] {
  return Object.entries(quantities ?? {}).map(([resource, text]) => [resource, amountOf(resource, text)] as const);
}

function add(sum: Map<string, number>, more: Iterable<readonly [string, number]>): void {
  for (const [resource, amount] of more) sum.set(resource, (sum.get(resource) ?? 0) + amount);
}

function raise(highest: Map<string, number>, others: Iterable<readonly [string, number]>): void {
  for (const [resource, amount] of others) highest.set(resource, Math.max(highest.get(resource) ?? 0, amount));
}

function hostPorts(spec: PodSpec): readonly PortWish[] {
  const sidecars = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(spec.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? []).flatMap((port) =>
      port.hostPort === undefined || port.hostPort <= 0
        ? []
        : [{ ip: port.hostIP ?? ANY_ADDRESS, protocol: port.protocol ?? 'TCP', port: port.hostPort }],
    ),
  );
}

export const ANY_ADDRESS = '0.0.0.0';
