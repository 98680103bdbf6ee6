/**
 * What PodDisruptionBudgets still allow, shared by all nodes that one pass wants to empty.
 *
 * 1. A pod that the eviction API would refuse keeps its node (I2): its budget is used up, more than one budget covers it
 *    (the API refuses such a pod always), or a budget of its namespace has a selector that cannot be read.
 * 2. What is taken is gone for the rest of the pass, whether or not the node is removed in the end.
 * 3. A pod that is not ready needs no budget where the API asks for none (`unhealthyPodEvictionPolicy`).
 */
import type { Labels, PodDisruptionBudgetFacts, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { selectorMatches } from '../cluster/selectors.ts';

interface Budget {
  readonly facts: PodDisruptionBudgetFacts;
  readonly readable: boolean;
  remaining: number;
}

/** A pod that no budget lets go. */
export interface Refusal {
  readonly pod: PodFacts;
  readonly detail: string;
}

const NO_BUDGETS: readonly Budget[] = [];
const LABEL_SELECTOR_OPERATORS = new Set<string>(['In', 'NotIn', 'Exists', 'DoesNotExist']);

export class DisruptionBudgets {
  readonly #byNamespace = new Map<string, Budget[]>();
  /** Pods of one template share their labels object: matched once per namespace. */
  readonly #matches = new Map<string, WeakMap<Labels, readonly Budget[]>>();

  constructor(budgets: Iterable<PodDisruptionBudgetFacts>) {
    for (const facts of budgets) {
      const budget = { facts, readable: isReadable(facts), remaining: facts.disruptionsAllowed };
      const known = this.#byNamespace.get(facts.namespace);
      if (known === undefined) this.#byNamespace.set(facts.namespace, [budget]);
      else known.push(budget);
    }
    // Whatever the order in which the budgets came, messages name them alike (I10).
    for (const known of this.#byNamespace.values()) known.sort((a, b) => (a.facts.name < b.facts.name ? -1 : 1));
  }

  /** Whether any budget watches over the pod, also one that cannot be read. */
  covers(pod: PodFacts): boolean {
    return this.#matching(pod).length > 0;
  }

  /** Why this pod cannot be evicted now, by itself; `undefined`: it can. */
  refusal(pod: PodFacts): string | undefined {
    const budgets = this.#matching(pod);
    const unreadable = budgets.find((budget) => !budget.readable);
    if (unreadable !== undefined)
      return `the selector of PodDisruptionBudget ${podKey(unreadable.facts)} cannot be read`;
    if (budgets.length > 1) {
      const names = budgets.map((budget) => budget.facts.name).join(', ');
      return `PodDisruptionBudgets ${names} all cover it, and the eviction API refuses a pod of several`;
    }
    const [budget] = budgets;
    if (budget === undefined || !needs(pod, budget.facts) || budget.remaining >= 1) return undefined;
    return `PodDisruptionBudget ${podKey(budget.facts)} allows no disruption now`;
  }

  /** Of the pods that cannot be evicted now the first in name. */
  firstRefused(pods: readonly PodFacts[]): Refusal | undefined {
    if (this.#byNamespace.size === 0) return undefined;
    let first: Refusal | undefined;
    for (const pod of pods) {
      const detail = this.refusal(pod);
      if (detail !== undefined && (first === undefined || podKey(pod) < podKey(first.pod))) first = { pod, detail };
    }
    return first;
  }

  /** Whether the pods may all be evicted at once; otherwise a drain has to wait for budgets to be given back. */
  allowTogether(pods: readonly PodFacts[]): boolean {
    if (this.#byNamespace.size === 0) return true;
    const wanted = new Map<Budget, number>();
    for (const pod of pods) {
      for (const budget of this.#matching(pod)) {
        if (needs(pod, budget.facts)) wanted.set(budget, (wanted.get(budget) ?? 0) + 1);
      }
    }
    return [...wanted].every(([budget, count]) => count <= budget.remaining);
  }

  /** Counts the pods as evicted. A budget may fall below 0: then it lets nothing more go. */
  take(pods: readonly PodFacts[]): void {
    if (this.#byNamespace.size === 0) return;
    for (const pod of pods) {
      for (const budget of this.#matching(pod)) if (needs(pod, budget.facts)) budget.remaining -= 1;
    }
  }

  #matching(pod: PodFacts): readonly Budget[] {
    const known = this.#byNamespace.get(pod.namespace);
    if (known === undefined) return NO_BUDGETS;
    let byLabels = this.#matches.get(pod.namespace);
    if (byLabels === undefined) this.#matches.set(pod.namespace, (byLabels = new WeakMap()));
    let matching = byLabels.get(pod.labels);
    if (matching === undefined) {
      // Which pods an unreadable selector means is unknown: it may be any.
      matching = known.filter((budget) => !budget.readable || selectorMatches(budget.facts.selector, pod.labels));
      byLabels.set(pod.labels, matching);
    }
    return matching;
  }
}

/** Whether evicting the pod uses up the budget, as the eviction API decides it. */
function needs(pod: PodFacts, budget: PodDisruptionBudgetFacts): boolean {
  if (pod.ready || pod.phase !== 'Running') return true;
  switch (budget.unhealthyPodEvictionPolicy) {
    case 'AlwaysAllow':
      return false;
    case 'IfHealthyBudget':
      return budget.desiredHealthy <= 0 || budget.currentHealthy < budget.desiredHealthy;
    default:
      return unreachable(budget.unhealthyPodEvictionPolicy);
  }
}

function isReadable(budget: PodDisruptionBudgetFacts): boolean {
  return (budget.selector?.requirements ?? []).every(
    ({ operator, values }) =>
      LABEL_SELECTOR_OPERATORS.has(operator) && (operator === 'In' || operator === 'NotIn') === values.length > 0,
  );
}
