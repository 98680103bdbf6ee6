/**
 * What each node is to the pass before any simulation: going, staying, or a candidate with its pods sorted out.
 *
 * What nodes are by themselves is kept from pass to pass (sweep.ts, known-nodes.ts); what is under way, and what earlier
 * simulations found, is added here.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { NodeExplanation } from '../explain/record.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { cooldownOfGroup } from './cooldown.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import type { Candidate, Standing } from './eligibility.ts';
import { explained } from './explaining.ts';
import { KnownNodes } from './known-nodes.ts';
import type { Load } from './loads.ts';
import type { NodePods } from './node-pods.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Explanations, Swept } from './sweep.ts';
import { explanationsOf, Sweep } from './sweep.ts';

export class Survey {
  readonly #input: ScaleDownInput;
  readonly #budgets: DisruptionBudgets;
  readonly #known: KnownNodes;
  readonly #sweep: Sweep;
  readonly #swept: Swept;

  /** All nodes that are not simulated, in the order of names. */
  readonly slots: readonly Slot[];
  candidates: readonly Candidate[];
  /** In the order of names; then those that stay only for now, in the order in which candidates take pods. */
  staying: readonly Slot[];
  readonly going: readonly Slot[];
  /** Of those that are no candidates, of which there is more to say. */
  explanations: Explanations;

  constructor(input: ScaleDownInput, budgets: DisruptionBudgets) {
    this.#input = input;
    this.#budgets = budgets;
    const { known, sweep } = knownNodes(input);
    this.#known = known;
    this.#sweep = sweep;
    this.#swept = sweep.over(input.groups, known.termsOf(input.groups, input.growth), input.now);
    this.slots = this.#swept.slots;
    const sorted = this.#sorted();
    this.staying = sorted.staying;
    this.going = sorted.going;
    this.explanations = sorted.explanations;
    this.candidates = sorted.candidates.flatMap((slot) => this.#candidate(slot) ?? []);
  }

  groupOf(slot: Slot): NodeGroupView | undefined {
    const index = this.#sweep.groupIndexOf(slot);
    return index === undefined ? undefined : this.#input.groups[index];
  }

  /** What there is to say of a node that is no candidate. */
  explanation(slot: Slot): NodeExplanation | undefined {
    return this.explanations.known[this.slots.indexOf(slot)];
  }

  isReady(slot: Slot): boolean {
    return this.#sweep.found(slot)?.ready === true;
  }

  pods(slot: Slot): NodePods {
    return this.#known.pods(slot, this.#input.now, this.#budgets);
  }

  /** Pods that have left their nodes, by likeness. */
  loadsOf(pods: readonly PodFacts[]): readonly Load[] {
    const [measure] = this.slots;
    return measure === undefined || pods.length === 0 ? [] : this.#known.loadsOf(pods, measure);
  }

  /**
   * The node as a candidate for being replaced by another: how much of it is used, and whether its pods fit elsewhere as
   * things are, does not count against it. `undefined`: something else keeps it.
   */
  replaceable(slot: Slot): Candidate | undefined {
    const group = this.groupOf(slot);
    const found = this.#sweep.found(slot);
    if (group === undefined || found?.ready !== true || this.going.includes(slot)) return undefined;
    const use = useOf(found.standing);
    const node = this.#input.cluster.node(slot);
    const failed = this.#input.memory.unremovable.get(node.name);
    const isFailed = failed?.uid === node.uid && failed.reason.code === 'RemovalFailedRecently';
    if (use === undefined || (isFailed && failed.untilMs > this.#input.now)) return undefined;
    return { slot, node, group, ready: true, ...use, pods: this.pods(slot) };
  }

  /** The node is not to go in the ordinary way. */
  hold(slot: Slot, reason: NodeReason): void {
    const held = this.candidates.find((candidate) => candidate.slot === slot);
    if (held !== undefined) {
      this.candidates = this.candidates.filter((candidate) => candidate !== held);
      this.staying = [...this.staying, slot];
    }
    const utilization = held?.utilization ?? this.explanation(slot)?.utilization;
    const group = this.groupOf(slot)?.state.name ?? '';
    const { name } = this.#input.cluster.node(slot);
    const why = explained(name, group, { kind: 'stays', reason, utilization });
    this.explanations = explanationsOf(this.explanations.known.with(this.slots.indexOf(slot), why));
  }

  /** The nodes that are marked as likely to go, and those of these names; in the order of names. */
  markedOr(unneeded: Iterable<string>): readonly Slot[] {
    const slots = new Set(this.#swept.marked);
    for (const name of unneeded) {
      const slot = this.#input.cluster.slotOf(name);
      if (slot !== undefined) slots.add(slot);
    }
    return slots.size === 0 ? [] : this.slots.filter((slot) => slots.has(slot));
  }

  /** As the nodes are by themselves, but for those of which the pass knows more. */
  #sorted(): Omit<Swept, 'slots' | 'marked'> {
    const others = this.#others();
    if (others.size === 0) return this.#swept;
    const known = (slots: readonly Slot[]): Slot[] => slots.filter((slot) => !others.has(slot));
    const explanations = [...this.#swept.explanations.known];
    const isGoing = new Set(this.#swept.going);
    const forNow: Slot[] = [];
    for (const [position, slot] of this.slots.entries()) {
      const standing = others.get(slot);
      if (standing === undefined) continue;
      if (standing.kind === 'going') isGoing.add(slot);
      else forNow.push(slot);
      const { name } = this.#input.cluster.node(slot);
      explanations[position] = explained(name, this.groupOf(slot)?.state.name ?? '', standing);
    }
    return {
      candidates: known(this.#swept.candidates),
      staying: [...known(this.#swept.staying), ...forNow.toReversed()],
      going: this.slots.filter((slot) => isGoing.has(slot)),
      explanations: explanationsOf(explanations),
    };
  }

  #candidate(slot: Slot): Candidate | undefined {
    const standing = this.#sweep.found(slot)?.standing;
    const group = this.groupOf(slot);
    if (standing?.kind !== 'candidate' || group === undefined) return undefined;
    const { utilization, resource } = standing;
    const node = this.#input.cluster.node(slot);
    return { slot, node, group, ready: this.isReady(slot), utilization, resource, pods: this.pods(slot) };
  }

  // ---- What else the pass knows -------------------------------------------------------------------------------------

  /** Nodes that are more, or less, to this pass than they are by themselves. */
  #others(): ReadonlyMap<Slot, Standing> {
    const others = new Map<Slot, Standing>();
    this.#noteRemembered(others);
    this.#noteDelayed(others);
    // Whatever else is to be said of a node: it goes.
    this.#noteUnderWay(others);
    return others;
  }

  /** What an earlier simulation found. */
  #noteRemembered(others: Map<Slot, Standing>): void {
    const { cluster, memory, now } = this.#input;
    for (const [name, { uid, untilMs, reason }] of memory.unremovable) {
      const slot = cluster.slotOf(name);
      const found = slot === undefined ? undefined : this.#sweep.found(slot);
      if (slot === undefined || found === undefined || cluster.isSimulated(slot)) continue;
      if (!isJudgedByUse(found.standing) || cluster.node(slot).uid !== uid || untilMs <= now) continue;
      others.set(slot, { kind: 'stays', reason: recently(reason, untilMs), utilization: undefined });
    }
  }

  /** Cluster Autoscaler does not look at the nodes of a group that is to be left alone, so that their timers start anew. */
  #noteDelayed(others: Map<Slot, Standing>): void {
    if (!this.#input.options.likeClusterAutoscaler) return;
    for (const slot of this.#swept.candidates) {
      const group = this.groupOf(slot);
      const standing = this.#sweep.found(slot)?.standing;
      if (group === undefined || standing?.kind !== 'candidate' || others.has(slot)) continue;
      const reason = cooldownOfGroup(group.state.id, group.state.name, this.#input);
      if (reason !== undefined) others.set(slot, { kind: 'stays', reason, utilization: standing.utilization });
    }
  }

  #noteUnderWay(others: Map<Slot, Standing>): void {
    const { cluster, groups, removals } = this.#input;
    const leaving = new Set<string>();
    for (const { state, going } of groups) {
      if (going.length === 0) continue;
      for (const instance of state.instances) if (instance.state === 'deleting') leaving.add(instance.id);
    }
    for (const slot of leaving.size === 0 ? [] : this.slots) {
      if (leaving.has(cluster.node(slot).providerID)) {
        others.set(slot, { kind: 'going', step: 'the cloud is deleting it' });
      }
    }
    for (const { node, step } of removals) {
      const slot = cluster.slotOf(node);
      if (slot !== undefined && !cluster.isSimulated(slot)) others.set(slot, { kind: 'going', step });
    }
  }
}

/** How much of the node is used, where that is all that may keep it. */
function useOf(standing: Standing): { readonly utilization: number; readonly resource: string } | undefined {
  if (standing.kind === 'candidate') return standing;
  return standing.kind === 'stays' && standing.reason.code === 'NotUnderutilized' ? standing.reason : undefined;
}

/** Nothing else keeps it: a node that was found unremovable is not judged again so soon. */
function isJudgedByUse(standing: Standing): boolean {
  return standing.kind === 'candidate' || (standing.kind === 'stays' && standing.reason.code === 'NotUnderutilized');
}

function recently(because: NodeReason, untilMs: number): NodeReason {
  return because.code === 'RemovalFailedRecently' ? because : { code: 'RecentlyUnremovable', untilMs, because };
}

const lastOf = new WeakMap<Cluster, { readonly known: KnownNodes; readonly sweep: Sweep }>();

function knownNodes({ cluster, options }: ScaleDownInput): { readonly known: KnownNodes; readonly sweep: Sweep } {
  let last = lastOf.get(cluster);
  if (last?.known.isFor(options) !== true) {
    const known = new KnownNodes(cluster, options);
    lastOf.set(cluster, (last = { known, sweep: new Sweep(cluster, known) }));
  }
  return last;
}
