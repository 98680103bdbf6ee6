/** A small world to act on: a model that hears of everything, a Kubernetes, a cloud and a clock. */
import { setImmediate } from 'node:timers/promises';
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import { NOW_MS, SCALE_DOWN } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import type { PlannedRemoval } from '../scale-down/plan.ts';
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
  readonly pool: FakePool;
  readonly provider: CloudProvider;
  now = NOW_MS;
  leading = true;
  actuator: Actuator;
  readonly seen: ActuationObservation[] = [];
  readonly #drain: Partial<DrainOptions>;

  constructor(cluster: Cluster, drain: Partial<DrainOptions> = {}) {
    this.cluster = cluster;
    this.kubernetes = new FakeKubernetes(cluster);
    this.pool = new FakePool(
      'pool',
      cluster.nodeSlots().map((slot) => cluster.node(slot)),
    );
    this.provider = fakeProvider([this.pool]);
    this.#drain = drain;
    this.actuator = this.restarted();
  }

  /** A new process in the same world. */
  restarted(rest: { readonly dryRun?: boolean } = {}): Actuator {
    this.actuator = new Actuator({
      cluster: this.cluster,
      kubernetes: this.kubernetes,
      provider: this.provider,
      clock: this.#clock(),
      logger: silentLogger,
      mayAct: () => this.leading,
      onProgress: () => undefined,
      scaleDown: { ...SCALE_DOWN, drain: { ...SCALE_DOWN.drain, ...this.#drain } },
      dryRun: rest.dryRun ?? false,
    });
    return this.actuator;
  }

  /** Starts to remove the node: with its pods moving, or as an empty one. */
  async remove(node: string, empty = false): Promise<void> {
    this.actuator.start({ resizes: [], removals: [this.planned(node, empty)], instancesToDelete: [], withdrawals: [] });
    await this.settle();
  }

  planned(name: string, empty: boolean): PlannedRemoval {
    const slot = this.cluster.slotOf(name) ?? -1;
    const { uid, providerID } = this.cluster.node(slot);
    return {
      node: name,
      uid,
      slot,
      providerID,
      groupId: 'pool',
      groupName: 'pool',
      empty,
      moves: [],
      because: 'the test says so',
      pricePerHour: undefined,
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
