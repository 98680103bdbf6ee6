/**
 * Who may do what. Off until a token is given (401 for all others) or a right is denied (403): by default everybody
 * may do everything, as on a laptop cluster.
 */
import type { HttpRequest } from '../../src/runtime/http.ts';
import type { Secret } from '../../src/runtime/secret.ts';
import { ApiError } from './object.ts';
import type { ResourceTarget } from './request-target.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A right that is taken away; what is left out stands for everything. */
export interface DeniedRight {
  readonly user?: string;
  readonly verb?: Verb;
  /** With its subresource: `pods`, `pods/eviction`. */
  readonly resource?: string;
  readonly namespace?: string;
}

export interface KnownToken {
  readonly token: Secret;
  readonly user: string;
}

/** Who a client is that needs no token. */
const EVERYBODY = 'system:admin';

export class AccessControl {
  readonly #tokens: KnownToken[];
  readonly #denied = new Set<DeniedRight>();

  constructor(tokens: readonly KnownToken[] = []) {
    this.#tokens = [...tokens];
  }

  /** From the first token on, a request without a known one is refused. Returns the function that revokes it. */
  addToken(known: KnownToken): () => void {
    this.#tokens.push(known);
    return () => {
      this.#tokens.splice(this.#tokens.indexOf(known), 1);
    };
  }

  /** Returns the function that gives the right back. */
  deny(right: DeniedRight): () => void {
    this.#denied.add(right);
    return () => this.#denied.delete(right);
  }

  /** The user who asks. Throws Unauthorized. */
  userOf(request: HttpRequest): string {
    if (this.#tokens.length === 0) return EVERYBODY;
    const [, token] = /^Bearer\s+(\S+)$/i.exec(request.headers['authorization'] ?? '') ?? [];
    const known = this.#tokens.find((one) => one.token.reveal() === token);
    if (known === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
    return known.user;
  }

  /** Throws Forbidden. */
  check(user: string, verb: Verb, target: ResourceTarget): void {
    const { kind, group } = target.served;
    const resource = target.subresource === '' ? kind.resource : `${kind.resource}/${target.subresource}`;
    for (const right of this.#denied) {
      const applies =
        (right.user ?? user) === user &&
        (right.verb ?? verb) === verb &&
        (right.resource ?? resource) === resource &&
        (right.namespace ?? target.namespace) === target.namespace;
      if (applies) throw denial(user, verb, { target, resource, group });
    }
  }
}

function denial(
  user: string,
  verb: Verb,
  what: { readonly target: ResourceTarget; readonly resource: string; readonly group: string },
): ApiError {
  const { target, resource, group } = what;
  const { name = '', namespace = '' } = target;
  const qualified = group === '' ? target.served.kind.resource : `${target.served.kind.resource}.${group}`;
  const subject = name === '' ? qualified : `${qualified} "${name}"`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new ApiError(
    403,
    'Forbidden',
    `${subject} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
    { name, kind: target.served.kind.resource, ...(group !== '' && { group }) },
  );
}
