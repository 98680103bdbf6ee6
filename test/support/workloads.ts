/** Workloads as a user writes them, short enough for a test. All live in the namespace `default`. */
import { formatDuration } from '../../sandbox/controllers/duration.ts';
import { DURATION_ANNOTATION, STOP_TIME_ANNOTATION } from '../../sandbox/controllers/kubelet-pods.ts';
import type { NewObject, ResourceName } from '../../sandbox/kubernetes/object.ts';

export interface PodNeeds {
  /** Kubernetes quantities; default: 1 CPU and 1 GiB. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly gpu?: number;
  /** Ends with success after so long. */
  readonly durationMs?: number;
  /** Takes so long to stop when asked. */
  readonly stopMs?: number;
  readonly priority?: number;
  /** Goes to nodes whatever their taints, also to one that is being emptied. */
  readonly toleratesAll?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Keeps files on its node, which are lost with it. */
  readonly scratch?: boolean;
  /** Goes to the node of this name and no other. */
  readonly onNode?: string;
}

export interface Workload {
  readonly resource: ResourceName;
  readonly object: NewObject & { readonly metadata: { readonly name: string } };
}

/** An annotation by which a user has a pod replaced before it leaves. */
export const SURGE_EVICTION = { 'vke-autoscaler.io/surge-eviction': 'true' } as const;

/** An annotation by which a user lets a pod go that would keep its node. */
export const SAFE_TO_EVICT = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } as const;

/** An annotation by which a user keeps a pod where it is. */
export const NOT_SAFE_TO_EVICT = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } as const;

export function deployment(name: string, replicas: number, needs: PodNeeds = {}): Workload {
  return { resource: 'deployments', object: replicated(name, replicas, needs) };
}

export function statefulSet(name: string, replicas: number, needs: PodNeeds = {}): Workload {
  const object = replicated(name, replicas, needs);
  return { resource: 'statefulsets', object: { ...object, spec: { ...object.spec, serviceName: name } } };
}

/** So many pods that each run for `durationMs`. */
export function job(name: string, count: number, needs: PodNeeds & { readonly durationMs: number }): Workload {
  const template = { metadata: podMetadata(name, needs), spec: { ...podSpec(name, needs), restartPolicy: 'Never' } };
  const metadata = { name, namespace: 'default', labels: { app: name } };
  return { resource: 'jobs', object: { metadata, spec: { completions: count, parallelism: count, template } } };
}

/** A pod that nothing replaces. */
export function barePod(name: string, needs: PodNeeds = {}): Workload {
  const metadata = { name, namespace: 'default', ...podMetadata(name, needs) };
  return { resource: 'pods', object: { metadata, spec: { ...podSpec(name, needs), restartPolicy: 'Never' } } };
}

/** Keeps so many pods of the workload of that name up. */
export function budget(
  name: string,
  bound: { readonly minAvailable?: number; readonly maxUnavailable?: number },
): Workload {
  const metadata = { name, namespace: 'default' };
  return {
    resource: 'poddisruptionbudgets',
    object: { metadata, spec: { ...bound, selector: { matchLabels: { app: name } } } },
  };
}

function replicated(name: string, replicas: number, needs: PodNeeds): Workload['object'] & { readonly spec: object } {
  return {
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: podMetadata(name, needs), spec: podSpec(name, needs) },
    },
  };
}

function podMetadata(
  name: string,
  { annotations, durationMs, stopMs }: PodNeeds,
): { labels: Record<string, string>; annotations: Record<string, string> } {
  const duration = durationMs === undefined ? {} : { [DURATION_ANNOTATION]: formatDuration(durationMs) };
  const stop = stopMs === undefined ? {} : { [STOP_TIME_ANNOTATION]: formatDuration(stopMs) };
  return { labels: { app: name }, annotations: { ...annotations, ...duration, ...stop } };
}

function podSpec(name: string, needs: PodNeeds): object {
  const { cpu = '1', memory = '1Gi', gpu = 0, priority, toleratesAll = false, scratch = false, onNode } = needs;
  const gpus = gpu === 0 ? {} : { 'nvidia.com/gpu': String(gpu) };
  const resources = { requests: { cpu, memory, ...gpus }, limits: gpus };
  const tolerations = [
    ...(gpu === 0 ? [] : [{ key: 'nvidia.com/gpu', operator: 'Exists' }]),
    ...(toleratesAll ? [{ operator: 'Exists' }] : []),
  ];
  const containers = [{ name, image: `example/${name}`, resources }];
  return {
    containers,
    tolerations,
    ...(scratch ? { volumes: [{ name: 'scratch', emptyDir: {} }] } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(onNode === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': onNode } }),
  };
}
