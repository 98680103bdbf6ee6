/**
 * The independent judge: it stands between the faults and the simulated APIs, sees each write at the moment it arrives,
 * and holds it against the state of the world, by its own accounting.
 *
 *     I1       a resize stays within the bounds, and lets no machine be destroyed         resize-judge.ts
 *     no node is asked for twice                                                          resize-judge.ts, demand.ts
 *     I2, I3   a node that is deleted is marked, empty, and deleted once                  removal-judge.ts
 *     I4       one resize of a pool at a time; a lost reply is resolved by reading        open-requests.ts
 *     I5       whoever writes holds the Lease (where there is one)                        here
 *     I6       every record explains every pending pod and every node                     record-judge.ts
 *     I9       the API key is in nothing that is written, logged or recorded              here
 */
import { textAt } from '../../sandbox/kubernetes/json.ts';
import type { DecisionRecord } from '../../src/explain/record.ts';
import type { HttpRequest, HttpTransport } from '../../src/runtime/http.ts';
import { OpenRequests } from './open-requests.ts';
import { judgeRecord } from './record-judge.ts';
import { RemovalJudge } from './removal-judge.ts';
import { type Judged, ResizeJudge } from './resize-judge.ts';
import { poolPath } from './vultr-path.ts';

export interface LeaseOfLeader {
  readonly namespace: string;
  readonly name: string;
}

const EVICTION = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/;
const NODE = /^\/api\/v1\/nodes\/[^/?]+/;
const DEPLOYMENT = /^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments\//;
const POD = /^\/api\/v1\/namespaces\/[^/]+\/pods\//;

export class Invariants {
  readonly resizes: ResizeJudge;
  readonly removals: RemovalJudge;
  readonly #judged: Judged;
  readonly #open: OpenRequests;
  readonly #lease: LeaseOfLeader | undefined;
  readonly #secret: string;

  constructor(judged: Judged, lease: LeaseOfLeader | undefined) {
    this.#judged = judged;
    this.#lease = lease;
    this.resizes = new ResizeJudge(judged);
    this.removals = new RemovalJudge(judged, this.resizes);
    this.#open = new OpenRequests(judged.verdicts);
    this.#secret = judged.sandbox.apiKey.reveal();
  }

  get violations(): readonly string[] {
    return this.#judged.verdicts.violations;
  }

  /** The simulated Vultr for one client, as its requests arrive. */
  vultr(client: string, deliver: HttpTransport): HttpTransport {
    return (request) => {
      // What its signal has ended before it arrived does not arrive.
      if (request.method === 'GET' || request.signal?.aborted === true) return deliver(request);
      this.#acts(client, request);
      const path = poolPath(request.path);
      const quantity = quantityIn(request);
      if (request.method === 'PATCH' && path !== undefined && quantity !== undefined) {
        return this.resizes.patch(path.poolId, quantity, () => deliver(request));
      }
      if (request.method === 'DELETE' && path?.node !== undefined) {
        return this.removals.delete(path.poolId, path.node, () => deliver(request));
      }
      this.#judged.verdicts.broken('I3', `${client} sent ${request.method} ${request.path} to Vultr`);
      return deliver(request);
    };
  }

  /** The simulated API server for one client, as its requests arrive. */
  kubernetes(client: string, deliver: HttpTransport): HttpTransport {
    return (request) => {
      if (request.method === 'GET') return deliver(request);
      this.secrecy(`${request.method} ${request.path}`, `${request.path} ${bodyOf(request)}`);
      const [, namespace, name] = EVICTION.exec(request.path) ?? [];
      if (namespace !== undefined && name !== undefined) {
        this.#acts(client, request);
        const uid = textAt(JSON.parse(bodyOf(request)), 'deleteOptions', 'preconditions', 'uid');
        this.removals.evict(namespace, name, uid);
      } else if (NODE.test(request.path) || DEPLOYMENT.test(request.path)) {
        this.#acts(client, request);
      } else if (POD.test(request.path)) {
        this.#judged.verdicts.broken('I2', `${client} sent ${request.method} ${request.path}`);
      }
      return deliver(request);
    };
  }

  /** The client's own connection to Vultr. */
  client(send: HttpTransport): HttpTransport {
    const watched = this.#open.watch(send);
    return (request) => {
      const path = poolPath(request.path);
      if (request.method === 'DELETE' && path?.node !== undefined) this.removals.sent(path.node);
      if (request.method === 'PATCH' && path !== undefined) this.resizes.sent(path.poolId);
      return watched(request);
    };
  }

  stop(): void {
    this.removals.stop();
  }

  /** What another judge has found. */
  broken(invariant: string, what: string): void {
    this.#judged.verdicts.broken(invariant, what);
  }

  record(record: DecisionRecord): void {
    judgeRecord(this.#judged, record);
    if (record.consolidation?.code === 'ReplacementAsked') {
      const { group, nodes, replaced } = record.consolidation.replacement;
      this.resizes.replaces(group, nodes, replaced);
    }
    this.secrecy(`the record of pass ${record.pass}`, JSON.stringify(record));
  }

  /** I9 of a text that leaves the program. */
  secrecy(where: string, text: string): void {
    if (text.includes(this.#secret)) this.#judged.verdicts.broken('I9', `the API key is in ${where}: ${text}`);
  }

  /** I5: the client changes the world. */
  #acts(client: string, request: HttpRequest): void {
    this.secrecy(`${request.method} ${request.path}`, `${request.path} ${bodyOf(request)}`);
    if (this.#lease === undefined) return;
    const { store } = this.#judged.sandbox;
    const lease = store.find('leases', this.#lease.namespace, this.#lease.name);
    const holder = textAt(lease, 'spec', 'holderIdentity');
    if (holder === client) return;
    const what = `${client} sent ${request.method} ${request.path} while ${holder === '' ? 'nobody' : holder} holds the Lease`;
    this.#judged.verdicts.broken('I5', what);
  }
}

function quantityIn(request: HttpRequest): number | undefined {
  if (typeof request.body !== 'string') return undefined;
  const body: unknown = JSON.parse(request.body);
  const quantity =
    typeof body === 'object' && body !== null && 'node_quantity' in body ? body.node_quantity : undefined;
  return typeof quantity === 'number' ? quantity : undefined;
}

function bodyOf({ body }: HttpRequest): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}
