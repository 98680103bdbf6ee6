/**
 * What was found of each node, remembered for as long as nothing that it was found from has changed: the node and its
 * pods (by revision), its group's terms, the controllers and budgets of its pods, and the time as far as it matters.
 *
 * An answer with this memory is the answer without it (incremental.property.test.ts): the decision stays pure.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { sameJson } from '../cluster/same-json.ts';
import type { NodeExplanation } from '../explain/record.ts';
import { DEFAULT_READINESS_RULES, isReady } from '../node-groups/readiness.ts';
import { isToBeDeleted } from '../node-groups/taints.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import type { DrainContext } from './drainability.ts';
import type { GroupTerms, Standing } from './eligibility.ts';
import { isStarting, standingOfNode, termsOf } from './eligibility.ts';
import { explained } from './explaining.ts';
import { Horizon } from './horizon.ts';
import type { Load } from './loads.ts';
import { Loads, NO_NODE } from './loads.ts';
import type { NodePods } from './node-pods.ts';
import { controllersOf, podsOf } from './node-pods.ts';
import type { ScaleDownOptions } from './options.ts';
import { isMarked } from './soft-taints.ts';

const NO_GROWTH: ReadonlyMap<string, number> = new Map();

/** An answer that was given at one time and holds for a while. */
interface Lasting {
  readonly revision: number;
  readonly atMs: number;
  readonly untilMs: number;
}

export interface FoundNode extends Lasting {
  readonly terms: GroupTerms | undefined;
  readonly standing: Standing;
  readonly ready: boolean;
  /** As likely to go, and not as going. */
  readonly marked: boolean;
  /** `undefined`: a candidate, of which there is more to say. */
  readonly explanation: NodeExplanation | undefined;
}

interface FoundPods extends Lasting {
  readonly pods: NodePods;
  /** Of the budgets that had a say; `undefined`: none was asked. */
  readonly budgetRevision: number | undefined;
  readonly controllers: readonly string[];
}

export class KnownNodes {
  readonly #cluster: Cluster;
  readonly #options: ScaleDownOptions;
  readonly #loads: Loads;
  readonly #nodes: (FoundNode | undefined)[] = [];
  readonly #pods: (FoundPods | undefined)[] = [];
  readonly #terms = new Map<string, GroupTerms>();
  #controllersSeen: number;

  constructor(cluster: Cluster, options: ScaleDownOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#loads = new Loads(cluster);
    this.#controllersSeen = cluster.safeguards.controllerChanges.position;
  }

  isFor(options: ScaleDownOptions): boolean {
    return sameJson(this.#options, options);
  }

  /** What the groups mean for their nodes, by group id: the same object as long as it says the same. */
  termsOf(
    views: readonly NodeGroupView[],
    growth: ReadonlyMap<string, number> = NO_GROWTH,
  ): ReadonlyMap<string, GroupTerms> {
    for (const view of views) {
      const now = termsOf(view, growth.get(view.state.id) ?? 0);
      if (!sameTerms(this.#terms.get(view.state.id), now)) this.#terms.set(view.state.id, now);
    }
    return this.#terms;
  }

  /** The node, whose group has these terms, before any simulation. */
  node(slot: Slot, terms: GroupTerms | undefined, now: number): FoundNode {
    const revision = this.#cluster.revisionOf(slot);
    const known = this.#nodes[slot];
    if (known !== undefined && holds(known, revision, now) && known.terms === terms) return known;
    const horizon = new Horizon(now);
    const standing = standingOfNode(this.#cluster, slot, terms, { options: this.#options, horizon });
    const node = this.#cluster.node(slot);
    const rules = terms?.rules ?? DEFAULT_READINESS_RULES;
    const ready = isReady(node, rules) && !this.#lacksDevices(slot, terms, horizon);
    const found: FoundNode = {
      revision,
      terms,
      atMs: now,
      untilMs: horizon.untilMs,
      standing,
      ready,
      marked: isMarked(node) && !isToBeDeleted(node),
      explanation: explained(node.name, terms?.name ?? '', standing),
    };
    this.#nodes[slot] = found;
    return found;
  }

  /** Cluster Autoscaler takes a node whose devices are still to come for one that is not ready. */
  #lacksDevices(slot: Slot, terms: GroupTerms | undefined, horizon: Horizon): boolean {
    if (!this.#options.likeClusterAutoscaler || terms === undefined) return false;
    return isStarting(this.#cluster, slot, terms, horizon);
  }

  /** The pods of the node, sorted out for its removal. */
  pods(slot: Slot, now: number, budgets: DisruptionBudgets): NodePods {
    this.#forgetByControllers();
    const revision = this.#cluster.revisionOf(slot);
    const { budgetRevision } = this.#cluster.safeguards;
    const known = this.#pods[slot];
    if (known !== undefined && holds(known, revision, now)) {
      if (known.budgetRevision === undefined || known.budgetRevision === budgetRevision) return known.pods;
    }
    const horizon = new Horizon(now);
    const asked = new BudgetQuestion(budgets);
    const context: DrainContext = {
      now,
      horizon,
      options: this.#options.drainability,
      expendablePodsPriorityCutoff: this.#options.expendablePodsPriorityCutoff,
      budgets: asked,
      controller: (uid: string) => this.#cluster.controller(uid),
    };
    const pods = podsOf(this.#cluster, slot, context, this.#loads);
    this.#pods[slot] = {
      revision,
      atMs: now,
      untilMs: horizon.untilMs,
      pods,
      budgetRevision: asked.wasAsked ? budgetRevision : undefined,
      controllers: controllersOf(this.#cluster.podsOn(slot).values()),
    };
    return pods;
  }

  /** Pods that have left their nodes, by likeness; `measure`: a node by which large and small are told apart. */
  loadsOf(pods: readonly PodFacts[], measure: Slot): readonly Load[] {
    return this.#loads.of(pods, measure).map((load) => ({ ...load, from: NO_NODE }));
  }

  /** Forgets what hangs on a controller that has come, gone or changed. */
  #forgetByControllers(): void {
    const { controllerChanges } = this.#cluster.safeguards;
    if (controllerChanges.position === this.#controllersSeen) return;
    const changed = controllerChanges.since(this.#controllersSeen);
    this.#controllersSeen = controllerChanges.position;
    for (const [slot, known] of this.#pods.entries()) {
      if (changed === undefined || known?.controllers.some((uid) => changed.has(uid)) === true) {
        this.#pods[slot] = undefined;
      }
    }
  }
}

/** Notes whether anybody asked. */
class BudgetQuestion {
  readonly #budgets: DisruptionBudgets;
  wasAsked = false;

  constructor(budgets: DisruptionBudgets) {
    this.#budgets = budgets;
  }

  covers(pod: PodFacts): boolean {
    this.wasAsked = true;
    return this.#budgets.covers(pod);
  }
}

/** Whether the answer still holds. A clock that was set back makes it worthless. */
function holds({ revision, atMs, untilMs }: Lasting, current: number, now: number): boolean {
  return revision === current && now >= atMs && now <= untilMs;
}

function sameTerms(a: GroupTerms | undefined, b: GroupTerms): boolean {
  return (
    a !== undefined &&
    a.name === b.name &&
    a.minSize === b.minSize &&
    a.atMinimum === b.atMinimum &&
    a.awaitsStarting === b.awaitsStarting &&
    sameJson(a.options, b.options) &&
    sameJson(a.rules, b.rules) &&
    sameJson(a.expected, b.expected) &&
    sameJson(a.expectedCapacity, b.expectedCapacity)
  );
}
