/**
 * A node group that does not exist yet: node auto-provisioning's proposal. Creating it makes a VKE pool, marked by its tag
 * as created here. Labels of pools are unique in a cluster, so a creation whose reply is lost is found again by its label
 * and never repeated before that was looked for (I4).
 */
import type { Instance, NodeGroupOptions, NodeTemplate } from '../cloud/facts.ts';
import type { CloudResult, NewNodeGroup, NodeGroup } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import { refused } from './managed-pool.ts';
import type { PlanView } from './node-group.ts';
import type { PoolApi } from './pool-api.ts';
import { readPoolOptions } from './pool-options.ts';
import { AUTOPROVISIONED_TAG } from './selection.ts';
import type { PoolRow } from './wire.ts';

interface PlannedSurroundings {
  readonly api: PoolApi;
  readonly plans: PlanView;
  /** Takes a pool that now exists under management. */
  adopt(row: PoolRow): NodeGroup;
}

type Creation =
  | { readonly kind: 'planned' }
  | { readonly kind: 'creating'; readonly result: Promise<CloudResult<NodeGroup>> }
  /** A POST was sent and its reply lost, and the pool was not there when looked for. */
  | { readonly kind: 'uncertain' }
  | { readonly kind: 'created'; readonly group: NodeGroup };

export class PlannedNodeGroup implements NodeGroup {
  readonly #wanted: NewNodeGroup;
  readonly #around: PlannedSurroundings;
  #creation: Creation = { kind: 'planned' };

  constructor(wanted: NewNodeGroup, around: PlannedSurroundings) {
    this.#wanted = wanted;
    this.#around = around;
  }

  id(): string {
    return `planned/${this.#wanted.name}`;
  }

  name(): string {
    return this.#wanted.name;
  }

  minSize(): number {
    return Math.max(1, this.#wanted.minSize);
  }

  maxSize(): number {
    return Math.max(this.minSize(), this.#wanted.maxSize);
  }

  targetSize(): number {
    return 0;
  }

  staleUntilMs(): undefined {
    return undefined;
  }

  nodes(): readonly Instance[] {
    return [];
  }

  templateNodeInfo(): CloudResult<NodeTemplate> {
    const { name, machineType, labels, taints } = this.#wanted;
    return this.#around.plans.template({ id: this.id(), label: name, plan: machineType, labels, taints });
  }

  pricePerHour(): number | undefined {
    return this.#around.plans.pricePerHour(this.#wanted.machineType);
  }

  getOptions(): NodeGroupOptions {
    return readPoolOptions(this.#wanted.labels).options;
  }

  debug(): string {
    return `${this.id()} (${this.#wanted.machineType}) ${this.minSize()}..${this.maxSize()}: ${this.#creation.kind}`;
  }

  exist(): boolean {
    return this.#creation.kind === 'created';
  }

  autoprovisioned(): boolean {
    return true;
  }

  /** Makes the pool, with as many nodes as its minimum says (VKE: one at least). Returns the group that exists then. */
  async create(): Promise<CloudResult<NodeGroup>> {
    if (this.#creation.kind === 'created') return success(this.#creation.group);
    if (this.#creation.kind === 'creating') return this.#creation.result;
    const result = this.#create(this.#creation.kind === 'uncertain');
    this.#creation = { kind: 'creating', result };
    const created = await result;
    if (created.ok) this.#creation = { kind: 'created', group: created.value };
    else this.#creation = { kind: created.error.kind === 'unknown-outcome' ? 'uncertain' : 'planned' };
    return created;
  }

  /** Nothing was asked for a pool that does not exist. */
  recall(): void {}

  increaseSize(): Promise<CloudResult> {
    return this.#refuse();
  }

  atomicIncreaseSize(): Promise<CloudResult> {
    return this.#refuse();
  }

  deleteNodes(): Promise<CloudResult> {
    return this.#refuse();
  }

  forceDeleteNodes(): Promise<CloudResult> {
    return this.#refuse();
  }

  decreaseTargetSize(): Promise<CloudResult> {
    return this.#refuse();
  }

  delete(): Promise<CloudResult> {
    return this.#refuse();
  }

  #refuse(): Promise<CloudResult> {
    return Promise.resolve(refused(`pool ${this.name()} is planned; it takes no requests before it exists`));
  }

  async #create(maybeThere: boolean): Promise<CloudResult<NodeGroup>> {
    if (maybeThere) {
      const found = await this.#find();
      if (!found.ok) return failure({ kind: 'unknown-outcome', message: found.error.message });
      if (found.value !== undefined) return success(this.#around.adopt(found.value));
    }
    const { name, machineType, labels, taints } = this.#wanted;
    const sent = await this.#around.api.create({
      label: name,
      plan: machineType,
      node_quantity: this.minSize(),
      min_nodes: this.minSize(),
      max_nodes: this.maxSize(),
      // VKE's own autoscaler must not take the pool for its own.
      auto_scaler: false,
      tag: AUTOPROVISIONED_TAG,
      labels,
      taints: taints.map(({ key, value, effect }) => ({ key, value, effect })),
    });
    if (sent.ok && sent.value !== undefined) return success(this.#around.adopt(sent.value));
    if (!sent.ok && sent.error.kind !== 'unknown-outcome') return sent;
    const found = await this.#find();
    if (found.ok && found.value !== undefined) return success(this.#around.adopt(found.value));
    const why = sent.ok ? 'Vultr accepted the pool but does not list it yet' : sent.error.message;
    return failure({ kind: 'unknown-outcome', message: why });
  }

  async #find(): Promise<CloudResult<PoolRow | undefined>> {
    const listed = await this.#around.api.list();
    if (!listed.ok) return listed;
    return success(listed.value.pools.find(({ label }) => label === this.#wanted.name));
  }
}
