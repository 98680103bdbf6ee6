/**
 * The scale-down decision: which nodes go now, and why every other node stays.
 *
 *     survey      each node: going, stays, or a candidate          eligibility.ts
 *     simulate    candidates in order, cumulatively                candidates.ts, removal-simulation.ts
 *     remember    who is unneeded since when, who is unremovable   memory.ts
 *     choose      whose time is up, within the limits              removal-choice.ts
 *
 * 1. Pure: the model is as before when the plan is made, and the same input gives the same plan (I10).
 * 2. Every node that is not simulated is explained exactly once (I6).
 * 3. No node is planned away whose pods a rule, a budget or an annotation protects (I2), or whose pods, those included
 *    that scale-up means to run there, find no place on a node that stays.
 */
import type { Slot } from '../cluster/cluster.ts';
import { unreachable } from '../cluster/invariant.ts';
import type { NodeExplanation } from '../explain/record.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { isReady } from '../node-groups/readiness.ts';
import { inOrderOfRemoval } from './candidates.ts';
import { Destinations } from './destinations.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import type { DrainContext } from './drainability.ts';
import type { Belonging, Candidate, Standing } from './eligibility.ts';
import { belongings, standingOfNode } from './eligibility.ts';
import type { ScaleDownMemory, Unremovable } from './memory.ts';
import { foundUnneeded, foundUnremovable, pruned } from './memory.ts';
import type { PlannedRemoval, ScaleDownInput, ScaleDownPlan } from './plan.ts';
import type { Choice } from './removal-choice.ts';
import { chooseRemovals } from './removal-choice.ts';
import type { Accepted } from './removal-simulation.ts';
import { RemovalSimulation } from './removal-simulation.ts';
import { reasonForRemoval } from './wording.ts';

export type { PlannedRemoval, RemovalInFlight, ScaleDownInput, ScaleDownPlan } from './plan.ts';

export function planScaleDown(input: ScaleDownInput): ScaleDownPlan {
  return input.cluster.trial(() => plan(input));
}

/** What the survey found, by slot in the order of names. */
interface Survey {
  readonly belonging: ReadonlyMap<Slot, Belonging>;
  readonly standings: ReadonlyMap<Slot, Standing>;
}

interface Outcome {
  readonly accepted: readonly Accepted[];
  readonly refused: ReadonlyMap<Slot, NodeReason>;
  readonly simulation: RemovalSimulation;
}

function plan(input: ScaleDownInput): ScaleDownPlan {
  const { cluster, now } = input;
  const survey = surveyNodes(input);
  const lasting = new Map<string, Unremovable>();
  const outcome = simulate(input, survey, lasting);
  const unneeded = outcome.accepted.map(({ candidate }) => candidate.node);
  const living = pruned(input.memory, (name) => uidOf(input, name));
  const memory = foundUnremovable(foundUnneeded(living, unneeded, now), lasting, now);
  const since = ({ node }: Candidate): number => memory.unneeded.get(node.name)?.sinceMs ?? now;
  const choice = chooseRemovals(input, outcome.accepted, since, survey.belonging);
  const removals = choice.chosen.map((removal) => plannedRemoval(removal, outcome.simulation, since, now));
  const explain = new Explaining({ survey, outcome, choice, memory });
  const nodes = [...survey.standings].map(([slot, standing]) => explain.node(cluster.node(slot).name, slot, standing));
  return { removals, nodes, memory };
}

function surveyNodes(input: ScaleDownInput): Survey {
  const { cluster, groups, removals } = input;
  const belonging = belongings(groups, (slot) => cluster.node(slot));
  const inFlight = new Map(removals.map((removal) => [removal.node, removal]));
  const standings = new Map<Slot, Standing>();
  for (const slot of cluster.nodeSlots()) {
    if (cluster.isSimulated(slot)) continue;
    const removal = inFlight.get(cluster.node(slot).name);
    standings.set(slot, standingOfNode(input, slot, belonging.get(slot), removal));
  }
  return { belonging, standings };
}

function simulate(input: ScaleDownInput, { standings }: Survey, lasting: Map<string, Unremovable>): Outcome {
  const { cluster, options, memory, now } = input;
  const context: DrainContext = {
    now,
    options: options.drainability,
    expendablePodsPriorityCutoff: options.expendablePodsPriorityCutoff,
    budgets: new DisruptionBudgets(cluster.podDisruptionBudgets()),
    controller: (uid) => cluster.controller(uid),
  };
  const found = [...standings.values()].flatMap((standing) =>
    standing.kind === 'candidate' ? [standing.candidate] : [],
  );
  const candidates = inOrderOfRemoval(found, cluster, context, memory);
  const simulation = new RemovalSimulation(cluster, context, destinations(input, standings, candidates));
  for (const [slot, { kind }] of standings) if (kind === 'going') simulation.reserve(slot);
  const accepted: Accepted[] = [];
  const refused = new Map<Slot, NodeReason>();
  for (const candidate of candidates) {
    const result = simulation.remove(candidate);
    if (result.kind === 'accepted') {
      accepted.push(result);
      continue;
    }
    refused.set(candidate.slot, result.reason);
    if (!result.lasting) continue;
    const { name, uid } = candidate.node;
    lasting.set(name, { uid, untilMs: now + options.unremovableNodeRecheckMs, reason: result.reason });
  }
  return { accepted, refused, simulation };
}

/** Nodes that stay first; then the candidates, the last to be tried first. */
function destinations(
  { cluster }: ScaleDownInput,
  standings: ReadonlyMap<Slot, Standing>,
  candidates: readonly Candidate[],
): Destinations {
  const staying = [...standings].filter(([, { kind }]) => kind === 'stays').map(([slot]) => slot);
  const slots = [...staying, ...candidates.map(({ slot }) => slot).toReversed()];
  return new Destinations(
    cluster,
    slots.filter((slot) => isReady(cluster.node(slot))),
  );
}

function plannedRemoval(
  removal: Accepted,
  simulation: RemovalSimulation,
  since: (candidate: Candidate) => number,
  now: number,
): PlannedRemoval {
  const { candidate, pods, empty } = removal;
  const { node, slot, group } = candidate;
  return {
    node: node.name,
    uid: node.uid,
    slot,
    providerID: node.providerID,
    groupId: group.state.id,
    groupName: group.state.name,
    empty,
    moves: simulation.moves(pods.evict),
    because: reasonForRemoval(removal, now - since(candidate)),
    pricePerHour: group.state.pricePerHour,
  };
}

/** Puts what was found about each node into words of the record. */
class Explaining {
  readonly #survey: Survey;
  readonly #refused: ReadonlyMap<Slot, NodeReason>;
  readonly #waiting: Choice['waiting'];
  readonly #action: ReadonlyMap<Slot, number>;
  readonly #memory: ScaleDownMemory;

  constructor(found: { survey: Survey; outcome: Outcome; choice: Choice; memory: ScaleDownMemory }) {
    this.#survey = found.survey;
    this.#refused = found.outcome.refused;
    this.#waiting = found.choice.waiting;
    this.#action = new Map(found.choice.chosen.map(({ candidate }, action) => [candidate.slot, action]));
    this.#memory = found.memory;
  }

  node(node: string, slot: Slot, standing: Standing): NodeExplanation {
    const group = this.#survey.belonging.get(slot)?.group.state.name ?? '';
    switch (standing.kind) {
      case 'going':
        return { node, group, utilization: undefined, outcome: { kind: 'being-removed', step: standing.step } };
      case 'stays':
        return { node, group, utilization: standing.utilization, outcome: { kind: 'stays', reason: standing.reason } };
      case 'candidate':
        return { node, group, utilization: standing.candidate.utilization, outcome: this.#outcomeOf(node, slot) };
      default:
        return unreachable(standing);
    }
  }

  #outcomeOf(node: string, slot: Slot): NodeExplanation['outcome'] {
    const refused = this.#refused.get(slot);
    if (refused !== undefined) return { kind: 'stays', reason: refused };
    const reason = this.#waiting.get(slot);
    if (reason !== undefined)
      return { kind: 'unneeded', sinceMs: this.#memory.unneeded.get(node)?.sinceMs ?? 0, reason };
    return { kind: 'removed', action: this.#action.get(slot) ?? 0 };
  }
}

function uidOf({ cluster }: ScaleDownInput, name: string): string | undefined {
  const slot = cluster.slotOf(name);
  return slot === undefined ? undefined : cluster.node(slot).uid;
}
