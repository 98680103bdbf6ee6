/**
 * The machines: each ordered, booting, active, being destroyed, gone. The fleet knows nothing of pool sizes; it carries
 * out orders, keeps the bill, and tells the rest of the sandbox (as an {@link InstanceSource}) what comes and goes.
 *
 * 1. No id and no name is used twice.
 * 2. Each machine has one `created`, at most one `active`, and one `destroyed` event, in this order.
 * 3. Listeners hear events one after the other, never one inside another.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { Random, RandomStream } from '../../src/runtime/random.ts';
import { vultrDate } from './dates.ts';
import { hex, uuid } from './ids.ts';
import type { InstanceEvent, InstanceSource, Plan, SimulatedInstance } from './instances.ts';
import { Ledger } from './ledger.ts';
import { isGpuPlan } from './plans.ts';
import type { DurationRange, VultrSettings } from './settings.ts';

type MachineState =
  | { readonly kind: 'pending'; readonly boot: Timer | undefined }
  | { readonly kind: 'active' }
  /** Being destroyed; `was` is how it still counts for the rest of the sandbox. */
  | { readonly kind: 'closing'; readonly was: 'pending' | 'active'; readonly gone: Timer };

export interface Machine {
  readonly instance: SimulatedInstance;
  readonly plan: Plan;
  readonly clusterId: string;
  readonly tag: string;
  readonly userData: string;
  /** As the API writes it: formatted once, for lists are read often. */
  readonly dateCreated: string;
  readonly mainIp: string;
  readonly internalIp: string;
  /** Lists of VKE hide it before (monotonic time). */
  readonly listedFromMs: number;
  readonly state: MachineState;
}

type Entry = { -readonly [Field in keyof Machine]: Machine[Field] } & { readonly billedFromMs: number };

/** What is ordered. `booted`: it is there already, active; for setting a stage. */
export interface MachineOrder {
  readonly clusterId: string;
  readonly instance: Omit<SimulatedInstance, 'id' | 'label'>;
  readonly plan: Plan;
  readonly tag: string;
  readonly userData: string;
  readonly listedFromMs: number;
  readonly booted: boolean;
}

export interface FleetContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: () => VultrSettings;
}

export class Fleet implements InstanceSource {
  readonly ledger: Ledger;
  readonly #context: FleetContext;
  readonly #ids: RandomStream;
  readonly #machines = new Map<string, Entry>();
  readonly #byPool = new Map<string, Map<string, Entry>>();
  readonly #listeners: ((event: InstanceEvent) => void)[] = [];
  readonly #unheard: InstanceEvent[] = [];
  #telling = false;
  #ordered = 0;

  constructor(context: FleetContext) {
    this.#context = context;
    this.#ids = context.random.stream('vultr/instance-ids');
    this.ledger = new Ledger(context.clock);
  }

  onInstance(listener: (event: InstanceEvent) => void): void {
    this.#listeners.push(listener);
  }

  instances(): readonly { readonly instance: SimulatedInstance; readonly state: 'pending' | 'active' }[] {
    return this.machines().map(({ instance, state }) => ({
      instance,
      state: state.kind === 'closing' ? state.was : state.kind,
    }));
  }

  /** All that exist, those being destroyed included, in the order of their creation. */
  machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  /** Those of one pool, in the order of their creation. */
  machinesOf(poolId: string): readonly Machine[] {
    return [...(this.#byPool.get(poolId)?.values() ?? [])];
  }

  machine(id: string): Machine | undefined {
    return this.#machines.get(id);
  }

  order(order: MachineOrder): Machine {
    const { clock } = this.#context;
    const number = this.#ordered++;
    const instance = {
      ...order.instance,
      id: uuid(this.#ids),
      label: `${order.instance.poolLabel}-${hex(this.#ids, 12)}`,
    };
    const entry: Entry = {
      instance,
      plan: order.plan,
      clusterId: order.clusterId,
      tag: order.tag,
      userData: order.userData,
      dateCreated: vultrDate(clock.now()),
      mainIp: address([198, 18], number),
      internalIp: address([10, 1], number),
      listedFromMs: order.listedFromMs,
      state: { kind: 'active' },
      billedFromMs: this.ledger.begin(instance, order.plan),
    };
    this.#insert(entry);
    this.#tell({ kind: 'created', instance });
    if (order.booted) this.#tell({ kind: 'active', instance });
    else entry.state = { kind: 'pending', boot: this.#startBoot(entry) };
    return entry;
  }

  /** Begins to destroy the machine; `whenGone` is called at the end. Nothing happens to one that is being destroyed. */
  destroy(id: string, whenGone: () => void = () => undefined): void {
    const entry = this.#machines.get(id);
    if (entry === undefined || entry.state.kind === 'closing') return;
    if (entry.state.kind === 'pending') entry.state.boot?.cancel();
    const { clock, random, settings } = this.#context;
    const delayMs = draw(random.stream('vultr/destroy'), settings().destroyMs);
    const gone = clock.setTimer(delayMs, () => {
      this.#machines.delete(id);
      this.#byPool.get(entry.instance.poolId)?.delete(id);
      this.ledger.end(entry.instance, entry.billedFromMs);
      this.#tell({ kind: 'destroyed', instance: entry.instance });
      whenGone();
    });
    entry.state = { kind: 'closing', was: entry.state.kind, gone };
  }

  /** Changes what the pool gives to its nodes, for machines that have yet to join. */
  relabel(id: string, labels: SimulatedInstance['poolLabels'], taints: SimulatedInstance['poolTaints']): void {
    const entry = this.#machines.get(id);
    if (entry !== undefined) entry.instance = { ...entry.instance, poolLabels: labels, poolTaints: taints };
  }

  /** Nothing boots or ends any more. */
  stop(): void {
    for (const { state } of this.#machines.values()) {
      if (state.kind === 'pending') state.boot?.cancel();
      if (state.kind === 'closing') state.gone.cancel();
    }
  }

  #insert(entry: Entry): void {
    const { id, poolId } = entry.instance;
    this.#machines.set(id, entry);
    const ofPool = this.#byPool.get(poolId) ?? new Map<string, Entry>();
    this.#byPool.set(poolId, ofPool.set(id, entry));
  }

  #startBoot(entry: Entry): Timer | undefined {
    const { clock, random, settings } = this.#context;
    const { bootFailureProbability, gpuBootMs, bootMs } = settings();
    const chance = random.stream(`vultr/boot/${entry.plan.id}`);
    const delayMs = draw(chance, isGpuPlan(entry.plan) ? gpuBootMs : bootMs);
    if (chance.next() < bootFailureProbability) return undefined;
    return clock.setTimer(delayMs, () => {
      entry.state = { kind: 'active' };
      this.#tell({ kind: 'active', instance: entry.instance });
    });
  }

  #tell(event: InstanceEvent): void {
    this.#unheard.push(event);
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#unheard.shift(); next !== undefined; next = this.#unheard.shift()) {
        for (const listener of this.#listeners) listener(next);
      }
    } finally {
      this.#telling = false;
    }
  }
}

/** One duration of the range, in whole milliseconds. */
export function draw(random: RandomStream, range: DurationRange): number {
  return random.integer(range.lowest, range.highest);
}

/** The `number`th address below a prefix of 16 bits; past 65,536 machines they repeat. */
function address(prefix: readonly [number, number], number: number): string {
  return `${prefix[0]}.${prefix[1]}.${(number >> 8) & 255}.${number & 255}`;
}
