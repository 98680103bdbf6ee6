/** A small world to act on: a model that hears of everything, a Kubernetes, a cloud and a clock. */
import { setImmediate } from 'node:timers/promises';
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import { NOW_MS, SCALE_DOWN } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions, ScaleDownOptions } from '../scale-down/options.ts';
import type { PlannedRemoval } from '../scale-down/plan.ts';
import { NO_SOFT_TAINTS } from '../scale-down/plan.ts';
import { Actuator } from './actuator.ts';
import type { ActuationObservation } from './observations.ts';
import { FakeKubernetes } from './fake-kubernetes.test-support.ts';
import { FakePool, fakeProvider } from './fake-cloud.test-support.ts';

/** A promise that the test settles. */
export function held<T>(): { readonly promise: Promise<T>; readonly settle: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, settle: resolve };
}

export class World {
  readonly cluster: Cluster;
  readonly kubernetes: FakeKubernetes;
  /** By id; all nodes are in `pool` unless said. */
  readonly pools: ReadonlyMap<string, FakePool>;
  /** The first pool. */
  readonly pool: FakePool;
  readonly provider: CloudProvider;
  now = NOW_MS;
  leading = true;
  actuator: Actuator;
  readonly seen: ActuationObservation[] = [];
  readonly #drain: Partial<DrainOptions>;

  constructor(cluster: Cluster, drain: Partial<DrainOptions> = {}, poolOf: (node: NodeFacts) => string = () => 'pool') {
    this.cluster = cluster;
    this.kubernetes = new FakeKubernetes(cluster);
    const nodes = cluster.nodeSlots().map((slot) => cluster.node(slot));
    const byPool = Map.groupBy(nodes, poolOf);
    this.pools = new Map([...byPool].map(([id, members]) => [id, new FakePool(id, members)]));
    this.pool = this.pools.values().next().value ?? new FakePool('pool', []);
    this.provider = fakeProvider([...this.pools.values()]);
    this.#drain = drain;
    this.actuator = this.restarted();
  }

  /** A new process in the same world. */
  restarted(rest: { readonly dryRun?: boolean; readonly scaleDown?: Partial<ScaleDownOptions> } = {}): Actuator {
    this.actuator = new Actuator({
      cluster: this.cluster,
      kubernetes: this.kubernetes,
      provider: this.provider,
      clock: this.#clock(),
      logger: silentLogger,
      mayAct: () => this.leading,
      onProgress: () => undefined,
      scaleDown: {
        ...SCALE_DOWN,
        maxDrainParallelism: 10,
        drain: { ...SCALE_DOWN.drain, ...this.#drain },
        ...rest.scaleDown,
      },
      dryRun: rest.dryRun ?? false,
    });
    return this.actuator;
  }

  /** Starts to remove the node: with its pods moving, or as an empty one. */
  async remove(node: string, empty = false): Promise<void> {
    await this.removeAll([this.planned(node, empty)]);
  }

  /** Starts all of these at once. */
  async removeAll(removals: readonly PlannedRemoval[]): Promise<void> {
    this.actuator.start({ resizes: [], removals, instancesToDelete: [], withdrawals: [], softTaints: NO_SOFT_TAINTS });
    await this.settle();
  }

  planned(name: string, empty: boolean, rest: Partial<PlannedRemoval> = {}): PlannedRemoval {
    const slot = this.cluster.slotOf(name) ?? -1;
    const { uid, providerID } = this.cluster.node(slot);
    const groupId = this.provider.nodeGroupForNode(providerID)?.id() ?? '';
    return {
      node: name,
      uid,
      slot,
      providerID,
      groupId,
      groupName: groupId,
      empty,
      moves: [],
      cause: 'underutilized',
      because: 'the test says so',
      pricePerHour: undefined,
      wholeGroup: false,
      ...rest,
    };
  }

  /** Lets time pass, reads the cloud, and looks. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    this.actuator.refreshed(this.now);
    this.actuator.advance();
    await this.settle();
  }

  /** Lets everything answer that is going to. */
  async settle(): Promise<void> {
    await setImmediate();
    await setImmediate();
    this.seen.push(...this.actuator.takeObservations());
  }

  /** How the removal of the node ended, or what it is at. */
  outcome(node: string): string {
    const ended = this.seen.findLast((one) => 'node' in one && one.node === node && one.kind !== 'removal-started');
    const at = this.actuator.removals().find((removal) => removal.node === node)?.step;
    if (at !== undefined) return at;
    return ended?.kind === 'removal-failed' ? `failed: ${ended.message}` : (ended?.kind ?? 'unknown');
  }

  node(name: string): NodeFacts {
    return this.cluster.node(this.cluster.slotOf(name) ?? -1);
  }

  apply(pod: PodFacts): void {
    this.cluster.apply({ kind: 'pod', pod });
  }

  #clock(): Clock {
    return {
      now: () => this.now,
      monotonic: () => this.now,
      setTimer: () => ({ cancel: () => undefined }),
      nextTurn: () => Promise.resolve(),
    };
  }
}
