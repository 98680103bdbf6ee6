/**
 * Looks past the watches, at what the API server has at this very moment. A watch may have fallen silent without anybody's
 * knowing: what cannot be taken back is asked about once more before it is done (I2, I3).
 */
import { success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import type { KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';

export type NodeLook =
  /** There is no such node any more, or another one bears the name. */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'there';
      readonly taintKeys: readonly string[];
      /** Those bound to it that have not ended. `key`: `namespace/name`. */
      readonly pods: readonly { readonly uid: string; readonly key: string }[];
    };

/** Nodes in a page. */
const PAGE_SIZE = 500;
const TERMINAL_PHASES: ReadonlySet<unknown> = new Set(['Succeeded', 'Failed']);

/** The node of that name and uid, and the pods on it. */
export async function lookAtNode(
  client: KubernetesClient,
  node: { readonly name: string; readonly uid: string },
): Promise<KubernetesResult<NodeLook>> {
  const read = await client.get(resourcePath({ api: '/api/v1', resource: 'nodes', name: node.name }));
  if (!read.ok) return read.error.kind === 'not-found' ? success({ kind: 'gone' }) : read;
  if (recordIn(read.value, 'metadata')['uid'] !== node.uid) return success({ kind: 'gone' });
  const selector = encodeURIComponent(`spec.nodeName=${node.name}`);
  const listed = await client.get(`${resourcePath({ api: '/api/v1', resource: 'pods' })}?fieldSelector=${selector}`);
  if (!listed.ok) return listed;
  const taints = listIn(recordIn(read.value, 'spec'), 'taints');
  const living = listIn(listed.value, 'items').filter((pod) => !TERMINAL_PHASES.has(recordIn(pod, 'status')['phase']));
  return success({
    kind: 'there',
    taintKeys: taints.map(({ key }) => String(key)),
    pods: living.map((pod) => {
      const { uid, namespace, name } = recordIn(pod, 'metadata');
      return { uid: String(uid), key: `${String(namespace)}/${String(name)}` };
    }),
  });
}

/** The `spec.providerID` of every node there is. */
export async function registeredProviderIDs(client: KubernetesClient): Promise<KubernetesResult<ReadonlySet<string>>> {
  const ids = new Set<string>();
  let continueToken = '';
  do {
    const more = continueToken === '' ? '' : `&continue=${encodeURIComponent(continueToken)}`;
    const page = await client.get(`${resourcePath({ api: '/api/v1', resource: 'nodes' })}?limit=${PAGE_SIZE}${more}`);
    if (!page.ok) return page;
    for (const node of listIn(page.value, 'items')) {
      const { providerID } = recordIn(node, 'spec');
      if (typeof providerID === 'string') ids.add(providerID);
    }
    const token = recordIn(page.value, 'metadata')['continue'];
    continueToken = typeof token === 'string' ? token : '';
  } while (continueToken !== '');
  return success(ids);
}

function recordIn(object: ApiObject, field: string): ApiObject {
  const value = object[field];
  return isRecord(value) ? value : {};
}

function listIn(object: ApiObject, field: string): readonly ApiObject[] {
  const value = object[field];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
