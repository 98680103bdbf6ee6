/** What a client accepts and sends. Only JSON is spoken: clients that prefer protobuf name JSON as their second choice. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import { ApiError } from './object.ts';

export type Representation =
  | { readonly kind: 'object' }
  /** Rows and columns for people: `kubectl get`. */
  | { readonly kind: 'table'; readonly version: string }
  /** Only the metadata. */
  | { readonly kind: 'metadata' }
  /** All groups and resources in one answer (discovery only). */
  | { readonly kind: 'aggregated-discovery' };

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The first of the accepted forms that is offered. Throws NotAcceptable. */
export function representationFor(request: HttpRequest): Representation {
  const accept = request.headers['accept'] ?? '';
  if (accept.trim() === '') return { kind: 'object' };
  for (const text of accept.split(',')) {
    const representation = offered(parseMediaType(text));
    if (representation !== undefined) return representation;
  }
  throw new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}

function offered({ type, parameters }: MediaType): Representation | undefined {
  if (type !== 'application/json' && type !== 'application/*' && type !== '*/*') return undefined;
  const { as, v = 'v1' } = parameters;
  switch (as) {
    case undefined:
      return { kind: 'object' };
    case 'Table':
      return { kind: 'table', version: v };
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { kind: 'metadata' };
    case 'APIGroupDiscoveryList':
      return v === 'v2' ? { kind: 'aggregated-discovery' } : undefined;
    default:
      return undefined;
  }
}

/** The type of the body, without parameters; JSON where the client does not say. */
export function contentType(request: HttpRequest): string {
  return parseMediaType(request.headers['content-type'] ?? '').type || 'application/json';
}

export function unsupportedMediaType(given: string, accepted: readonly string[]): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  const advice = given === PROTOBUF ? ` (kubectl create KIND speaks protobuf only: use kubectl create -f FILE)` : '';
  return new ApiError(415, 'UnsupportedMediaType', `${message}${advice}`);
}

function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = Object.fromEntries(
    rest.map((parameter) => {
      const [name = '', value = ''] = parameter.split('=');
      return [name, value];
    }),
  );
  return { type: type.toLowerCase(), parameters };
}
