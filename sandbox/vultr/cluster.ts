/** What the simulated VKE knows of clusters and node pools, and how the API shows them. */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { vultrDate } from './dates.ts';
import type { Fleet, Machine } from './fleet.ts';
import type { Plan } from './instances.ts';

export interface PoolLabel {
  readonly id: string;
  readonly key: string;
  readonly value: string;
}

export interface PoolTaint extends PoolLabel {
  readonly effect: string;
}

export interface NodePool {
  readonly id: string;
  readonly clusterId: string;
  readonly region: string;
  readonly label: string;
  readonly plan: Plan;
  readonly createdAtMs: number;
  readonly vpcOnly: boolean;
  updatedAtMs: number;
  tag: string;
  /** How many nodes it shall have. */
  quantity: number;
  minNodes: number;
  maxNodes: number;
  autoScaler: boolean;
  userData: string;
  labels: readonly PoolLabel[];
  taints: readonly PoolTaint[];
  /** Nodes lost behind VKE's back, which it has not noticed yet. */
  unnoticedLosses: number;
  /** Until then (monotonic time) lists show the pool as it was before the last raise. */
  lagUntilMs: number;
}

export interface Cluster {
  readonly id: string;
  readonly region: string;
  readonly createdAtMs: number;
  readonly haControlPlanes: boolean;
  readonly enableFirewall: boolean;
  readonly vpcId: string;
  label: string;
  version: string;
  oidc: unknown;
  state: { readonly kind: 'pending'; readonly boot: Timer } | { readonly kind: 'active' };
  readonly pools: Map<string, NodePool>;
}

/** Shows clusters and pools as JSON, as they are at the time of asking. */
export class ClusterView {
  readonly #clock: Clock;
  readonly #fleet: Fleet;

  constructor(clock: Clock, fleet: Fleet) {
    this.#clock = clock;
    this.#fleet = fleet;
  }

  /** Machines of the pool that are not being destroyed. */
  living(pool: NodePool): readonly Machine[] {
    return this.#fleet.machinesOf(pool.id).filter((machine) => machine.state.kind !== 'closing');
  }

  cluster(cluster: Cluster): object {
    const active = cluster.state.kind === 'active';
    return {
      id: cluster.id,
      firewall_group_id: cluster.enableFirewall ? cluster.id : '',
      label: cluster.label,
      date_created: vultrDate(cluster.createdAtMs),
      cluster_subnet: '10.244.0.0/16',
      service_subnet: '10.96.0.0/12',
      ip: active ? '198.19.0.1' : '0.0.0.0',
      endpoint: `${cluster.id}.vultr-k8s.com`,
      version: cluster.version,
      region: cluster.region,
      status: cluster.state.kind,
      ha_controlplanes: cluster.haControlPlanes,
      ...(cluster.oidc !== undefined && { oidc: cluster.oidc }),
      vpcs: [{ id: cluster.vpcId, version: 1, subnet: '10.1.96.0/20' }],
      node_pools: [...cluster.pools.values()].map((pool) => this.pool(pool)),
    };
  }

  /** As a list shows it: behind the times while a raise lags. */
  pool(pool: NodePool): object {
    const nodes = this.#listed(pool);
    const lags = this.#clock.monotonic() < pool.lagUntilMs;
    const there = nodes.filter((machine) => machine.state.kind !== 'closing').length;
    return this.#pool(pool, lags ? Math.max(1, Math.min(there, pool.quantity)) : pool.quantity);
  }

  /** As the answer to a write shows it: with the quantity that was asked for. */
  poolEcho(pool: NodePool): object {
    return this.#pool(pool, pool.quantity);
  }

  nodes(pool: NodePool): readonly object[] {
    return this.#listed(pool).map((machine) => ({
      id: machine.instance.id,
      label: machine.instance.label,
      date_created: machine.dateCreated,
      status: machine.state.kind === 'closing' ? 'closed' : machine.state.kind,
      ip: machine.mainIp,
    }));
  }

  #pool(pool: NodePool, quantity: number): object {
    const living = this.living(pool);
    const settled = living.length >= pool.quantity && living.every((machine) => machine.state.kind === 'active');
    return {
      id: pool.id,
      date_created: vultrDate(pool.createdAtMs),
      // The real API leaves it out until the first change.
      ...(pool.updatedAtMs > pool.createdAtMs && { date_updated: vultrDate(pool.updatedAtMs) }),
      label: pool.label,
      tag: pool.tag,
      plan: pool.plan.id,
      status: settled ? 'active' : 'pending',
      node_quantity: quantity,
      min_nodes: pool.minNodes,
      max_nodes: pool.maxNodes,
      auto_scaler: pool.autoScaler,
      user_data: pool.userData,
      vpc_only: pool.vpcOnly,
      labels: pool.labels.length === 0 ? null : labelMap(pool),
      taints: nodeTaints(pool),
      nodes: this.nodes(pool),
    };
  }

  #listed(pool: NodePool): readonly Machine[] {
    const nowMs = this.#clock.monotonic();
    return this.#fleet.machinesOf(pool.id).filter((machine) => machine.listedFromMs <= nowMs);
  }
}

/** A pool's labels as its nodes get them. */
export function labelMap(pool: NodePool): Readonly<Record<string, string>> {
  return Object.fromEntries(pool.labels.map(({ key, value }) => [key, value]));
}

/** A pool's taints as its nodes get them. */
export function nodeTaints(pool: NodePool): readonly { key: string; value: string; effect: string }[] {
  return pool.taints.map(({ key, value, effect }) => ({ key, value, effect }));
}
