/**
 * Turns a story's shorthands into Kubernetes objects: `{deployment: {name: web, replicas: 3, cpu: 500m}}` becomes a
 * Deployment (and a PodDisruptionBudget, if it has a `pdb`) whose pods carry the label `app: web`.
 *
 * A pod that asks for GPUs tolerates the taint `nvidia.com/gpu`, as the API server's admission does it on many clusters.
 */
import { DURATION_ANNOTATION } from '../controllers/kubelet-pods.ts';
import { formatDuration } from '../controllers/duration.ts';
import type { NewObject, ResourceName } from '../kubernetes/object.ts';
import { ALL_KINDS } from '../kubernetes/resource-kinds.ts';
import type { JobEntry, ReplicatedEntry, WorkloadEntry } from './story-schema.ts';

/** An object with the kind under which the store keeps it. */
export interface StoryObject {
  readonly resource: ResourceName;
  readonly object: NewObject & { readonly metadata: { readonly name: string } };
}

const GPU_RESOURCE = 'nvidia.com/gpu';

/** The objects of one entry; `undefined` for a manifest of a kind that the sandbox does not know. */
export function objectsOf(entry: WorkloadEntry): readonly StoryObject[] | undefined {
  if (entry.deployment !== undefined) return replicatedObjects('deployments', entry.deployment);
  if (entry.statefulSet !== undefined) return replicatedObjects('statefulsets', entry.statefulSet);
  if (entry.job !== undefined) return [jobObject(entry.job)];
  if (entry.pdb !== undefined) {
    const { name, namespace, selector, ...bounds } = entry.pdb;
    return [budgetObject(name, namespace, { ...bounds, selector: { matchLabels: selector } })];
  }
  return manifestObject(entry.manifest);
}

function manifestObject(manifest: WorkloadEntry['manifest']): readonly StoryObject[] | undefined {
  const kind = ALL_KINDS.find((known) => known.kind === manifest?.kind);
  if (kind === undefined || manifest === undefined) return undefined;
  const { name, namespace, ...more } = manifest.metadata;
  const place = kind.namespaced ? { namespace: namespace ?? 'default' } : {};
  return [{ resource: kind.resource, object: { ...manifest, metadata: { ...more, name, ...place } } }];
}

function replicatedObjects(resource: 'deployments' | 'statefulsets', entry: ReplicatedEntry): readonly StoryObject[] {
  const { name, namespace, replicas, pdb } = entry;
  const labels = podLabels(entry);
  const selector = { matchLabels: { app: name } };
  const spec = {
    replicas,
    selector,
    ...(resource === 'statefulsets' && { serviceName: name }),
    template: { metadata: podMetadata(entry), spec: { ...podSpecOf(entry), ...neighbourhood(entry) } },
  };
  const workload: StoryObject = { resource, object: { metadata: { name, namespace, labels }, spec } };
  return pdb === undefined ? [workload] : [workload, budgetObject(name, namespace, { ...pdb, selector })];
}

export function jobObject(entry: JobEntry): StoryObject {
  const { name, namespace, count, parallel = count, duration } = entry;
  const metadata = podMetadata(entry);
  const annotations = { ...metadata.annotations, [DURATION_ANNOTATION]: formatDuration(duration) };
  return {
    resource: 'jobs',
    object: {
      metadata: { name, namespace, labels: podLabels(entry) },
      spec: {
        completions: count,
        parallelism: parallel,
        template: { metadata: { ...metadata, annotations }, spec: { ...podSpecOf(entry), restartPolicy: 'Never' } },
      },
    },
  };
}

function budgetObject(name: string, namespace: string, spec: object): StoryObject {
  return { resource: 'poddisruptionbudgets', object: { metadata: { name, namespace }, spec } };
}

type PodEntry = ReplicatedEntry | JobEntry;

function podLabels({ name, labels }: PodEntry): Record<string, string> {
  return { app: name, ...labels };
}

function podMetadata(entry: PodEntry): { labels: Record<string, string>; annotations?: Record<string, string> } {
  const { annotations } = entry;
  return { labels: podLabels(entry), ...(annotations !== undefined && { annotations }) };
}

function podSpecOf(entry: PodEntry): object {
  const { name, cpu, memory, gpu, nodeSelector, tolerations, priorityClassName, gracePeriod } = entry;
  const requests = {
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(gpu > 0 && { [GPU_RESOURCE]: String(gpu) }),
  };
  const limits = gpu > 0 ? { limits: { [GPU_RESOURCE]: String(gpu) } } : {};
  const gpuToleration = gpu > 0 ? [{ key: GPU_RESOURCE, operator: 'Exists' }] : [];
  return {
    containers: [{ name, image: `example/${name}`, resources: { requests, ...limits } }],
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations.length + gpuToleration.length > 0 && { tolerations: [...tolerations, ...gpuToleration] }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(gracePeriod !== undefined && { terminationGracePeriodSeconds: Math.ceil(gracePeriod / 1000) }),
  };
}

function neighbourhood({ name, antiAffinity, spreadOver }: ReplicatedEntry): object {
  const labelSelector = { matchLabels: { app: name } };
  const apart = { labelSelector, topologyKey: 'kubernetes.io/hostname' };
  const spread = { maxSkew: 1, topologyKey: spreadOver, whenUnsatisfiable: 'DoNotSchedule', labelSelector };
  return {
    ...(antiAffinity && {
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } },
    }),
    ...(spreadOver !== undefined && { topologySpreadConstraints: [spread] }),
  };
}
