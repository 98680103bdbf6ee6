/**
 * Judges each change of a pool's size at the moment it arrives at Vultr: I1, and that no node is asked for twice.
 *
 * The bounds and the demand may have changed while the request was on its way: a request is right when it would have
 * been at any time within the last `stalenessMs`. Machines that VKE makes while it is on its way nobody can know of, and no
 * request of Vultr's has a condition: one that is overtaken so is counted, and not held against whoever sent it.
 */
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { PLANS, pricePerHour } from '../../sandbox/vultr/plans.ts';
import type { PoolState } from '../../sandbox/vultr/simulated-vultr.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type PlanCapacities, fill } from './demand.ts';
import type { Sightings } from './sightings.ts';
import type { Verdicts } from './verdicts.ts';

export interface Judged {
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly verdicts: Verdicts;
  readonly sightings: Sightings;
  readonly capacities: PlanCapacities;
  /** For how long somebody may go without hearing of a change. */
  readonly stalenessMs: number;
  /** A machine that has not become a node for so long is given up, and need not be counted on. */
  readonly provisionTimeMs: number;
}

/** Packing in another order may come out by one node differently. */
const SLACK_NODES = 1;

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly untilMs: number;
}

export class ResizeJudge {
  readonly #judged: Judged;
  /** By pool: bounds that held before. */
  readonly #past = new Map<string, Bounds[]>();
  readonly #createdAtMs = new Map<string, number>();
  /** By pool: when a change of its size last left its client. Monotonic. */
  readonly #sentAtMs = new Map<string, number>();
  /** How many were overtaken by machines for which they left no room. */
  overtaken = 0;
  /** Nodes that the last record asks for although no pod needs them. */
  #replacing: { readonly label: string; readonly nodes: number } | undefined;

  constructor(judged: Judged) {
    this.#judged = judged;
    judged.sandbox.cloud.onInstance(({ kind, instance }) => {
      if (kind === 'created') this.#createdAtMs.set(instance.id, judged.clock.monotonic());
      if (kind === 'destroyed') this.#createdAtMs.delete(instance.id);
    });
  }

  /** To be told when a change of the pool's size leaves its client. */
  sent(poolId: string): void {
    this.#sentAtMs.set(poolId, this.#judged.clock.monotonic());
  }

  /** To be told of nodes that a record asks for so that others can go: no pods wait for them, but they have to be cheaper. */
  replaces(label: string, nodes: number, replaced: readonly string[]): void {
    const { sandbox, verdicts } = this.#judged;
    const pool = sandbox.cloud.pools().find((one) => one.label === label);
    this.#replacing = { label, nodes };
    const planOf = new Map(sandbox.cloud.instances().map(({ instance }) => [instance.label, instance.planId]));
    const plans = replaced.flatMap((name) => planOf.get(name) ?? []);
    // A machine that has just died is known to nobody here.
    if (pool === undefined || plans.length < replaced.length) return;
    const before = plans.reduce((sum, plan) => sum + priceOf(plan), 0);
    if (nodes * priceOf(pool.planId) < before) return;
    verdicts.broken('consolidation', `${nodes} nodes of ${label} are not cheaper than ${replaced.join(', ')}`);
  }

  /** To be told before the bounds of the pool are changed. */
  boundsChange(poolId: string): void {
    const { cloud } = this.#judged.sandbox;
    const { minNodes: min, maxNodes: max } = cloud.pool(poolId);
    const past = this.#past.get(poolId) ?? [];
    this.#past.set(poolId, [...past, { min, max, untilMs: this.#judged.clock.monotonic() }]);
  }

  /** The least minimum and the largest maximum that somebody may believe in. */
  bounds(poolId: string): { readonly min: number; readonly max: number; readonly largestMin: number } {
    const { sandbox, clock, stalenessMs } = this.#judged;
    const { minNodes, maxNodes } = sandbox.cloud.pool(poolId);
    const fromMs = clock.monotonic() - stalenessMs;
    const lately = (this.#past.get(poolId) ?? []).filter(({ untilMs }) => untilMs >= fromMs);
    return {
      min: Math.min(minNodes, ...lately.map(({ min }) => min)),
      max: Math.max(maxNodes, ...lately.map(({ max }) => max)),
      largestMin: Math.max(minNodes, ...lately.map(({ min }) => min)),
    };
  }

  /** Carries the request out by `deliver`, at once, and judges what it asked for and what came of it. */
  patch<T>(poolId: string, quantity: number, deliver: () => T): T {
    const { sandbox, verdicts } = this.#judged;
    const before = sandbox.cloud.pool(poolId);
    const freshBefore = this.#fresh();
    const { min, max } = this.bounds(poolId);
    const what = `PATCH of pool ${before.label} from ${before.quantity} to ${quantity}`;
    const unseen = this.#madeSince(poolId, this.#sentAtMs.get(poolId) ?? Infinity);
    const living = before.pending + before.active - unseen;
    if (unseen > 0 && quantity < living + unseen) this.overtaken += 1;
    // Somebody may set a maximum below the quantity, or a minimum above it: a step towards it is no breach.
    if (quantity > max && quantity > before.quantity) verdicts.broken('I1', `${what}: its maximum is ${max}`);
    if (quantity < min && quantity < before.quantity) verdicts.broken('I1', `${what}: its minimum is ${min}`);
    if (quantity < living) verdicts.broken('I1', `${what}: ${living} machines exist`);
    const answer = deliver();
    const after = sandbox.cloud.pool(poolId);
    if (after.closing - before.closing > unseen) verdicts.broken('I1', `${what}: VKE destroyed nodes at random`);
    this.#judgeDemand(what, { before, after, freshBefore });
    return answer;
  }

  /** How many of its machines are younger than that. */
  #madeSince(poolId: string, atMs: number): number {
    const ofPool = this.#judged.sandbox.cloud.instances().filter(({ instance }) => instance.poolId === poolId);
    return ofPool.filter(({ instance }) => (this.#createdAtMs.get(instance.id) ?? 0) > atMs).length;
  }

  /** New machines that the pods that wait leave empty although older ones on their way are filled first. */
  #judgeDemand(
    what: string,
    { before, after, freshBefore }: { before: PoolState; after: PoolState; freshBefore: readonly string[] },
  ): void {
    const { capacities, sightings, stalenessMs, verdicts } = this.#judged;
    const more = after.pending + after.active - before.pending - before.active;
    if (more <= 0) return;
    const older = freshBefore.map((plan) => capacities.emptyNode(plan));
    const newer = Array.from({ length: more }, () => capacities.emptyNode(after.planId));
    const pods = sightings.waitingPods.lately(stalenessMs).map(({ object }) => object);
    fill([...older, ...newer], pods);
    // Nodes that a pool owes to its minimum need no pods.
    const owed = Math.max(0, this.bounds(after.id).largestMin - before.quantity);
    const replacing = this.#replacing?.label === after.label ? this.#replacing.nodes : 0;
    this.#replacing = undefined;
    const unused = newer.filter(({ used }) => !used).length - owed - replacing;
    if (unused <= SLACK_NODES) return;
    const onTheWay = `${older.length} others on their way`;
    verdicts.broken('asked twice', `${what}: ${pods.length} pods wait, with ${onTheWay} ${unused} nodes stay empty`);
  }

  /** The plans of the machines that are on their way to be nodes: not ready yet, or only lately, and not given up. */
  #fresh(): readonly string[] {
    const { sandbox, clock, sightings, stalenessMs, provisionTimeMs } = this.#judged;
    const settled = new Set(sightings.readyNodes.through(stalenessMs).map(({ object }) => object.metadata.name));
    const nowMs = clock.monotonic();
    return sandbox.cloud
      .instances()
      .filter(({ instance }) => !settled.has(instance.label))
      .filter(({ instance }) => nowMs - (this.#createdAtMs.get(instance.id) ?? -Infinity) < provisionTimeMs)
      .map(({ instance }) => instance.planId);
  }
}

/** What a node of the plan costs an hour, in US dollars. */
function priceOf(planId: string): number {
  const plan = PLANS.find(({ id }) => id === planId);
  if (plan === undefined) throw new Error(`there is no plan ${planId}`);
  return pricePerHour(plan);
}
