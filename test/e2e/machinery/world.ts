/** A whole world for stories: a real control plane, the simulated Vultr with its machines, and the program. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeSpec } from '../../../sandbox/controllers/shapes.ts';
import type { NewSimulatedPool } from '../../../sandbox/vultr/simulated-vultr.ts';
import { type AuditedRequest, readAuditLog } from './audit-log.ts';
import { AutoscalerProcess } from './autoscaler.ts';
import type { Binaries } from './binaries.ts';
import { Cloud } from './cloud.ts';
import { ControlPlane, type Replica } from './control-plane.ts';
import { PredictionJudge } from './predictions.ts';
import { applyRbac } from './rbac.ts';
import { RealStore } from './real-store.ts';
import { waitFor } from './waiting.ts';
import { Witness } from './witness.ts';
import { storageClass } from './workloads.ts';

const RUNS = join(import.meta.dirname, '../../../.cache/e2e');
const FIRST_NODES_TIMEOUT_MS = 30_000;
const CALM_TIMEOUT_MS = 120_000;

export interface WorldOptions {
  readonly binaries: Binaries;
  /** The folder of its logs, under .cache/e2e. */
  readonly name: string;
  readonly pools: readonly NewSimulatedPool[];
  readonly addons?: boolean;
  /** The program's rights are not there from the start: a story installs them. */
  readonly bare?: true;
}

export class World {
  readonly binaries: Binaries;
  readonly plane: ControlPlane;
  readonly store: RealStore;
  readonly cloud: Cloud;
  readonly judge: PredictionJudge;
  readonly #replicas = new Set<AutoscalerProcess>();
  #witness: Witness | undefined;

  private constructor(binaries: Binaries, plane: ControlPlane, store: RealStore, cloud: Cloud) {
    this.binaries = binaries;
    this.plane = plane;
    this.store = store;
    this.cloud = cloud;
    this.judge = new PredictionJudge(store);
  }

  /** Ready when the pools' first nodes are; the program does not run yet. */
  static async start({ binaries, name, pools, addons, bare }: WorldOptions): Promise<World> {
    const folder = join(RUNS, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const plane = await ControlPlane.start(binaries, folder);
    if (bare !== true) await applyRbac(plane.admin);
    await plane.admin.create('/apis/storage.k8s.io/v1/storageclasses', storageClass);
    const store = new RealStore(() => plane.admin);
    const cloud = new Cloud({ store, pools, seed: 1, ...(addons !== undefined && { addons }) });
    const world = new World(binaries, plane, store, cloud);
    const nodes = pools.reduce((sum, { quantity }) => sum + quantity, 0);
    try {
      await waitFor(`${nodes} nodes are ready`, FIRST_NODES_TIMEOUT_MS, () => world.schedulableNodes() === nodes);
    } catch (error) {
      await world.stop();
      throw new Error(`the world did not start; refused writes: ${store.failures.join('; ')}`, { cause: error });
    }
    return world;
  }

  /** Nodes without a taint that keeps every pod away. */
  schedulableNodes(): number {
    return this.store.list('nodes').filter((node) => {
      return nodeSpec(node).taints?.some(({ key }) => key.startsWith('node.')) !== true;
    }).length;
  }

  async startReplica(name: Replica, flags: readonly string[] = []): Promise<AutoscalerProcess> {
    const replica = await AutoscalerProcess.start({ plane: this.plane, cloud: this.cloud, name, flags });
    this.#replicas.add(replica);
    return replica;
  }

  async startWitness(): Promise<void> {
    this.#witness = await Witness.start(this.plane);
  }

  get witness(): Witness {
    if (this.#witness === undefined) throw new Error('no witness was started');
    return this.#witness;
  }

  /** Waits until each pool is at its minimum, which a running replica brings about. */
  async calm(): Promise<void> {
    await waitFor('all pools are at their minimum', CALM_TIMEOUT_MS, () =>
      this.cloud.vultr
        .pools()
        .every(({ quantity, minNodes, active, pending }) => quantity === minNodes && active + pending === minNodes),
    );
  }

  /** Those that run. */
  get replicas(): readonly AutoscalerProcess[] {
    return [...this.#replicas].filter((replica) => replica.process.isRunning);
  }

  audit(): readonly AuditedRequest[] {
    return readAuditLog(this.plane.auditPath);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#replicas].map(async (replica) => replica.stop()));
    await this.#witness?.stop();
    this.judge.stop();
    this.store.stop();
    await this.cloud.stop();
    await this.plane.stop();
  }
}
