/** The requests that concern node pools, and their replies as facts. */
import type { CloudError } from '../cloud/facts.ts';
import type { CloudResult } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import { fieldOf, type VultrClient } from './client.ts';
import type { Warnings } from './warnings.ts';
import { decodeCluster, decodePool, isBadRow, type PoolRow } from './wire.ts';

export interface ListedPools {
  readonly pools: readonly PoolRow[];
  /** Ids of rows that could not be read: those pools exist, with contents unknown. */
  readonly unreadable: ReadonlySet<string>;
}

export class PoolApi {
  readonly #client: VultrClient;
  readonly #clusterPath: string;
  readonly #clusterId: string;
  readonly #warnings: Warnings;

  constructor(client: VultrClient, clusterId: string, warnings: Warnings) {
    this.#client = client;
    this.#clusterId = clusterId;
    this.#clusterPath = `/v2/kubernetes/clusters/${encodeURIComponent(clusterId)}`;
    this.#warnings = warnings;
  }

  /** The cluster's region. */
  async region(): Promise<CloudResult<string>> {
    const reply = await this.#client.send({ method: 'GET', path: this.#clusterPath });
    if (!reply.ok) return failure(this.#explainMissing(reply.error));
    const cluster = decodeCluster(fieldOf(reply.value, 'vke_cluster'));
    if (!isBadRow(cluster)) return success(cluster.region);
    return failure({
      kind: 'unavailable',
      message: `Vultr's description of the cluster cannot be read: ${cluster.problem}`,
    });
  }

  /** All pools of the cluster, managed or not. */
  async list(): Promise<CloudResult<ListedPools>> {
    const listed = await this.#client.list(`${this.#clusterPath}/node-pools`, 'node_pools');
    if (!listed.ok) return failure(this.#explainMissing(listed.error));
    const pools = new Map<string, PoolRow>();
    const unreadable = new Set<string>();
    for (const value of listed.value) {
      const pool = this.#decode(value);
      if (isBadRow(pool)) unreadable.add(pool.id);
      else pools.set(pool.id, pool);
    }
    return success({ pools: [...pools.values()], unreadable });
  }

  async read(poolId: string): Promise<CloudResult<PoolRow>> {
    const reply = await this.#client.send({ method: 'GET', path: this.#poolPath(poolId) });
    if (!reply.ok) return reply;
    const pool = this.#decode(fieldOf(reply.value, 'node_pool'));
    if (!isBadRow(pool)) return success(pool);
    return failure({
      kind: 'unavailable',
      message: `Vultr's description of pool ${poolId} cannot be read: ${pool.problem}`,
    });
  }

  /** Returns the quantity that Vultr echoes, `undefined` when it echoes none (an empty body has been seen). */
  async resize(poolId: string, quantity: number): Promise<CloudResult<number | undefined>> {
    const body = { node_quantity: quantity };
    const reply = await this.#client.send({ method: 'PATCH', path: this.#poolPath(poolId), body });
    if (!reply.ok) return reply;
    const echoed = fieldOf(fieldOf(reply.value, 'node_pool'), 'node_quantity');
    return success(typeof echoed === 'number' ? echoed : undefined);
  }

  async deleteNode(poolId: string, nodeId: string, isStillDue: () => Promise<boolean>): Promise<CloudResult> {
    const path = `${this.#poolPath(poolId)}/nodes/${encodeURIComponent(nodeId)}`;
    const reply = await this.#client.send({ method: 'DELETE', path, isStillDue });
    return reply.ok ? success(undefined) : reply;
  }

  /** Returns the pool as the reply shows it, `undefined` when the reply does not show it. */
  async create(body: Readonly<Record<string, unknown>>): Promise<CloudResult<PoolRow | undefined>> {
    const reply = await this.#client.send({ method: 'POST', path: `${this.#clusterPath}/node-pools`, body });
    if (!reply.ok) return reply;
    const pool = this.#decode(fieldOf(reply.value, 'node_pool'));
    return success(isBadRow(pool) ? undefined : pool);
  }

  async deletePool(poolId: string): Promise<CloudResult> {
    const reply = await this.#client.send({ method: 'DELETE', path: this.#poolPath(poolId) });
    return reply.ok ? success(undefined) : reply;
  }

  #poolPath(poolId: string): string {
    return `${this.#clusterPath}/node-pools/${encodeURIComponent(poolId)}`;
  }

  #decode(value: unknown): PoolRow | { readonly id: string; readonly problem: string } {
    const decoded = decodePool(value);
    if (isBadRow(decoded)) {
      this.#warnings.once('a node pool in Vultr’s reply cannot be read and is skipped', decoded.id, {
        pool: decoded.id,
        problem: decoded.problem,
      });
      return decoded;
    }
    for (const { id, problem } of decoded.badNodes) {
      const fields = { pool: decoded.pool.label, node: id, problem };
      this.#warnings.once('a node in Vultr’s reply cannot be read and is skipped', id, fields);
    }
    return decoded.pool;
  }

  #explainMissing(error: CloudError): CloudError {
    if (error.kind !== 'not-found') return error;
    const fix = `There is no VKE cluster ${this.#clusterId} in the account of this API key. Check "cluster_id" in the cloud-config.`;
    return { ...error, message: `${fix} ${error.message}` };
  }
}
