/**
 * What each node is to the pass before any simulation: going, staying, or a candidate with its pods sorted out.
 *
 * What nodes are by themselves is remembered from pass to pass (known-nodes.ts), so that a quiet pass costs a few
 * comparisons per node; what is under way, and what earlier simulations found, is added here.
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
import type { FoundNode } from './known-nodes.ts';
import { KnownNodes } from './known-nodes.ts';
import type { Load } from './loads.ts';
import type { NodePods } from './node-pods.ts';
import type { ScaleDownInput } from './plan.ts';

export class Survey {
  readonly #input: ScaleDownInput;
  readonly #budgets: DisruptionBudgets;
  readonly #known: KnownNodes;
  readonly #steps: ReadonlyMap<string, string>;
  readonly #leaving = new Set<string>();
  readonly #groups: (NodeGroupView | undefined)[] = [];
  readonly #explanations: (NodeExplanation | undefined)[] = [];
  readonly #found: (FoundNode | undefined)[] = [];

  /** All nodes that are not simulated, in the order of names. */
  readonly slots: Slot[] = [];
  candidates: readonly Candidate[] = [];
  readonly staying: Slot[] = [];
  readonly going: Slot[] = [];

  constructor(input: ScaleDownInput, budgets: DisruptionBudgets) {
    this.#input = input;
    this.#budgets = budgets;
    this.#known = knownNodes(input);
    this.#steps = new Map(input.removals.map(({ node, step }) => [node, step]));
    for (const view of input.groups) {
      for (const slot of view.slots) this.#groups[slot] = view;
      for (const { id, state } of view.state.instances) if (state === 'deleting') this.#leaving.add(id);
    }
    this.#look();
  }

  groupOf(slot: Slot): NodeGroupView | undefined {
    return this.#groups[slot];
  }

  /** What there is to say of a node that is no candidate. */
  explanation(slot: Slot): NodeExplanation | undefined {
    return this.#explanations[slot];
  }

  isReady(slot: Slot): boolean {
    return this.#found[slot]?.ready === true;
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
    const group = this.#groups[slot];
    const found = this.#found[slot];
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
      this.staying.push(slot);
    }
    const utilization = held?.utilization ?? this.#explanations[slot]?.utilization;
    const group = this.#groups[slot]?.state.name ?? '';
    const name = this.#input.cluster.node(slot).name;
    this.#explanations[slot] = explained(name, group, { kind: 'stays', reason, utilization });
  }

  #look(): void {
    const { cluster, groups, growth, now } = this.#input;
    const terms = this.#known.termsOf(groups, growth);
    const candidates: Candidate[] = [];
    for (const slot of cluster.nodeSlots()) {
      if (cluster.isSimulated(slot)) continue;
      this.slots.push(slot);
      const group = this.#groups[slot];
      const found = this.#known.node(slot, group && terms.get(group.state.id), now);
      this.#found[slot] = found;
      const standing = this.#withDelay(group, this.#withMemory(slot, found.standing));
      this.#explanations[slot] =
        standing === found.standing
          ? found.explanation
          : explained(cluster.node(slot).name, group?.state.name ?? '', standing);
      this.#sort(slot, { group, standing, candidates });
    }
    this.candidates = candidates;
  }

  #sort(
    slot: Slot,
    {
      group,
      standing,
      candidates,
    }: { readonly group: NodeGroupView | undefined; readonly standing: Standing; readonly candidates: Candidate[] },
  ): void {
    if (standing.kind === 'going') {
      this.going.push(slot);
    } else if (standing.kind === 'stays' || group === undefined) {
      this.staying.push(slot);
    } else {
      const { utilization, resource } = standing;
      const node = this.#input.cluster.node(slot);
      const ready = this.isReady(slot);
      candidates.push({ slot, node, group, ready, utilization, resource, pods: this.pods(slot) });
    }
  }

  /** Cluster Autoscaler does not look at the nodes of a group that is to be left alone, so that their timers start anew. */
  #withDelay(group: NodeGroupView | undefined, standing: Standing): Standing {
    if (group === undefined || standing.kind !== 'candidate' || !this.#input.options.likeClusterAutoscaler)
      return standing;
    const { id, name } = group.state;
    const reason = cooldownOfGroup(id, name, this.#input);
    return reason === undefined ? standing : { kind: 'stays', reason, utilization: standing.utilization };
  }

  /** With what is under way, and what an earlier simulation found. */
  #withMemory(slot: Slot, standing: Standing): Standing {
    const { cluster, memory, now } = this.#input;
    const isQuiet = this.#steps.size === 0 && this.#leaving.size === 0;
    if (isQuiet && memory.unremovable.size === 0) return standing;
    const node = cluster.node(slot);
    const step =
      this.#steps.get(node.name) ?? (this.#leaving.has(node.providerID) ? 'the cloud is deleting it' : undefined);
    if (step !== undefined) return { kind: 'going', step };
    if (!isJudgedByUse(standing)) return standing;
    const remembered = memory.unremovable.get(node.name);
    if (remembered === undefined || remembered.uid !== node.uid || remembered.untilMs <= now) return standing;
    return { kind: 'stays', reason: recently(remembered.reason, remembered.untilMs), utilization: undefined };
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

const known = new WeakMap<Cluster, KnownNodes>();

function knownNodes({ cluster, options }: ScaleDownInput): KnownNodes {
  let nodes = known.get(cluster);
  if (nodes?.isFor(options) !== true) known.set(cluster, (nodes = new KnownNodes(cluster, options)));
  return nodes;
}
