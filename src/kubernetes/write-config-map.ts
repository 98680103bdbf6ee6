/** Writing a ConfigMap: made if it is missing, else its given keys are set and all others left as they are. */
import { success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { KubernetesClient } from './client.ts';
import type { KubernetesResult } from './errors.ts';

export interface ConfigMapContent {
  readonly data: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

export async function writeConfigMap(
  client: KubernetesClient,
  configMap: { readonly namespace: string; readonly name: string },
  content: ConfigMapContent,
): Promise<KubernetesResult<'created' | 'patched'>> {
  const collection = { api: '/api/v1', resource: 'configmaps', namespace: configMap.namespace };
  const { data, ...metadata } = content;
  const path = resourcePath({ ...collection, name: configMap.name });
  const patch = { type: 'merge', body: { metadata, data } } as const;
  const patched = await client.patch(path, patch);
  if (patched.ok) return success('patched');
  if (patched.error.kind !== 'not-found') return patched;
  const created = await client.create(resourcePath(collection), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...configMap, ...metadata },
    data,
  });
  if (created.ok) return success('created');
  if (created.error.kind !== 'already-exists') return created;
  // Somebody made it in between.
  const again = await client.patch(path, patch);
  return again.ok ? success('patched') : again;
}

/** The data of a ConfigMap; `undefined` when there is none of that name. */
export async function readConfigMap(
  client: KubernetesClient,
  configMap: { readonly namespace: string; readonly name: string },
): Promise<KubernetesResult<Readonly<Record<string, string>> | undefined>> {
  const reply = await client.get(resourcePath({ api: '/api/v1', resource: 'configmaps', ...configMap }));
  if (!reply.ok) return reply.error.kind === 'not-found' ? success(undefined) : reply;
  const texts = Object.entries(reply.value['data'] ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return success(Object.fromEntries(texts));
}
