/** Asks the API server who bears a token, and whether that user may get a path that is no resource. */
import { success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { KubernetesClient } from './client.ts';
import type { KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';

export type Review =
  | { readonly kind: 'allowed'; readonly user: string }
  | { readonly kind: 'unknown-token' }
  | { readonly kind: 'forbidden'; readonly user: string };

const TOKEN_REVIEWS = { api: '/apis/authentication.k8s.io/v1', resource: 'tokenreviews' };
const ACCESS_REVIEWS = { api: '/apis/authorization.k8s.io/v1', resource: 'subjectaccessreviews' };

export async function reviewAccess(
  client: KubernetesClient,
  token: string,
  path: string,
): Promise<KubernetesResult<Review>> {
  const reviewed = await client.create(resourcePath(TOKEN_REVIEWS), {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  });
  if (!reviewed.ok) return reviewed;
  const status = recordIn(reviewed.value, 'status');
  const user = recordIn(status, 'user');
  const name = textIn(user, 'username');
  if (status['authenticated'] !== true || name === '') return success({ kind: 'unknown-token' });
  const asked = await client.create(resourcePath(ACCESS_REVIEWS), {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: name,
      uid: textIn(user, 'uid'),
      groups: user['groups'] ?? [],
      extra: user['extra'] ?? {},
      nonResourceAttributes: { path, verb: 'get' },
    },
  });
  if (!asked.ok) return asked;
  const verdict = recordIn(asked.value, 'status');
  const isAllowed = verdict['allowed'] === true && verdict['denied'] !== true;
  return success({ kind: isAllowed ? 'allowed' : 'forbidden', user: name });
}

function recordIn(holder: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = holder[key];
  return isRecord(value) ? value : {};
}

function textIn(holder: Readonly<Record<string, unknown>>, key: string): string {
  const value = holder[key];
  return typeof value === 'string' ? value : '';
}
