/** The verb of a request, as access rules name it. */
import type { Verb } from './access-control.ts';
import type { ResourceRequest } from './resource-request.ts';
import { isTrue } from './selection.ts';

export function verbOf({ http, target, query }: ResourceRequest): Verb {
  const onCollection = target.name === undefined;
  switch (http.method) {
    case 'GET':
      if (isTrue(query, 'watch')) return 'watch';
      return onCollection ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return onCollection ? 'deletecollection' : 'delete';
    default:
      return http.method satisfies never;
  }
}
