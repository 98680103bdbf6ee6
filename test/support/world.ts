/**
 * A world to try the whole product in: VKE in a box, autoscalers in it, all in virtual time and in this process, and an
 * independent judge of every write (invariants.ts). One seed gives one history.
 *
 *     const world = aWorld({ pools: [aPool('web')] });
 *     world.start();
 *     world.apply(deployment('web', 12));
 *     await world.runFor(10 * MINUTE_MS);
 *     await world.end();
 */
import assert from 'node:assert/strict';
import { isTerminal, nodeSpec, podSpec } from '../../sandbox/controllers/shapes.ts';
import type { ControllerTiming } from '../../sandbox/controllers/timing.ts';
import type { AccessControl } from '../../sandbox/kubernetes/access-control.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import type { VultrSettings } from '../../sandbox/vultr/settings.ts';
import type { NewSimulatedPool } from '../../sandbox/vultr/simulated-vultr.ts';
import type { ExpanderService } from '../../src/expander-grpc/expander-service.ts';
import type { DecisionRecord } from '../../src/explain/record.ts';
import { type Options, parseOptions } from '../../src/options/options.ts';
import { TO_BE_DELETED_TAINT } from '../../src/node-groups/taints.ts';
import { type Random, seededRandom } from '../../src/runtime/random.ts';
import { PlanCapacities } from './demand.ts';
import { Invariants } from './invariants.ts';
import type { LogLine } from './recording-logger.ts';
import { Replica } from './replica.ts';
import { Sightings } from './sightings.ts';
import { Verdicts } from './verdicts.ts';
import type { Workload } from './workloads.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;

export interface WorldOptions {
  readonly pools: readonly NewSimulatedPool[];
  /** As on the command line, after {@link QUICK_FLAGS}. */
  readonly flags?: readonly string[];
  /** Default: 1. */
  readonly seed?: number | string;
  readonly vultr?: Partial<VultrSettings>;
  readonly timing?: Partial<ControllerTiming>;
  /** What the autoscalers may do. Default: everything. */
  readonly access?: AccessControl;
  readonly watchSeconds?: { readonly least: number; readonly most: number };
  /** For how long a client may go without hearing of a change, where watches freeze. Default: {@link PROMPT_MS}. */
  readonly stalenessMs?: number;
  readonly onRecord?: (record: DecisionRecord) => void;
  /** Told what each pass decides from, just before it does: the text of a snapshot. */
  readonly onDeciding?: (snapshot: string) => void;
  readonly onLog?: (line: LogLine) => void;
  /** Whom the expander grpc asks. */
  readonly expanderService?: ExpanderService;
}

/** What a cluster waits for ten minutes, it waits for three here; a single autoscaler needs no Lease. */
const QUICK_FLAGS = ['--scale-down-unneeded-time=3m', '--scale-down-delay-after-add=3m', '--leader-elect=false'];
/** Without faults a change is known, and acted on, within this. */
const PROMPT_MS = 15 * SECOND_MS;
/** Two boots and what is between them. */
const SERVED_LIMIT_MS = 10 * MINUTE_MS;
/** The nodes of the beginning register, and the add-ons start. */
const FIRST_MINUTES_MS = 2 * MINUTE_MS;

/** A pool of the plan with 4 CPUs and 8 GB, 1 to 6 nodes, unless said otherwise. */
export function aPool(label: string, rest: Partial<NewSimulatedPool> = {}): NewSimulatedPool {
  return {
    label,
    plan: 'vc2-4c-8gb',
    quantity: rest.minNodes ?? 1,
    minNodes: 1,
    maxNodes: 6,
    autoScaler: true,
    ...rest,
  };
}

export function aWorld(options: WorldOptions): World {
  return new World(options);
}

export class World {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly sandbox: Sandbox;
  readonly invariants: Invariants;
  readonly options: Options;
  /** All that were started, the latest last. */
  readonly replicas: Replica[] = [];
  /** Told of each kill, just before it. */
  onKill: () => void = () => undefined;
  readonly #given: WorldOptions;
  readonly #sightings: Sightings;

  constructor(given: WorldOptions) {
    const { seed = 1, pools, stalenessMs = PROMPT_MS } = given;
    this.#given = given;
    this.random = seededRandom(seed);
    this.options = optionsOf([...QUICK_FLAGS, ...(given.flags ?? [])]);
    this.sandbox = new Sandbox({
      clock: this.clock,
      random: this.random,
      region: 'ewr',
      pools,
      ...(given.vultr !== undefined && { vultr: given.vultr }),
      ...(given.timing !== undefined && { timing: given.timing }),
      ...(given.access !== undefined && { access: given.access }),
    });
    this.#sightings = new Sightings(this.sandbox.store, this.clock);
    const { leaderElection, nodeGroups } = this.options;
    const judged = {
      sandbox: this.sandbox,
      clock: this.clock,
      verdicts: new Verdicts(this.clock),
      sightings: this.#sightings,
      capacities: new PlanCapacities(seed),
      stalenessMs,
      provisionTimeMs: nodeGroups.maxNodeProvisionTimeMs,
    };
    const lease = { namespace: leaderElection.leaseNamespace, name: leaderElection.leaseName };
    this.invariants = new Invariants(judged, leaderElection.enabled ? lease : undefined);
  }

  /** A new autoscaler, with nothing remembered. */
  start(identity = `autoscaler-${this.replicas.length + 1}`): Replica {
    const { watchSeconds = { least: 300, most: 600 }, onRecord, onDeciding, onLog, expanderService } = this.#given;
    const replica = new Replica({
      identity,
      options: this.options,
      sandbox: this.sandbox,
      clock: this.clock,
      random: this.random,
      invariants: this.invariants,
      watchSeconds,
      expanderService,
      onRecord: onRecord ?? (() => undefined),
      onDeciding,
      onLog: onLog ?? (() => undefined),
    });
    this.replicas.push(replica);
    return replica;
  }

  /** Starts an autoscaler and lets the first minutes pass. */
  async begin(): Promise<Replica> {
    const replica = this.start();
    await this.runFor(FIRST_MINUTES_MS);
    return replica;
  }

  /** The autoscaler that was started last. */
  get current(): Replica {
    const replica = this.replicas.at(-1);
    assert.ok(replica !== undefined, 'no autoscaler was started');
    return replica;
  }

  /** Ends the current autoscaler as a rolling update does, and starts another. */
  async restart(): Promise<Replica> {
    await this.current.stopped();
    return this.start();
  }

  /** Gives the current autoscaler these flags too, without a restart. */
  changeFlags(...flags: readonly string[]): void {
    this.current.reconfigure(optionsOf([...QUICK_FLAGS, ...(this.#given.flags ?? []), ...flags]));
  }

  /** The current autoscaler dies in the midst of whatever it does. */
  kill(): void {
    if (!this.current.process.isAlive) return;
    this.onKill();
    this.current.kill();
  }

  /** The same, and another is started. */
  killAndReplace(): Replica {
    this.kill();
    return this.start();
  }

  runFor(durationMs: number): Promise<void> {
    return this.clock.runFor(durationMs);
  }

  /** Until the condition holds; fails when it does not within the limit. Returns how long it took. */
  async until(what: string, condition: () => boolean, limitMs: number): Promise<number> {
    const startMs = this.clock.monotonic();
    const outcome = await this.clock.run(condition, { limitMs });
    assert.equal(outcome, 'reached', `${what}: not within ${limitMs / SECOND_MS} s\n${this.describe()}`);
    return this.clock.monotonic() - startMs;
  }

  /** Until the pods that are wanted now are there and have their nodes. Returns how long it took. */
  async served(limitMs = SERVED_LIMIT_MS): Promise<number> {
    // Controllers need a moment to create what was applied.
    await this.runFor(SECOND_MS);
    return SECOND_MS + (await this.until('every pod has a node', () => this.waitingPods().length === 0, limitMs));
  }

  apply(...workloads: readonly Workload[]): void {
    for (const { resource, object } of workloads) this.sandbox.store.create(resource, object);
  }

  scale(resource: 'deployments' | 'statefulsets', name: string, replicas: number): void {
    this.sandbox.store.update(resource, 'default', name, (current) => ({
      ...current,
      spec: { ...current.spec, replicas },
    }));
  }

  /** Changes a pool's bounds, as somebody does in Vultr's console. */
  editBounds(label: string, bounds: { readonly minNodes?: number; readonly maxNodes?: number }): void {
    const { id } = this.pool(label);
    this.invariants.resizes.boundsChange(id);
    this.sandbox.cloud.changePool(id, bounds);
  }

  pool(label: string): ReturnType<Sandbox['cloud']['pool']> {
    const pool = this.sandbox.cloud.pools().find((one) => one.label === label);
    assert.ok(pool !== undefined, `there is no pool ${label}`);
    return pool;
  }

  /** Of the namespace `default`, where the tests' workloads are. */
  pods(): readonly KubeObject[] {
    return this.sandbox.store.list('pods', 'default');
  }

  waitingPods(): readonly KubeObject[] {
    return this.pods().filter((pod) => (podSpec(pod).nodeName ?? '') === '' && !isTerminal(pod));
  }

  nodes(): readonly KubeObject[] {
    return this.sandbox.store.list('nodes');
  }

  /** Nodes that carry the mark of a removal, or are cordoned; not those that are only likely to go. */
  markedNodes(): readonly string[] {
    return this.nodes()
      .filter((node) => {
        const { taints = [], unschedulable = false } = nodeSpec(node);
        return unschedulable || taints.some(({ key }) => key === TO_BE_DELETED_TAINT);
      })
      .map(({ metadata }) => metadata.name);
  }

  /**
   * Whether every pool has its least nodes, and nothing else is there. A machine that never boots in a pool at its minimum
   * stays (deleting it would pass the minimum), and is no node.
   */
  isAtMinimum(): boolean {
    const pools = this.sandbox.cloud.pools();
    const active = pools.reduce((sum, pool) => sum + pool.active, 0);
    return (
      pools.every(({ quantity, minNodes, closing }) => quantity === minNodes && closing === 0) &&
      this.nodes().length === active
    );
  }

  /** One line a pool, for messages. */
  describe(): string {
    const pools = this.sandbox.cloud.pools().map((pool) => JSON.stringify(pool));
    const waiting = this.waitingPods().map(({ metadata }) => metadata.name);
    return [...pools, `waiting: ${waiting.join(' ')}`, `marked: ${this.markedNodes().join(' ')}`].join('\n');
  }

  /** Ends everything; no invariant may have been broken. */
  async end(): Promise<void> {
    await this.close();
    assert.deepEqual(this.invariants.violations, []);
  }

  /** Ends everything, and leaves it to the caller to ask what the judge has found. */
  async close(): Promise<void> {
    for (const replica of this.replicas) {
      replica.process.resume();
      if (replica.process.isAlive && !replica.hasEnded) await replica.stopped();
      replica.kill();
    }
    this.#sightings.stop();
    this.invariants.stop();
    this.sandbox.stop();
  }
}

function optionsOf(flags: readonly string[]): Options {
  const parsed = parseOptions(flags);
  assert.ok(parsed.ok, `flags: ${JSON.stringify(parsed)}`);
  return parsed.value.options;
}
