/**
 * A VKE node pool as a node group. Reads answer from the ledger; writes are in resizing.ts and deletion.ts.
 *
 * A pool has no size zero: VKE keeps one node at least, and only deleting the pool ends that.
 */
import type { Instance, NodeGroupOptions, NodeTemplate } from '../cloud/facts.ts';
import type { AskedSize, CloudResult, IsStillDue, NodeGroup } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import { deleteInstances } from './deletion.ts';
import { instancesOf } from './instances.ts';
import { refused, type ManagedPool } from './managed-pool.ts';
import { readPoolOptions } from './pool-options.ts';
import { increase, withdraw } from './resizing.ts';
import { AUTOPROVISIONED_TAG } from './selection.ts';
import type { TemplatePool } from './templates.ts';

/** What a group needs to know of plans. */
export interface PlanView {
  template(pool: TemplatePool): CloudResult<NodeTemplate>;
  pricePerHour(planId: string): number | undefined;
}

export class VultrNodeGroup implements NodeGroup {
  readonly #pool: ManagedPool;
  readonly #plans: PlanView;
  #lastTemplate: { readonly text: string; readonly result: CloudResult<NodeTemplate> } | undefined;

  constructor(pool: ManagedPool, plans: PlanView) {
    this.#pool = pool;
    this.#plans = plans;
  }

  id(): string {
    return this.#pool.id;
  }

  name(): string {
    return this.#pool.row.label;
  }

  minSize(): number {
    return this.#pool.bounds.minSize;
  }

  maxSize(): number {
    return this.#pool.bounds.maxSize;
  }

  targetSize(): number {
    return this.#pool.ledger.targetSize();
  }

  staleUntilMs(): number | undefined {
    return this.#pool.staleUntilMs();
  }

  /** A request for this pool is under way, or its outcome is not known yet; until it is, the pool takes no other. */
  resizing(): boolean {
    return this.#pool.exclusive.isBusy || this.#pool.ledger.isUnsettled();
  }

  nodes(): readonly Instance[] {
    return instancesOf(this.#pool.ledger);
  }

  /** The same object for as long as nothing about it changes, so that what was worked out from it can be kept. */
  templateNodeInfo(): CloudResult<NodeTemplate> {
    const result = this.#plans.template(this.#pool.row);
    const text = JSON.stringify(result);
    if (this.#lastTemplate?.text !== text) this.#lastTemplate = { text, result };
    return this.#lastTemplate.result;
  }

  pricePerHour(): number | undefined {
    return this.#plans.pricePerHour(this.#pool.row.plan);
  }

  getOptions(): NodeGroupOptions {
    return readPoolOptions(this.#pool.row.labels).options;
  }

  debug(): string {
    const { row, ledger, bounds } = this.#pool;
    const departing = row.nodes.filter((node) => ledger.isDeparting(node)).length;
    const sizes = `target ${ledger.targetSize()} (Vultr lists ${row.quantity}), ${ledger.existing()} nodes, ${departing} deleting`;
    return `${row.id} (${row.label}, ${row.plan}) ${bounds.minSize}..${bounds.maxSize}: ${sizes}`;
  }

  exist(): boolean {
    return this.#pool.isListed;
  }

  autoprovisioned(): boolean {
    return this.#pool.row.tag === AUTOPROVISIONED_TAG;
  }

  recall(asked: AskedSize): void {
    this.#pool.recall(asked);
  }

  async increaseSize(delta: number): Promise<CloudResult> {
    return increase(this.#pool, delta);
  }

  /** Vultr builds the nodes of one PATCH one by one, and has no way to take all or none. */
  atomicIncreaseSize(delta: number): Promise<CloudResult> {
    const message = `pool ${this.name()} cannot be given ${delta} nodes all or none: Vultr builds them one by one`;
    return Promise.resolve(failure({ kind: 'unsupported', message }));
  }

  async deleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult> {
    return deleteInstances(this.#pool, { instanceIds, mayPassMinimum: false, isStillDue });
  }

  async forceDeleteNodes(instanceIds: readonly string[], isStillDue?: IsStillDue): Promise<CloudResult> {
    return deleteInstances(this.#pool, { instanceIds, mayPassMinimum: true, isStillDue });
  }

  async decreaseTargetSize(delta: number): Promise<CloudResult> {
    return withdraw(this.#pool, delta);
  }

  create(): Promise<CloudResult<NodeGroup>> {
    return Promise.resolve(refused(`pool ${this.name()} exists already`));
  }

  /**
   * Deletes the pool with its last node, the only way to zero. Refuses pools that this program has not created, and pools
   * with more than one node: these have to be drained and deleted one by one first (I2).
   */
  async delete(): Promise<CloudResult> {
    const pool = this.#pool;
    return pool.exclusive.run(async () => {
      if (!this.autoprovisioned())
        return refused(`pool ${this.name()} was not created by vke-autoscaler and is not deleted by it`);
      const looked = await pool.look();
      if (!looked.ok) return looked.error.kind === 'not-found' ? success(undefined) : looked;
      if (pool.ledger.existing() > 1) return refused(`pool ${this.name()} still has ${pool.ledger.existing()} nodes`);
      const sent = await pool.api.deletePool(pool.id);
      if (!sent.ok && sent.error.kind === 'unknown-outcome') {
        const after = await pool.look();
        return !after.ok && after.error.kind === 'not-found' ? success(undefined) : sent;
      }
      if (!sent.ok && sent.error.kind !== 'not-found') return sent;
      pool.vanished();
      return success(undefined);
    });
  }
}
