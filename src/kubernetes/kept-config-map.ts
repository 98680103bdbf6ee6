/**
 * A ConfigMap that one process at a time keeps its state in. Every write names the version that it replaces, so that
 * what another process has written meanwhile is never written over unseen.
 */
import { failure, success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import type { KubernetesResult } from './errors.ts';
import { malformedReply } from './errors.ts';
import { isRecord } from './json-reader.ts';

export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

export interface KeptConfigMap {
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

const API = '/api/v1';
/** For whoever comes across it. */
const ANNOTATIONS = {
  'vke-autoscaler.io/about':
    'What vke-autoscaler remembers over a restart. It may be looked at, and deleted: the timers then begin anew.',
};

/** `undefined` when there is no ConfigMap of that name. */
export async function readKept(
  client: KubernetesClient,
  configMap: ConfigMapName,
): Promise<KubernetesResult<KeptConfigMap | undefined>> {
  const { namespace, name } = configMap;
  const path = resourcePath({ api: API, resource: 'configmaps', namespace, name });
  const reply = await client.get(path);
  if (!reply.ok) return reply.error.kind === 'not-found' ? success(undefined) : reply;
  const resourceVersion = versionOf(reply.value);
  if (resourceVersion === undefined) return failure(malformedReply({ method: 'GET', path }, 'no resourceVersion'));
  const data = isRecord(reply.value['data']) ? reply.value['data'] : {};
  const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return success({ data: Object.fromEntries(texts), resourceVersion });
}

/**
 * Replaces the version given, or creates the ConfigMap where that is `undefined`. Where there is another version, nothing
 * is written: `conflict`, `already-exists`, or `not-found` when it was deleted. Returns the new version.
 */
export async function writeKept(
  client: KubernetesClient,
  { namespace, name, resourceVersion }: ConfigMapName & { readonly resourceVersion: string | undefined },
  data: Readonly<Record<string, string>>,
): Promise<KubernetesResult<string>> {
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, annotations: ANNOTATIONS, ...version },
    data,
  };
  const collection = { api: API, resource: 'configmaps', namespace };
  const isNew = resourceVersion === undefined;
  const path = resourcePath(isNew ? collection : { ...collection, name });
  const written = await (isNew ? client.create(path, object) : client.update(path, object));
  if (!written.ok) return written;
  const now = versionOf(written.value);
  const request = { method: isNew ? 'POST' : 'PUT', path } as const;
  return now === undefined ? failure(malformedReply(request, 'no resourceVersion')) : success(now);
}

function versionOf({ metadata }: ApiObject): string | undefined {
  if (!isRecord(metadata)) return undefined;
  const { resourceVersion } = metadata;
  return typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : undefined;
}
