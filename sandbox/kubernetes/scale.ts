/** The Scale of a workload: its replicas, and nothing else of it. */
import { badRequest, staleVersion } from './api-errors.ts';
import { isRecord, numberAt, textAt, textsAt } from './json.ts';
import { selectorText } from './label-selector.ts';
import type { JsonObject, KubeObject } from './object.ts';
import type { ResourceKind } from './resource-kinds.ts';

/** autoscaling/v1 Scale. */
export function scaleOf(workload: KubeObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const selector = workload.spec?.['selector'];
  // A ReplicationController's selector is a plain map of labels.
  const isPlain = isRecord(selector) && workload.kind === 'ReplicationController';
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(workload.spec, 'replicas') ?? 0 },
    status: {
      replicas: numberAt(workload.status, 'replicas') ?? 0,
      selector: selectorText(isPlain ? { matchLabels: textsAt(selector) } : selector),
    },
  };
}

/** The workload with the replicas of `scale`. Throws Conflict for an older version, BadRequest for no number. */
export function scaledTo(kind: ResourceKind, workload: KubeObject, scale: JsonObject): KubeObject {
  const version = textAt(scale, 'metadata', 'resourceVersion');
  if (version !== '' && version !== workload.metadata.resourceVersion) throw staleVersion(kind, workload.metadata.name);
  const replicas = numberAt(scale, 'spec', 'replicas') ?? 0;
  if (!Number.isSafeInteger(replicas) || replicas < 0)
    throw badRequest('spec.replicas: must be a whole number, at least 0');
  return { ...workload, spec: { ...workload.spec, replicas } };
}
