/** A request for a resource, read and understood: what the routes work on. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import type { Encoding } from './encoding.ts';
import type { RequestTarget, ResourceTarget } from './request-target.ts';

export interface ResourceRequest {
  readonly http: HttpRequest;
  readonly target: ResourceTarget;
  readonly query: RequestTarget['query'];
  /** How objects and lists are shown to this client. */
  readonly encoding: Encoding;
}
