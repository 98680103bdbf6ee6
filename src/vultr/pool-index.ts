/**
 * All pools of the cluster: which are managed, and which instance belongs to which. A pool that is no longer listed or no
 * longer managed keeps its memory for a while (deletions, targets), so that a listing that lacks it by mistake does no harm.
 */
import type { NodeGroup } from '../cloud/provider.ts';
import { providerIdOf } from './instances.ts';
import { ManagedPool, type PoolSurroundings } from './managed-pool.ts';
import { didYouMean } from './did-you-mean.ts';
import { VultrNodeGroup, type PlanView } from './node-group.ts';
import type { ListedPools } from './pool-api.ts';
import { readPoolOptions } from './pool-options.ts';
import { AUTOPROVISIONED_TAG, type Bounds } from './selection.ts';
import type { PoolRow } from './wire.ts';

/** How long a pool that vanished is remembered. */
const GONE_MEMORY_MS = 30 * 60_000;
/** Instances that once existed, so that a node without one can be told from a stranger's. */
const MOST_FORMER_INSTANCES = 20_000;

interface Entry {
  readonly pool: ManagedPool;
  readonly group: VultrNodeGroup;
  isManaged: boolean;
  lastSeenMs: number;
}

export class PoolIndex {
  readonly #around: PoolSurroundings;
  readonly #plans: PlanView;
  readonly #entries = new Map<string, Entry>();
  #groups: readonly VultrNodeGroup[] = [];
  #rows: readonly PoolRow[] = [];
  /** By provider id, over all pools of the cluster. */
  #instances: ReadonlyMap<string, { readonly poolId: string; readonly plan: string }> = new Map();
  /** Provider ids in the order in which they were first seen. */
  readonly #everSeen = new Set<string>();

  constructor(around: PoolSurroundings, plans: PlanView) {
    this.#around = around;
    this.#plans = plans;
  }

  /** Managed pools, by label. */
  groups(): readonly NodeGroup[] {
    return this.#groups;
  }

  groupOf(providerID: string): NodeGroup | undefined {
    const entry = this.#entries.get(this.#instances.get(providerID)?.poolId ?? '');
    return entry?.isManaged === true ? entry.group : undefined;
  }

  /** `undefined` for an instance that was never seen: another cluster's, or too young to be listed. */
  hasInstance(providerID: string): boolean | undefined {
    if (this.#instances.has(providerID)) return true;
    return this.#everSeen.has(providerID) ? false : undefined;
  }

  planOf(providerID: string): string | undefined {
    return this.#instances.get(providerID)?.plan;
  }

  /** The plans in use by managed pools. */
  plans(): ReadonlySet<string> {
    return new Set(this.#managed().map(({ pool }) => pool.row.plan));
  }

  hasLabel(label: string): boolean {
    return this.#rows.some((row) => row.label === label);
  }

  /** Takes in the listing of all pools, asked for at `askedAtMs`. */
  apply(listed: ListedPools, askedAtMs: number): void {
    const kept = this.#rows.filter(({ id }) => listed.unreadable.has(id));
    this.#rows = [...listed.pools, ...kept];
    const present = new Set(this.#rows.map(({ id }) => id));
    for (const [id, entry] of this.#entries) {
      if (present.has(id)) continue;
      entry.pool.vanished();
      entry.isManaged = false;
      if (askedAtMs - entry.lastSeenMs > GONE_MEMORY_MS) this.#entries.delete(id);
    }
    for (const row of listed.pools) this.#take(row, askedAtMs);
    this.#warnUnmatched();
    this.#reindex();
  }

  /** Takes a pool that was just created here. */
  adopt(row: PoolRow): NodeGroup {
    this.#rows = [...this.#rows.filter(({ id }) => id !== row.id), row];
    const entry = this.#take(row, this.#around.clock.monotonic()) ?? this.#enter(row, { minSize: 1, maxSize: 1 });
    this.#reindex();
    return entry.group;
  }

  async idle(): Promise<void> {
    for (const { pool } of this.#entries.values()) await pool.exclusive.idle();
  }

  #take(row: PoolRow, askedAtMs: number): Entry | undefined {
    const bounds = this.#around.selection.boundsOf(row);
    const known = this.#entries.get(row.id);
    known?.pool.observe(row, askedAtMs);
    if (known !== undefined) {
      known.isManaged = bounds !== undefined;
      known.lastSeenMs = askedAtMs;
      if (bounds !== undefined) this.#warnAbout(row);
      return known;
    }
    if (bounds === undefined) return undefined;
    this.#warnAbout(row);
    return this.#enter(row, bounds);
  }

  #enter(row: PoolRow, bounds: Bounds): Entry {
    const pool = new ManagedPool(row, bounds, this.#around);
    const group = new VultrNodeGroup(pool, this.#plans);
    const entry: Entry = { pool, group, isManaged: true, lastSeenMs: pool.now() };
    this.#entries.set(row.id, entry);
    return entry;
  }

  #reindex(): void {
    const managed = this.#managed().toSorted(
      (a, b) => compare(a.pool.row.label, b.pool.row.label) || compare(a.pool.id, b.pool.id),
    );
    this.#groups = managed.map(({ group }) => group);
    const instances = new Map<string, { readonly poolId: string; readonly plan: string }>();
    for (const row of this.#rows) {
      for (const { id } of row.nodes) instances.set(providerIdOf(id), { poolId: row.id, plan: row.plan });
    }
    this.#instances = instances;
    for (const id of instances.keys()) this.#everSeen.add(id);
    for (const id of this.#everSeen) {
      if (this.#everSeen.size <= MOST_FORMER_INSTANCES) break;
      if (!instances.has(id)) this.#everSeen.delete(id);
    }
  }

  #managed(): readonly Entry[] {
    return [...this.#entries.values()].filter(({ isManaged }) => isManaged);
  }

  #warnAbout(row: PoolRow): void {
    const { warnings } = this.#around;
    if (row.autoScaler) {
      const advice =
        'Vultr may run its own autoscaler on pools with auto_scaler=true, and the two would undo each other. To be sure, set auto_scaler=false and name the pool with --nodes=<min>:<max>:<pool> or --node-group-auto-discovery.';
      warnings.once('a managed pool has Vultr’s own autoscaling switched on', row.id, { pool: row.label, advice });
    }
    if (row.minNodes > row.maxNodes && row.tag !== AUTOPROVISIONED_TAG) {
      const fields = { pool: row.label, min: row.minNodes, max: row.maxNodes };
      warnings.once('a pool’s minimum is above its maximum; the maximum counts', row.id, fields);
    }
    for (const problem of readPoolOptions(row.labels).problems) {
      warnings.once('an option on a pool is ignored', `${row.id} ${problem}`, { pool: row.label, problem });
    }
  }

  #warnUnmatched(): void {
    const names = this.#rows.flatMap(({ id, label }) => [label, id]);
    for (const name of this.#around.selection.unmatched(this.#rows)) {
      const pools = this.#rows.map(({ label }) => label).join(', ');
      const problem = `no pool has the id or label "${name}"${didYouMean(name, names)}; the cluster has: ${pools}`;
      this.#around.warnings.once('--nodes names a pool that does not exist', name, { problem });
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
