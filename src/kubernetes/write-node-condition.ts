/**
 * One condition of a node, written beside the kubelet's: read, and patched only where it says something else. The patch
 * merges by type, so that nobody's conditions but this one are touched.
 */
import { failure, success } from '../runtime/result.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { resourcePath } from './api-path.ts';
import type { KubernetesClient } from './client.ts';
import { malformedReply, type KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';
import type { NodeWriteOutcome } from './write-node.ts';

export interface WrittenCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  /** One word, in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Sets the condition on the node of that name, and only if it still has that uid. */
export async function writeNodeCondition(
  client: KubernetesClient,
  node: { readonly name: string; readonly uid: string },
  condition: WrittenCondition,
  now: number,
): Promise<KubernetesResult<NodeWriteOutcome>> {
  const path = resourcePath({ api: '/api/v1', resource: 'nodes', name: node.name });
  const read = await client.get(path);
  if (!read.ok) return read.error.kind === 'not-found' ? success({ kind: 'gone' }) : read;
  const { metadata, status } = read.value;
  if (!isRecord(metadata)) return failure(malformedReply({ method: 'GET', path }, 'a node without metadata'));
  if (metadata['uid'] !== node.uid) return success({ kind: 'gone' });
  const conditions =
    isRecord(status) && Array.isArray(status['conditions']) ? status['conditions'].filter(isRecord) : [];
  const before = conditions.find(({ type }) => type === condition.type);
  const isSame = before?.['status'] === condition.status;
  if (isSame && before['reason'] === condition.reason && before['message'] === condition.message) {
    return success({ kind: 'unchanged' });
  }
  const at = formatTimestamp(now);
  const since = isSame ? (before['lastTransitionTime'] ?? at) : at;
  const written = await client.patch(`${path}/status`, {
    type: 'strategic',
    body: {
      metadata: { uid: node.uid },
      status: { conditions: [{ ...condition, lastHeartbeatTime: at, lastTransitionTime: since }] },
    },
  });
  if (written.ok) return success({ kind: 'changed' });
  return written.error.kind === 'not-found' ? success({ kind: 'gone' }) : written;
}
