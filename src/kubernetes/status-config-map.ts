/**
 * The status ConfigMap: read, then replaced or made, as Cluster Autoscaler does it and as its roles allow it; deleted at
 * the end. What else stands in it is kept.
 */
import { type Result, failure, success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import type { KubernetesError } from './errors.ts';
import { isRecord } from './json-reader.ts';

export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

export interface StatusText {
  readonly status: string;
  /** Under a key of our own; absent: what stands there stays. */
  readonly cost?: string;
  /** For the annotation: when, as Go prints a time. */
  readonly updated: string;
}

const LAST_UPDATED = 'cluster-autoscaler.kubernetes.io/last-updated';

/** Returns the uid of the ConfigMap, for events about it. */
export async function writeStatus(
  client: KubernetesClient,
  configMap: ConfigMapName,
  text: StatusText,
): Promise<Result<string, KubernetesError>> {
  const collection = { api: '/api/v1', resource: 'configmaps', namespace: configMap.namespace };
  const path = resourcePath({ ...collection, name: configMap.name });
  const read = await client.get(path);
  if (!read.ok && read.error.kind !== 'not-found') return failure(read.error);
  const written = read.ok
    ? await client.update(path, withStatus(read.value, configMap, text))
    : await client.create(resourcePath(collection), withStatus({}, configMap, text));
  return written.ok ? success(uidOf(written.value)) : failure(written.error);
}

export async function deleteStatus(client: KubernetesClient, configMap: ConfigMapName): Promise<void> {
  // One that is not there, or cannot be deleted now, harms nobody: the next start writes it anew.
  await client.delete(resourcePath({ api: '/api/v1', resource: 'configmaps', ...configMap }));
}

function withStatus(before: ApiObject, configMap: ConfigMapName, { status, cost, updated }: StatusText): ApiObject {
  const metadata = isRecord(before['metadata']) ? before['metadata'] : {};
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  const data = isRecord(before['data']) ? before['data'] : {};
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    ...before,
    metadata: { ...metadata, ...configMap, annotations: { ...annotations, [LAST_UPDATED]: updated } },
    data: { ...data, status, ...(cost === undefined ? {} : { cost }) },
  };
}

function uidOf({ metadata }: ApiObject): string {
  const uid = isRecord(metadata) ? metadata['uid'] : undefined;
  return typeof uid === 'string' ? uid : '';
}
