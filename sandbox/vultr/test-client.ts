/** For tests: a simulated Vultr in virtual time with one cluster, and a bare client for it. */
import * as z from 'zod';
import { type HttpRequest, type HttpTransport, readText } from '../../src/runtime/http.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { type NewSimulatedPool, SimulatedVultr } from './simulated-vultr.ts';
import { DEFAULT_SETTINGS, type VultrSettings } from './settings.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's JSON; `undefined` for an empty body. */
  readonly json: unknown;
}

export type Call = (method: HttpRequest['method'], path: string, body?: unknown) => Promise<Answer>;

const REPLY_LIMIT_BYTES = 16 * 1024 * 1024;

/** Calls with the sandbox's API key, or with these headers. */
export function callerOf(transport: HttpTransport, headers?: Readonly<Record<string, string>>): Call {
  const sent = headers ?? { authorization: `Bearer ${DEFAULT_SETTINGS.apiKey.reveal()}` };
  return async (method, path, body) => {
    const response = await transport({
      method,
      path,
      headers: sent,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await readText(response.body, REPLY_LIMIT_BYTES);
    const json: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, json };
  };
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly vultr: SimulatedVultr;
  readonly clusterId: string;
  /** `/v2/kubernetes/clusters/…` */
  readonly cluster: string;
  readonly call: Call;
  /** Adds a pool of booted nodes; its id, and its path. */
  readonly pool: (pool?: Partial<NewSimulatedPool>) => { readonly id: string; readonly path: string };
}

/** A cluster in New Jersey, without rate limit or lag unless the settings say so. */
export function stage(settings: Partial<VultrSettings> = {}, seed: number | string = 1): Stage {
  const clock = new VirtualClock();
  const vultr = new SimulatedVultr({
    clock,
    random: seededRandom(seed),
    settings: { requestsPerSecond: 1000, listLagMs: { lowest: 0, highest: 0 }, ...settings },
  });
  const clusterId = vultr.addCluster({ label: 'test', region: 'ewr' });
  const cluster = `/v2/kubernetes/clusters/${clusterId}`;
  return {
    clock,
    vultr,
    clusterId,
    cluster,
    call: callerOf(vultr.handle),
    pool(pool = {}) {
      const id = vultr.addPool(clusterId, { label: 'web', plan: 'vc2-4c-8gb', quantity: 1, maxNodes: 10, ...pool });
      return { id, path: `${cluster}/node-pools/${id}` };
    },
  };
}

const nodeJson = z.object({ id: z.string(), label: z.string(), status: z.string() });

/** The fields of a pool's JSON that the tests look at. */
const poolJson = z.object({
  id: z.string(),
  label: z.string(),
  status: z.string(),
  node_quantity: z.number(),
  min_nodes: z.number(),
  max_nodes: z.number(),
  labels: z.record(z.string(), z.string()).nullable(),
  taints: z.array(z.object({ key: z.string(), value: z.string(), effect: z.string() })),
  nodes: z.array(nodeJson),
});

/** The pool in an answer of the shape `{"node_pool": …}`. */
export function poolIn(answer: Answer): z.infer<typeof poolJson> {
  return z.object({ node_pool: poolJson }).parse(answer.json).node_pool;
}
