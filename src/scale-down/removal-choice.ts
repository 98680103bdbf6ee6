/**
 * Which of the removable nodes go now: those whose time is up, within the limits. Empty nodes first, then drains, those
 * that budgets allow at once before those that they hold up.
 *
 * 1. A group never falls below its minimum, removals under way included (I1).
 * 2. The cluster never falls below its minimum of cpu and memory.
 */
import type { Slot } from '../cluster/cluster.ts';
import type { NodeFacts, ResourceList } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { cooldownOf } from './cooldown.ts';
import type { Belonging, Candidate } from './eligibility.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Accepted } from './removal-simulation.ts';
import { notLongEnough } from './unneeded.ts';

export interface Choice {
  /** In the order in which they are to go. */
  readonly chosen: readonly Accepted[];
  /** Why the others wait. */
  readonly waiting: ReadonlyMap<Slot, NodeReason>;
}

/** `since`: when each accepted node became unneeded. */
export function chooseRemovals(
  input: ScaleDownInput,
  accepted: readonly Accepted[],
  since: (candidate: Candidate) => number,
  belonging: ReadonlyMap<Slot, Belonging>,
): Choice {
  const limits = new Limits(input, belonging);
  const cooldown = cooldownOf(input);
  const chosen: Accepted[] = [];
  const waiting = new Map<Slot, NodeReason>();
  for (const removal of inOrderOfChoice(accepted)) {
    const { candidate, pods } = removal;
    const reason =
      notLongEnough(candidate, since(candidate), input.options, input.now) ??
      cooldown ??
      waitsForCompletion(pods.onCompletion[0]) ??
      limits.reached(removal);
    if (reason !== undefined) {
      waiting.set(candidate.slot, reason);
      continue;
    }
    limits.take(removal);
    chosen.push(removal);
  }
  return { chosen, waiting };
}

function inOrderOfChoice(accepted: readonly Accepted[]): readonly Accepted[] {
  return accepted.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ empty, risky }: Accepted): number {
  if (empty) return 0;
  return risky ? 2 : 1;
}

function waitsForCompletion(pod: { namespace: string; name: string } | undefined): NodeReason | undefined {
  return pod && { code: 'BlockedByOnCompletionPod', pod: podKey(pod) };
}

/** What is left of everything that bounds removals. */
class Limits {
  readonly #input: ScaleDownInput;
  /** How many nodes each group can lose, by id. */
  readonly #spare = new Map<string, number>();
  #parallelism: number;
  #drains: number;
  #milliCpu = 0;
  #memoryBytes = 0;

  constructor(input: ScaleDownInput, belonging: ReadonlyMap<Slot, Belonging>) {
    const { cluster, groups, removals, options } = input;
    this.#input = input;
    this.#parallelism = options.maxParallelism - removals.length;
    this.#drains = options.maxDrainParallelism - removals.filter(({ drains }) => drains).length;
    const going = new Set(removals.map(({ node }) => cluster.slotOf(node)));
    for (const { state } of groups) this.#spare.set(state.id, state.targetSize - state.minSize);
    for (const slot of cluster.nodeSlots()) {
      if (cluster.isSimulated(slot)) continue;
      if (going.has(slot)) this.#countGoing(belonging.get(slot));
      else this.#add(cluster.node(slot).capacity, 1);
    }
  }

  reached({ candidate, empty }: Accepted): NodeReason | undefined {
    const { limits, options } = this.#input;
    const { state } = candidate.group;
    if ((this.#spare.get(state.id) ?? 0) <= 0) return { code: 'NodeGroupMinSizeReached', minSize: state.minSize };
    const { cpu, memory } = amountsOf(candidate.node);
    if (this.#milliCpu - cpu < limits.minMilliCpu) {
      return { code: 'ClusterMinimumReached', resource: 'cpu', minimum: limits.minMilliCpu };
    }
    if (this.#memoryBytes - memory < limits.minMemoryBytes) {
      return { code: 'ClusterMinimumReached', resource: 'memory', minimum: limits.minMemoryBytes };
    }
    if (this.#parallelism <= 0) {
      return { code: 'ParallelismLimit', limit: options.maxParallelism, flag: '--max-scale-down-parallelism' };
    }
    if (!empty && this.#drains <= 0) {
      return { code: 'ParallelismLimit', limit: options.maxDrainParallelism, flag: '--max-drain-parallelism' };
    }
    return undefined;
  }

  take({ candidate, empty }: Accepted): void {
    const { id } = candidate.group.state;
    this.#spare.set(id, (this.#spare.get(id) ?? 0) - 1);
    this.#add(candidate.node.capacity, -1);
    this.#parallelism -= 1;
    if (!empty) this.#drains -= 1;
  }

  /** The target still counts a node until the cloud has begun to delete it. */
  #countGoing(belonging: Belonging | undefined): void {
    if (belonging?.instance === undefined || belonging.instance.state === 'deleting') return;
    const { id } = belonging.group.state;
    this.#spare.set(id, (this.#spare.get(id) ?? 0) - 1);
  }

  #add(capacity: ResourceList, sign: 1 | -1): void {
    this.#milliCpu += sign * (capacity['cpu'] ?? 0);
    this.#memoryBytes += sign * (capacity['memory'] ?? 0);
  }
}

function amountsOf({ capacity }: NodeFacts): { readonly cpu: number; readonly memory: number } {
  return { cpu: capacity['cpu'] ?? 0, memory: capacity['memory'] ?? 0 };
}
