/**
 * The questions that a start asks both APIs, so that what cannot work is told at once and in one sentence: a wrong token,
 * an address that is not allowed, a cluster that is not there, an API server that cannot be reached, a missing right.
 * Once it runs, the loop survives all of these.
 */
import type { CloudError } from '../cloud/facts.ts';
import { resourcePath } from '../kubernetes/api-path.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { VultrProvider } from '../vultr/provider.ts';

const ONE_OBJECT = '?limit=1';

/** What a start needs to read; what it lacks later is reported by kind and tried again. */
const NEEDED = ['nodes', 'pods'];

export async function checkKubernetes(client: KubernetesClient, signal: AbortSignal): Promise<Result<void, string>> {
  for (const resource of NEEDED) {
    const path = `${resourcePath({ api: '/api/v1', resource })}${ONE_OBJECT}`;
    const reply = await client.get(path, signal);
    if (!reply.ok) return failure(reply.error.message);
  }
  return success(undefined);
}

/** Passing failures (no connection, 5xx, too many requests) are no reason not to start. */
export async function checkVultr(provider: VultrProvider): Promise<Result<void, string>> {
  const refreshed = await provider.refresh();
  if (refreshed.ok || mayPass(refreshed.error)) return success(undefined);
  return failure(refreshed.error.message);
}

function mayPass(error: CloudError): boolean {
  return error.kind === 'unavailable' || error.kind === 'rate-limited' || error.kind === 'unknown-outcome';
}
