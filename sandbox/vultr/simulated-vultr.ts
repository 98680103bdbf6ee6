/**
 * A simulated Vultr: its API as a handler of the transport port, its machines as an {@link InstanceSource}, its bill.
 *
 * All state is in memory and all time is the clock's; one seed and one sequence of requests give one history. What the
 * real API is known to do, traps included, is done here; what is unknown about it is a setting, or a choice that the file
 * which makes it states. VKE's own autoscaler, which acts on pools with `auto_scaler`, is not simulated.
 */
import { type Clock, sleep } from '../../src/runtime/clock.ts';
import { type HttpRequest, type HttpResponse, TransportError } from '../../src/runtime/http.ts';
import type { Random } from '../../src/runtime/random.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { type Cluster, ClusterView, type NodePool } from './cluster.ts';
import { VERSIONS, addCluster, clusterRoutes } from './cluster-routes.ts';
import { Fleet, draw } from './fleet.ts';
import { FrontDesk, type WriteRecord } from './front-desk.ts';
import { instanceRoutes, loseMachine } from './instance-routes.ts';
import type { InstanceEvent, InstanceSource, Plan, SimulatedInstance } from './instances.ts';
import { labelRoutes, taintRoutes } from './label-routes.ts';
import type { Bill } from './ledger.ts';
import { nodePoolRoutes, patchPool } from './node-pool-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { PLANS, plansById } from './plans.ts';
import { addPool } from './pool-creation.ts';
import { Provisioner } from './provisioner.ts';
import { toResponse } from './reply.ts';
import { poolPatch } from './requests.ts';
import { DEFAULT_SETTINGS, type VultrSettings } from './settings.ts';
import { type Shortage, Stock } from './stock.ts';
import type { World } from './world.ts';

export interface SimulatedVultrOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings?: Partial<VultrSettings>;
  /** Default: {@link PLANS}. */
  readonly plans?: readonly Plan[];
}

export interface NewSimulatedPool {
  readonly label: string;
  readonly plan: string;
  readonly quantity: number;
  readonly minNodes?: number;
  readonly maxNodes?: number;
  readonly autoScaler?: boolean;
  readonly tag?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  }[];
}

/** What somebody changes in the console. */
export interface PoolChange {
  readonly quantity?: number;
  readonly minNodes?: number;
  readonly maxNodes?: number;
  readonly autoScaler?: boolean;
  readonly tag?: string;
  /** Added to those that the pool has. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A pool as it really is, whatever the lists say. */
export interface PoolState {
  readonly id: string;
  readonly clusterId: string;
  readonly label: string;
  readonly planId: string;
  readonly quantity: number;
  readonly minNodes: number;
  readonly maxNodes: number;
  /** Machines by state; those being destroyed are `closing`. */
  readonly pending: number;
  readonly active: number;
  readonly closing: number;
}

export class SimulatedVultr implements InstanceSource {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #world: World;
  readonly #desk: FrontDesk;
  readonly #provisioner: Provisioner;
  #settings: VultrSettings;

  constructor(options: SimulatedVultrOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const context = { clock: options.clock, random: options.random, settings: () => this.#settings };
    const clusters = new Map<string, Cluster>();
    const stock = new Stock();
    const fleet = new Fleet(context);
    const view = new ClusterView(options.clock, fleet);
    this.#provisioner = new Provisioner(context, { fleet, stock, view, clusters });
    this.#world = {
      ...context,
      ids: options.random.stream('vultr/ids'),
      plans: plansById(options.plans ?? PLANS),
      clusters,
      fleet,
      stock,
      view,
      provisioner: this.#provisioner,
    };
    const families = [
      clusterRoutes,
      nodePoolRoutes,
      nodeRoutes,
      labelRoutes,
      taintRoutes,
      instanceRoutes,
      catalogueRoutes,
    ];
    const routes = families.flatMap((routesOf) => routesOf(this.#world));
    this.#desk = new FrontDesk(options.clock, context.settings, routes);
  }

  /** The API. The work is done when the request arrives; the answer may take its time. */
  handle = async (request: HttpRequest): Promise<HttpResponse> => {
    if (request.signal?.aborted === true) throw new TransportError('aborted', 'aborted by the caller');
    const response = toResponse(this.#desk.answer(request));
    const delayMs = draw(this.#random.stream('vultr/reply'), this.#settings.replyMs);
    if (delayMs > 0) await sleep(this.#clock, delayMs, request.signal);
    // The signal may have aborted while the answer was on its way; TypeScript remembers the check above only.
    if (isAborted(request.signal)) throw new TransportError('aborted', 'aborted by the caller');
    return response;
  };

  /** What clients wrote, oldest first. */
  get writes(): readonly WriteRecord[] {
    return this.#desk.writes;
  }

  /** How many requests came in all. */
  get requests(): number {
    return this.#desk.requests;
  }

  onInstance(listener: (event: InstanceEvent) => void): void {
    this.#world.fleet.onInstance(listener);
  }

  instances(): readonly { readonly instance: SimulatedInstance; readonly state: 'pending' | 'active' }[] {
    return this.#world.fleet.instances();
  }

  /** What has run and what it has cost so far. */
  bill(): Bill {
    return this.#world.fleet.ledger.bill();
  }

  /** US dollars an hour, for what runs now. */
  hourlyUsd(): number {
    return this.#world.fleet.ledger.hourlyUsd;
  }

  /** From now on; what is under way keeps its times. */
  configure(settings: Partial<VultrSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** A cluster that is there already, without pools. Returns its id. */
  addCluster(cluster: { readonly label: string; readonly region: string; readonly version?: string }): string {
    return addCluster(this.#world, { version: VERSIONS[0] ?? '', ...cluster }).id;
  }

  /** A pool with its nodes booted, as far as there is stock for them. Returns its id. */
  addPool(clusterId: string, pool: NewSimulatedPool): string {
    const cluster = this.#world.clusters.get(clusterId);
    if (cluster === undefined) throw new Error(`there is no simulated cluster ${clusterId}`);
    if ([...cluster.pools.values()].some(({ label }) => label === pool.label)) {
      throw new Error(`the simulated cluster has a pool ${pool.label} already`);
    }
    return addPool(this.#world, cluster, {
      label: pool.label,
      plan: this.#plan(pool.plan),
      node_quantity: pool.quantity,
      min_nodes: pool.minNodes,
      max_nodes: pool.maxNodes,
      auto_scaler: pool.autoScaler,
      tag: pool.tag,
      labels: { ...pool.labels },
      taints: [...(pool.taints ?? [])],
      booted: true,
    }).id;
  }

  /** A change made in the console: checked and carried out like a PATCH, but in no record of writes. */
  changePool(poolId: string, change: PoolChange): void {
    const body = poolPatch.parse({
      node_quantity: change.quantity,
      min_nodes: change.minNodes,
      max_nodes: change.maxNodes,
      auto_scaler: change.autoScaler,
      tag: change.tag,
      labels: change.labels,
    });
    const reply = patchPool(this.#world, this.#pool(poolId), body);
    if (reply.status !== 202) throw new Error(`the pool cannot be changed so: ${JSON.stringify(reply.body)}`);
  }

  /** `true`: plenty; `false`: none; a number: so many more machines. See {@link Shortage} for what a lack does. */
  setStock(planId: string, region: string, available: boolean | number, shortage: Shortage = 'refuse'): void {
    this.#world.stock.set(this.#plan(planId).id, region, available, shortage);
  }

  /** Deletes a machine without VKE's knowing, which builds another after a while; `false`: there is no such machine. */
  deleteInstanceOutside(instanceId: string): boolean {
    return loseMachine(this.#world, instanceId);
  }

  /** All pools, in the order of their creation. */
  pools(): readonly PoolState[] {
    return [...this.#world.clusters.values()].flatMap((cluster) =>
      [...cluster.pools.values()].map((pool) => this.#stateOf(pool)),
    );
  }

  pool(poolId: string): PoolState {
    return this.#stateOf(this.#pool(poolId));
  }

  /** Nothing happens by itself any more, so that a program can end. */
  stop(): void {
    this.#provisioner.stop();
    this.#world.fleet.stop();
    for (const { state } of this.#world.clusters.values()) {
      if (state.kind === 'pending') state.boot.cancel();
    }
  }

  #plan(planId: string): Plan {
    const plan = this.#world.plans.get(planId);
    if (plan === undefined) throw new Error(`there is no simulated plan ${planId}`);
    return plan;
  }

  #pool(poolId: string): NodePool {
    for (const cluster of this.#world.clusters.values()) {
      const pool = cluster.pools.get(poolId);
      if (pool !== undefined) return pool;
    }
    throw new Error(`there is no simulated pool ${poolId}`);
  }

  #stateOf(pool: NodePool): PoolState {
    const count = { pending: 0, active: 0, closing: 0 };
    for (const machine of this.#world.fleet.machinesOf(pool.id)) count[machine.state.kind]++;
    return {
      id: pool.id,
      clusterId: pool.clusterId,
      label: pool.label,
      planId: pool.plan.id,
      quantity: pool.quantity,
      minNodes: pool.minNodes,
      maxNodes: pool.maxNodes,
      ...count,
    };
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
