/**
 * Brings each pool to its quantity, as VKE does, traps included.
 *
 * 1. Too few nodes: it orders as many as there is stock for, and the rest when stock returns.
 * 2. Too many: it destroys nodes picked at random, healthy ones and those already lost alike.
 * 3. A node deleted by its id lowers the quantity with it. One deleted behind VKE's back does not: VKE notices after a
 *    while, and builds another with a new id and name.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { type Cluster, type ClusterView, type NodePool, labelMap, nodeTaints } from './cluster.ts';
import { type Fleet, type FleetContext, draw } from './fleet.ts';
import type { Stock } from './stock.ts';

export interface ProvisionerParts {
  readonly fleet: Fleet;
  readonly stock: Stock;
  readonly view: ClusterView;
  readonly clusters: ReadonlyMap<string, Cluster>;
}

export class Provisioner {
  readonly #context: FleetContext;
  readonly #parts: ProvisionerParts;
  readonly #clock: Clock;
  readonly #victims: RandomStream;
  readonly #lag: RandomStream;
  readonly #notices = new Set<Timer>();

  constructor(context: FleetContext, parts: ProvisionerParts) {
    this.#context = context;
    this.#parts = parts;
    this.#clock = context.clock;
    this.#victims = context.random.stream('vultr/victims');
    this.#lag = context.random.stream('vultr/list-lag');
    parts.stock.onReturn(() => this.#orderEverywhere());
  }

  /** Sets the quantity, which takes effect now; a raise shows in lists after the lag. */
  resize(pool: NodePool, quantity: number): void {
    if (quantity > pool.quantity) {
      pool.lagUntilMs = this.#clock.monotonic() + draw(this.#lag, this.#context.settings().listLagMs);
    }
    pool.quantity = quantity;
    this.#shrink(pool);
    this.#order(pool, { booted: false });
  }

  /** The first nodes of a new pool. `booted`: they are there already. */
  bringUp(pool: NodePool, how: { readonly booted: boolean }): void {
    this.#order(pool, how);
  }

  /** Destroys the node and lowers the quantity by one. */
  deleteNode(pool: NodePool, machineId: string): void {
    pool.quantity--;
    this.#destroy(pool, machineId);
  }

  /** Destroys the node and orders another at once. */
  recycleNode(pool: NodePool, machineId: string): void {
    this.#destroy(pool, machineId);
    this.#order(pool, { booted: false });
  }

  deletePool(pool: NodePool): void {
    pool.quantity = 0;
    pool.unnoticedLosses = 0;
    for (const machine of this.#parts.view.living(pool)) this.#destroy(pool, machine.instance.id);
  }

  /** Somebody deletes the machine behind VKE's back. */
  loseNode(pool: NodePool, machineId: string): void {
    pool.unnoticedLosses++;
    this.#destroy(pool, machineId, () => this.#noticeLater(pool));
  }

  /** Nobody notices anything any more. */
  stop(): void {
    for (const notice of this.#notices) notice.cancel();
    this.#notices.clear();
  }

  #noticeLater(pool: NodePool): void {
    const delayMs = draw(this.#context.random.stream('vultr/recreate'), this.#context.settings().recreateMs);
    const notice = this.#clock.setTimer(delayMs, () => {
      this.#notices.delete(notice);
      pool.unnoticedLosses = Math.max(0, pool.unnoticedLosses - 1);
      this.#order(pool, { booted: false });
    });
    this.#notices.add(notice);
  }

  #shrink(pool: NodePool): void {
    // `undefined` stands for a node that was lost, unnoticed: it may be picked like any other.
    const candidates: (string | undefined)[] = this.#parts.view.living(pool).map((machine) => machine.instance.id);
    for (let lost = 0; lost < pool.unnoticedLosses; lost++) candidates.push(undefined);
    while (candidates.length > pool.quantity) {
      const [victim] = candidates.splice(this.#victims.integer(0, candidates.length - 1), 1);
      if (victim === undefined) pool.unnoticedLosses--;
      else this.#destroy(pool, victim);
    }
  }

  #order(pool: NodePool, how: { readonly booted: boolean }): void {
    const { fleet, stock, view } = this.#parts;
    const missing = (): number => pool.quantity - view.living(pool).length - pool.unnoticedLosses;
    while (missing() > 0 && stock.take(pool.plan, pool.region)) {
      fleet.order({
        clusterId: pool.clusterId,
        instance: {
          poolId: pool.id,
          poolLabel: pool.label,
          planId: pool.plan.id,
          region: pool.region,
          poolLabels: labelMap(pool),
          poolTaints: nodeTaints(pool),
        },
        plan: pool.plan,
        tag: pool.tag,
        userData: pool.userData,
        listedFromMs: pool.lagUntilMs,
        booted: how.booted,
      });
    }
  }

  #orderEverywhere(): void {
    for (const cluster of this.#parts.clusters.values()) {
      for (const pool of cluster.pools.values()) this.#order(pool, { booted: false });
    }
  }

  #destroy(pool: NodePool, machineId: string, whenGone: () => void = () => undefined): void {
    const { fleet, stock } = this.#parts;
    fleet.destroy(machineId, () => {
      stock.giveBack(pool.plan, pool.region);
      whenGone();
    });
  }
}
