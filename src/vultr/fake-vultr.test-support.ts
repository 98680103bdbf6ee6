/**
 * A small VKE behind the transport port. It is strict about what must never be asked of it (it counts victims picked at
 * random, and deletions of what is deleted) and moody where Vultr is: its listing may lag, replies may be lost, refusals
 * may be queued.
 */
import * as z from 'zod';
import { TransportError, type HttpRequest, type HttpResponse, type HttpTransport } from '../runtime/http.ts';

export const CLUSTER = '11111111-2222-3333-4444-555555555555';

export interface Reply {
  readonly status: number;
  /** Sent as JSON, or as it is when a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function respond({ status, body, headers = {} }: Reply): HttpResponse {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: oneChunk(text) };
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

const PATCH_BODY = z.strictObject({ node_quantity: z.int() });
const POST_BODY = z.strictObject({
  label: z.string(),
  plan: z.string(),
  node_quantity: z.int().positive(),
  min_nodes: z.int().positive(),
  max_nodes: z.int().positive(),
  auto_scaler: z.literal(false),
  tag: z.string(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(z.strictObject({ key: z.string(), value: z.string(), effect: z.string() })),
});

/** What goes wrong with the next matching request. */
export type Fault =
  /** Refused with this reply; nothing is done. */
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** Never reaches Vultr. */
  | { readonly kind: 'not-sent' }
  /** Done, or not, and then nobody hears of it. */
  | { readonly kind: 'lost'; readonly done: boolean };

interface FakeNode {
  readonly id: string;
  readonly label: string;
  status: string;
  readonly date_created: string;
}

export interface FakePool {
  readonly id: string;
  readonly label: string;
  tag: string;
  readonly plan: string;
  quantity: number;
  /** What the listing says instead of the quantity; `undefined`: the truth. */
  listedQuantity: number | undefined;
  min_nodes: number;
  max_nodes: number;
  auto_scaler: boolean;
  date_created?: string;
  date_updated?: string;
  labels: Record<string, string> | null;
  taints: { key: string; value: string; effect: string }[];
  nodes: FakeNode[];
  /** Nodes that are gone without VKE's having noticed: it counts them still. */
  ghosts: number;
  /** Nodes that are destroyed and listed still. */
  lingering: FakeNode[];
}

export class FakeVultr {
  readonly requests: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  readonly pools: FakePool[] = [];
  readonly plans: unknown[] = [plan('vc2-2c-4gb', { ram: 4096, vcpu_count: 2, monthly_cost: 20 })];
  /** Nodes that a shrink by quantity destroyed: must stay empty. */
  readonly randomVictims: string[] = [];
  /** Nodes whose deletion was asked for after it had been accepted: must stay empty (I3). */
  readonly deletedTwice: string[] = [];
  /** Destroyed nodes stay in the listing until their pool's `lingering` is emptied. */
  destroyedLinger = false;
  /** Ids that were destroyed by their id. */
  readonly destroyed: string[] = [];
  /** Asked before each request; the first fault that is returned happens. */
  fault: (request: HttpRequest) => Fault | undefined = () => undefined;
  /** Asked for each request that is answered: the reply comes when the promise resolves. */
  delay: (request: HttpRequest) => Promise<void> | undefined = () => undefined;
  /** Rows per page of lists. */
  pageSize = 100;
  #nextId = 1;

  readonly transport: HttpTransport = (request) => {
    const body: unknown = typeof request.body === 'string' ? JSON.parse(request.body) : undefined;
    this.requests.push({ method: request.method, path: request.path, body });
    const fault = this.fault(request);
    if (fault?.kind === 'not-sent') {
      return Promise.reject(new TransportError('not-sent', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' }));
    }
    if (fault?.kind === 'reply') return Promise.resolve(respond(fault.reply));
    if (fault?.kind === 'lost') {
      if (fault.done) this.#answer(request, body);
      for (const pool of this.pools) for (const node of pool.lingering) node.status = 'closed';
      return Promise.reject(new TransportError('reply-lost', 'other side closed', { code: 'UND_ERR_SOCKET' }));
    }
    const reply = respond(this.#answer(request, body));
    return (this.delay(request) ?? Promise.resolve()).then(() => reply);
  };

  addPool(label: string, pool: Partial<FakePool> & { readonly size?: number } = {}): FakePool {
    const { size = 1, ...rest } = pool;
    const added: FakePool = {
      id: this.#uuid('a'),
      label,
      tag: '',
      plan: 'vc2-2c-4gb',
      quantity: size,
      listedQuantity: undefined,
      min_nodes: 1,
      max_nodes: 10,
      auto_scaler: true,
      labels: null,
      taints: [],
      nodes: [],
      lingering: [],
      ghosts: 0,
      ...rest,
    };
    this.pools.push(added);
    this.build(added, 'active');
    return added;
  }

  /** Builds the nodes that the quantity asks for. */
  build(pool: FakePool, status = 'pending'): void {
    pool.ghosts = 0;
    while (pool.nodes.length < pool.quantity) {
      const id = this.#uuid('b');
      pool.nodes.push({
        id,
        label: `${pool.label}-${id.slice(-12)}`,
        status,
        date_created: '2026-11-24T02:52:55+00:00',
      });
    }
  }

  /** Destroys a node through the instance API, behind VKE's back. */
  destroyOutside(pool: FakePool, which: 'oldest' | 'newest' = 'oldest'): void {
    const lost = which === 'oldest' ? pool.nodes.shift() : pool.nodes.pop();
    if (lost !== undefined) pool.ghosts += 1;
  }

  /** Requests of that method, as `path body`. */
  asked(method: string): readonly string[] {
    return this.requests
      .filter((request) => request.method === method)
      .map(({ path, body }) => `${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
  }

  #uuid(group: string): string {
    return `${group.repeat(8)}-0000-0000-0000-${String(this.#nextId++).padStart(12, '0')}`;
  }

  #answer(request: HttpRequest, body: unknown): Reply {
    const url = new URL(request.path, 'http://vultr');
    const cluster = `/v2/kubernetes/clusters/${CLUSTER}`;
    if (url.pathname === '/v2/plans') return this.#page('plans', this.plans, url);
    if (!url.pathname.startsWith(cluster)) return refusal(404, 'Invalid resource ID');
    const [, , poolId, , nodeId] = url.pathname.slice(cluster.length).split('/');
    if (url.pathname === cluster) return { status: 200, body: { vke_cluster: { id: CLUSTER, region: 'ewr' } } };
    if (poolId === undefined) {
      if (request.method === 'POST') return this.#create(body);
      return this.#page('node_pools', this.pools.map(show), url);
    }
    const pool = this.pools.find(({ id }) => id === poolId);
    if (pool === undefined) return refusal(404, 'Invalid NodePool ID');
    if (nodeId !== undefined) return this.#deleteNode(pool, nodeId);
    return this.#onPool(request.method, pool, body);
  }

  #onPool(method: string, pool: FakePool, body: unknown): Reply {
    if (method === 'DELETE') {
      this.pools.splice(this.pools.indexOf(pool), 1);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      const { node_quantity: quantity } = PATCH_BODY.parse(body);
      if (quantity < 1) return refusal(400, '`node_quantity` must be a positive integer.');
      pool.quantity = quantity;
      while (pool.nodes.length + pool.ghosts > quantity && pool.nodes.length > 0) {
        const victim = pool.nodes.pop();
        if (victim !== undefined) this.randomVictims.push(victim.id);
      }
      return { status: 202, body: { node_pool: { ...show(pool), node_quantity: quantity } } };
    }
    return { status: 200, body: { node_pool: show(pool) } };
  }

  #deleteNode(pool: FakePool, nodeId: string): Reply {
    if (pool.lingering.some(({ id }) => id === nodeId)) {
      this.deletedTwice.push(nodeId);
      pool.quantity -= 1;
      return { status: 204 };
    }
    const node = pool.nodes.find(({ id }) => id === nodeId);
    if (node === undefined) return refusal(404, 'instance not found');
    pool.nodes = pool.nodes.filter((other) => other !== node);
    if (this.destroyedLinger) pool.lingering.push(node);
    pool.quantity -= 1;
    this.destroyed.push(nodeId);
    return { status: 204 };
  }

  #create(body: unknown): Reply {
    const wanted = POST_BODY.parse(body);
    if (this.pools.some(({ label }) => label === wanted.label)) return refusal(400, 'label must be unique');
    const pool = this.#createPool(wanted);
    return { status: 201, body: { node_pool: show(pool) } };
  }

  #createPool(wanted: z.infer<typeof POST_BODY>): FakePool {
    const { label, node_quantity: size, ...rest } = wanted;
    return this.addPool(label, { ...rest, size });
  }

  #page(key: string, rows: readonly unknown[], url: URL): Reply {
    const start = Number(url.searchParams.get('cursor') ?? '0');
    const end = start + this.pageSize;
    const next = end < rows.length ? String(end) : '';
    return {
      status: 200,
      body: { [key]: rows.slice(start, end), meta: { total: rows.length, links: { next, prev: '' } } },
    };
  }
}

export function refusal(status: number, error: string): Reply {
  return { status, body: { error, status } };
}

export function plan(id: string, fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id,
    vcpu_count: 2,
    ram: 4096,
    disk: 80,
    disk_count: 1,
    monthly_cost: 20,
    type: 'vc2',
    locations: ['ewr'],
    location_cost: {},
    deploy_ondemand: true,
    ...fields,
  };
}

function show(pool: FakePool): Readonly<Record<string, unknown>> {
  const { quantity, listedQuantity, lingering, ghosts: _, ...rest } = pool;
  return { ...rest, nodes: [...pool.nodes, ...lingering], node_quantity: listedQuantity ?? quantity, status: 'active' };
}
