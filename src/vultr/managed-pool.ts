/**
 * One node pool that is managed: its ledger, its bounds, and fresh looks at it. What is asked of Vultr for this pool is
 * asked one thing at a time (I4).
 */
import type { CloudError } from '../cloud/facts.ts';
import type { AskedSize, CloudResult } from '../cloud/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { failure, success } from '../runtime/result.ts';
import { Exclusive } from './exclusive.ts';
import { isKnownStatus } from './instances.ts';
import type { PoolApi } from './pool-api.ts';
import { PoolLedger } from './pool-ledger.ts';
import type { Bounds, Selection } from './selection.ts';
import type { Warnings } from './warnings.ts';
import type { PoolRow } from './wire.ts';

/**
 * How long after a change made by somebody else the listing may still lack nodes and quantity. Nobody has published it;
 * our own changes need no such wait, since the ledger knows them.
 */
const LISTING_LAG_MS = 30_000;
/** How far our clock and Vultr's may be apart when it is told whether a change is the one that is known. */
const CLOCKS_APART_MS = 2_000;

export interface PoolSurroundings {
  readonly api: PoolApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly warnings: Warnings;
  readonly selection: Selection;
}

export class ManagedPool {
  readonly id: string;
  readonly ledger: PoolLedger;
  readonly exclusive = new Exclusive();
  readonly #around: PoolSurroundings;
  #bounds: Bounds;
  #listed = true;
  #changedHere = false;
  /** When the process before this one asked for what is known of it (wall clock). */
  #recalledAtMs = Number.NEGATIVE_INFINITY;
  #readAtMs: number;

  constructor(row: PoolRow, bounds: Bounds, around: PoolSurroundings) {
    this.id = row.id;
    this.#bounds = bounds;
    this.#around = around;
    this.#readAtMs = around.clock.monotonic();
    this.ledger = new PoolLedger(row, this.#readAtMs);
  }

  get api(): PoolApi {
    return this.#around.api;
  }

  get logger(): Logger {
    return this.#around.logger;
  }

  get row(): PoolRow {
    return this.ledger.listing;
  }

  get bounds(): Bounds {
    return this.#bounds;
  }

  /** Whether the last listing had it. */
  get isListed(): boolean {
    return this.#listed;
  }

  now(): number {
    return this.#around.clock.monotonic();
  }

  /** Takes in what Vultr says of the pool, as of `readAtMs`. */
  observe(row: PoolRow, readAtMs: number): void {
    // A refresh may have asked before, and be answered after, a look at this pool alone.
    if (readAtMs < this.#readAtMs) return;
    this.#readAtMs = readAtMs;
    this.#listed = true;
    this.#bounds = this.#around.selection.boundsOf(row) ?? this.#bounds;
    const stuck = this.ledger.observe(row, this.now());
    for (const node of stuck) {
      const fields = { pool: row.label, node };
      this.#around.warnings.once('a node is still there long after Vultr accepted its deletion', node, fields);
    }
    for (const node of row.nodes) {
      if (isKnownStatus(node.status)) continue;
      const fields = { pool: row.label, node: node.label, status: node.status };
      this.#around.warnings.once('Vultr reports a node status that is not known', node.id, fields);
    }
  }

  /** This process has changed the pool's size: from now on the ledger knows more than the listing. */
  changed(): void {
    this.#changedHere = true;
  }

  /** The ledger learns what the process before this one (this one before its restart, the last leader) has asked for. */
  recall({ size, atMs }: AskedSize): void {
    const ageMs = this.#around.clock.now() - atMs;
    if (ageMs < 0 || ageMs >= LISTING_LAG_MS) return;
    this.#recalledAtMs = Math.max(this.#recalledAtMs, atMs);
    const sinceMs = this.now() - ageMs;
    this.ledger.raisedBefore(size, { sinceMs, untilMs: sinceMs + LISTING_LAG_MS });
  }

  /**
   * For how long the listing may still hide what somebody else has asked for: a quantity worked out from it could be lower
   * than what exists, and VKE would delete nodes at random (I1). What is known of the process before this one is not
   * hidden; a change after that is.
   */
  hiddenForMs(): number {
    const untilMs = this.staleUntilMs();
    return untilMs === undefined ? 0 : untilMs - this.#around.clock.now();
  }

  /** The moment at which that is over, by the wall clock; `undefined`: nothing is hidden. */
  staleUntilMs(): number | undefined {
    const { updatedAtMs, createdAtMs } = this.row;
    if (this.#changedHere || updatedAtMs === undefined || updatedAtMs === createdAtMs) return undefined;
    if (updatedAtMs <= this.#recalledAtMs + CLOCKS_APART_MS) return undefined;
    const ageMs = this.#around.clock.now() - updatedAtMs;
    return ageMs < 0 || ageMs >= LISTING_LAG_MS ? undefined : updatedAtMs + LISTING_LAG_MS;
  }

  vanished(): void {
    this.#listed = false;
  }

  /** Reads the pool now. */
  async look(): Promise<CloudResult> {
    const askedAtMs = this.now();
    const read = await this.api.read(this.id);
    if (read.ok) {
      this.observe(read.value, askedAtMs);
      return success(undefined);
    }
    if (read.error.kind === 'not-found') this.vanished();
    return read;
  }

  /**
   * Makes sure that a change may be asked for: the listing is no older than `freshForMs`, and no earlier outcome is open. An open one is looked
   * up first; while it stays open nothing else is asked (I4).
   */
  async readyForChange(freshForMs: number): Promise<CloudResult> {
    if (!this.#listed || this.ledger.isUnsettled() || this.now() - this.#readAtMs > freshForMs) {
      const looked = await this.look();
      if (!looked.ok) return looked;
    }
    if (!this.ledger.isUnsettled()) return success(undefined);
    const message = `pool ${this.row.label}: the outcome of an earlier request to Vultr is not known yet`;
    return failure({ kind: 'unknown-outcome', message });
  }
}

/** Refused here, before anything is sent. */
export function refused(message: string): { readonly ok: false; readonly error: CloudError } {
  return failure({ kind: 'invalid', message });
}
