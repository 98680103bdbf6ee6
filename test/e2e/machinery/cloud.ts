/**
 * The simulated Vultr on loopback sockets, one for each client, so that it is known who asked for what and when; and the
 * sandbox's kubelets and cloud controller, which join its machines to the real cluster.
 */
import { KubeletNodes } from '../../../sandbox/controllers/kubelet-nodes.ts';
import { KubeletPods } from '../../../sandbox/controllers/kubelet-pods.ts';
import { startCloudController } from '../../../sandbox/controllers/cloud-controller.ts';
import { DEFAULT_TIMING } from '../../../sandbox/controllers/timing.ts';
import { installVkeAddons } from '../../../sandbox/controllers/vke-addons.ts';
import { serveHttp, type HttpServer } from '../../../sandbox/http-server.ts';
import { PLANS } from '../../../sandbox/vultr/plans.ts';
import { SimulatedVultr, type NewSimulatedPool, type PoolState } from '../../../sandbox/vultr/simulated-vultr.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import type { HttpRequest, HttpTransport } from '../../../src/runtime/http.ts';
import { silentLogger } from '../../../src/runtime/log.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { Secret } from '../../../src/runtime/secret.ts';
import { startCsiStandIn } from './csi-stand-in.ts';
import type { RealStore } from './real-store.ts';

const REGION = 'ewr';

/** Machines come in seconds, not minutes; everything else as the sandbox has it. */
const TIMING = {
  ...DEFAULT_TIMING,
  nodeJoin: { lowestMs: 200, highestMs: 500 },
  nodeReady: { lowestMs: 200, highestMs: 500 },
  nodeInitialized: { lowestMs: 100, highestMs: 300 },
  gpuReady: { lowestMs: 1000, highestMs: 2000 },
  heartbeatPatienceMs: 500,
  nodeRemoval: { lowestMs: 200, highestMs: 500 },
  podStart: { lowestMs: 50, highestMs: 200 },
  podStopMs: 300,
};

const VULTR_TIMES = {
  bootMs: { lowest: 1000, highest: 2000 },
  gpuBootMs: { lowest: 1500, highest: 3000 },
  destroyMs: { lowest: 500, highest: 1000 },
  listLagMs: { lowest: 0, highest: 1000 },
  recreateMs: { lowest: 2000, highest: 3000 },
};

/** A request that changes something. */
export interface CloudWrite {
  readonly client: string;
  readonly atMs: number;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body: string;
  readonly status: number;
}

export interface CloudOptions {
  readonly store: RealStore;
  readonly pools: readonly NewSimulatedPool[];
  readonly seed: number;
  /** Default: the add-ons of a VKE cluster are installed. */
  readonly addons?: boolean;
}

export class Cloud {
  readonly vultr: SimulatedVultr;
  readonly clusterId: string;
  readonly apiKey = 'e2e-vultr-key-0123456789abcdef';
  readonly writes: CloudWrite[] = [];
  readonly #servers = new Map<string, HttpServer>();
  readonly #parts: readonly { stop(): void }[];

  constructor({ store, pools, seed, addons }: CloudOptions) {
    const random = seededRandom(seed);
    const clock = realClock;
    this.vultr = new SimulatedVultr({ clock, random, settings: { ...VULTR_TIMES, apiKey: new Secret(this.apiKey) } });
    this.clusterId = this.vultr.addCluster({ label: 'e2e', region: REGION });
    for (const pool of pools) this.vultr.addPool(this.clusterId, pool);
    const common = { store, clock, random, timing: TIMING, instances: this.vultr, plans: PLANS };
    const pods = new KubeletPods(common);
    this.#parts = [
      pods,
      startCloudController(common),
      new KubeletNodes({ ...common, pods, kubeletVersion: 'v1.37.2' }),
      startCsiStandIn(store),
    ];
    if (addons !== false) installVkeAddons(store);
  }

  /** The URL at which this client finds the Vultr API; the same for the same name. */
  async urlFor(client: string): Promise<string> {
    let server = this.#servers.get(client);
    if (server === undefined) {
      server = await serveHttp({ handler: this.#noting(client), logger: silentLogger });
      this.#servers.set(client, server);
    }
    return server.url;
  }

  pool(label: string): PoolState {
    const found = this.vultr.pools().find((pool) => pool.label === label);
    if (found === undefined) throw new Error(`there is no pool ${label}`);
    return found;
  }

  /** Raises of a pool's size, oldest first. */
  resizes(): readonly CloudWrite[] {
    return this.writes.filter(({ method, status }) => method === 'PATCH' && status < 300);
  }

  async stop(): Promise<void> {
    for (const part of this.#parts) part.stop();
    this.vultr.stop();
    await Promise.all([...this.#servers.values()].map(async (server) => server.close()));
  }

  #noting(client: string): HttpTransport {
    return async (request) => {
      const atMs = Date.now();
      const answer = await this.vultr.handle(request);
      if (request.method !== 'GET') {
        const { method, path, body = '' } = request;
        const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
        this.writes.push({ client, atMs, method, path, body: text, status: answer.status });
      }
      return answer;
    };
  }
}
