/**
 * VKE in a box: a simulated Vultr account with one VKE cluster, its API server, and everything that lives in the
 * cluster. Clients reach it through two transports, in process or behind sockets (see `serve`).
 *
 * Time and chance come from outside, so the same sandbox runs in real, accelerated and virtual time, and one seed gives
 * one history.
 */
import type { Clock } from '../src/runtime/clock.ts';
import type { HttpTransport } from '../src/runtime/http.ts';
import type { Logger } from '../src/runtime/log.ts';
import type { Random } from '../src/runtime/random.ts';
import { Secret } from '../src/runtime/secret.ts';
import { startControllers } from './controllers/controllers.ts';
import type { ControllerTiming } from './controllers/timing.ts';
import { Faults } from './faults.ts';
import { type HttpServer, serveHttp } from './http-server.ts';
import type { AccessControl } from './kubernetes/access-control.ts';
import { ApiServer } from './kubernetes/api-server.ts';
import { MemoryObjectStore } from './kubernetes/object-store.ts';
import { PLANS } from './vultr/plans.ts';
import type { VultrSettings } from './vultr/settings.ts';
import { type NewSimulatedPool, SimulatedVultr } from './vultr/simulated-vultr.ts';

export interface SandboxOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Vultr's id of a region, e.g. `ewr`. */
  readonly region: string;
  /** The pools that the cluster has at the start, their nodes booted. */
  readonly pools: readonly NewSimulatedPool[];
  readonly vultr?: Partial<VultrSettings>;
  readonly timing?: Partial<ControllerTiming>;
  /** How often watches get bookmarks. Default: as the real server. */
  readonly bookmarkIntervalMs?: number;
  /** Who may do what. Default: everybody may do everything. */
  readonly access?: AccessControl;
}

const API_KEY = 'sandbox-api-key';

export class Sandbox {
  readonly store: MemoryObjectStore;
  readonly cloud: SimulatedVultr;
  readonly apiServer: ApiServer;
  /** Faults between the clients and each of the two APIs; none until a rule is added. */
  readonly kubernetesFaults: Faults;
  readonly vultrFaults: Faults;
  /** What clients use: the two APIs behind their faults. */
  readonly kubernetes: HttpTransport;
  readonly vultr: HttpTransport;
  readonly clusterId: string;
  readonly apiKey = new Secret(API_KEY);
  readonly #controllers: { stop(): void };

  constructor(options: SandboxOptions) {
    const { clock, random } = options;
    this.store = new MemoryObjectStore({ clock, random: random.stream('kubernetes/store') });
    this.apiServer = new ApiServer({
      store: this.store,
      clock,
      random: random.stream('kubernetes/watches'),
      ...(options.bookmarkIntervalMs !== undefined && { bookmarkIntervalMs: options.bookmarkIntervalMs }),
      ...(options.access !== undefined && { access: options.access }),
    });
    this.cloud = new SimulatedVultr({ clock, random, settings: { ...options.vultr, apiKey: this.apiKey } });
    this.clusterId = this.cloud.addCluster({ label: 'sandbox', region: options.region });
    for (const pool of options.pools) this.cloud.addPool(this.clusterId, pool);
    this.#controllers = startControllers({
      store: this.store,
      clock,
      random,
      instances: this.cloud,
      plans: PLANS,
      options: options.timing === undefined ? {} : { timing: options.timing },
    });
    this.kubernetesFaults = new Faults(clock, random);
    this.vultrFaults = new Faults(clock, random);
    this.kubernetes = this.kubernetesFaults.wrap(this.apiServer.handle);
    this.vultr = this.vultrFaults.wrap(this.cloud.handle);
  }

  /** Puts both APIs on sockets of the loopback interface. */
  async serve(logger: Logger): Promise<{ readonly kubernetes: HttpServer; readonly vultr: HttpServer }> {
    const kubernetes = await serveHttp({ handler: this.kubernetes, logger });
    return { kubernetes, vultr: await serveHttp({ handler: this.vultr, logger }) };
  }

  /** Nothing happens by itself any more, so that a program can end. */
  stop(): void {
    this.#controllers.stop();
    this.cloud.stop();
    this.apiServer.endWatches();
  }
}
