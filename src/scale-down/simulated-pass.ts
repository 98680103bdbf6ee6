/**
 * The removal simulation of one pass: which candidates could go together, and why the others could not.
 *
 * When nothing that a simulation looks at has changed since the last one of this model, the last one's outcome is this
 * one's: nothing is simulated again. (simulated-pass.property.test.ts holds it to what is found from scratch.)
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { inOrderOfRemoval } from './candidates.ts';
import { Destinations } from './destinations.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import type { Candidate } from './eligibility.ts';
import type { KeptPlacesByNode } from './kept-places.ts';
import { NOTHING_KEPT } from './kept-places.ts';
import type { Load } from './loads.ts';
import { Movers } from './movers.ts';
import type { ScaleDownOptions } from './options.ts';
import type { NodePods } from './node-pods.ts';
import type { Move } from './parcels.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Accepted, Refused } from './removal-simulation.ts';
import { RemovalSimulation } from './removal-simulation.ts';
import type { Survey } from './survey.ts';

export interface Outcome {
  readonly accepted: readonly Accepted[];
  readonly refused: readonly Refused[];
  /** Where the pods of an accepted candidate went. */
  readonly moves: (removal: Accepted) => readonly Move[];
  /** What the pass after is to know of that. */
  readonly places: KeptPlacesByNode;
}

const NOTHING: Outcome = { accepted: [], refused: [], moves: () => [], places: NOTHING_KEPT };

/** What a simulation is to reckon with. */
export interface Bounds {
  readonly budgets: DisruptionBudgets;
  /** So many nodes may be unneeded. */
  readonly most: number;
  /** Pods without a node that are about to be made. */
  readonly expected: readonly PodFacts[];
}

export function simulateRemovals(input: ScaleDownInput, survey: Survey, { budgets, most, expected }: Bounds): Outcome {
  if (survey.candidates.length === 0) return NOTHING;
  const { cluster, memory, options } = input;
  const candidates = inOrderOfRemoval(survey.candidates, memory, options);
  const seen = sceneOf(cluster, survey, { candidates, kept: memory.places, most, expected });
  const known = last.get(cluster);
  if (known !== undefined && isSame(known.seen, seen)) return ofToday(known.outcome, candidates);
  const outcome = simulate(seen, input, survey, budgets);
  last.set(cluster, { seen, outcome });
  return outcome;
}

function simulate(
  { candidates, kept, most, expected }: Scene,
  { cluster, options }: ScaleDownInput,
  survey: Survey,
  budgets: DisruptionBudgets,
): Outcome {
  const going = survey.going.map((slot) => ({ slot, pods: survey.pods(slot) }));
  const homeless = survey.loadsOf(expected);
  const loads = [...loadsOf([...candidates, ...going]), homeless];
  const movers = new Movers(cluster, loads);
  const isReady = (slot: Slot): boolean => survey.isReady(slot);
  const mayGo = candidates.map(({ slot }) => slot).toReversed();
  const nodes = { staying: survey.staying.filter(isReady), mayGo: mayGo.filter(isReady), loads };
  const destinations = new Destinations(cluster, movers, nodes);
  const simulation = new RemovalSimulation({ cluster, destinations, movers, budgets, kept });
  for (const { slot, pods } of going) simulation.reserve(pods, slot);
  simulation.expect(homeless);
  const accepted: Accepted[] = [];
  const skipped: Refused[] = [];
  let counted = 0;
  for (const candidate of steadyFirst(candidates, simulation)) {
    if (counted >= most) {
      skipped.push(skip(candidate, options));
      continue;
    }
    const removal = simulation.remove(candidate);
    if (removal === undefined) continue;
    accepted.push(removal);
    if (candidate.group.state.options.zeroOrMaxNodeScaling !== true) counted += 1;
  }
  return {
    accepted,
    refused: [...simulation.refused(), ...skipped],
    moves: (removal) => simulation.moves(removal),
    places: simulation.places(accepted),
  };
}

/** Those of which the pass before knows where their pods go, as they are: others are not to take their places. */
function steadyFirst(candidates: readonly Candidate[], simulation: RemovalSimulation): readonly Candidate[] {
  const { steady = [], other = [] } = Object.groupBy(candidates, (one) => (simulation.knows(one) ? 'steady' : 'other'));
  return [...steady, ...other];
}

function skip(candidate: Candidate, { maxParallelism: limit }: ScaleDownOptions): Refused {
  const reason: NodeReason = { code: 'ParallelismLimit', limit, flag: '--max-scale-down-parallelism' };
  return { candidate, reason, lasting: false };
}

/** All that may have to move, of each node. */
export function loadsOf(nodes: readonly { readonly pods: NodePods }[]): (readonly Load[])[] {
  return nodes.flatMap(({ pods }) => (pods.kind === 'movable' ? [pods.loads] : []));
}

// ---- The last simulation of each model ----------------------------------------------------------------------------

/** All that a simulation looks at: equal scenes have equal outcomes. */
interface Scene {
  readonly surroundings: number;
  readonly budgets: number;
  readonly most: number;
  /** All nodes, those of the trial included, with what they are now. */
  readonly slots: readonly Slot[];
  readonly revisions: readonly number[];
  readonly candidates: readonly Candidate[];
  readonly kept: KeptPlacesByNode;
  readonly staying: readonly Slot[];
  readonly ready: readonly boolean[];
  readonly goingPods: readonly NodePods[];
  readonly expected: readonly PodFacts[];
}

const last = new WeakMap<Cluster, { readonly seen: Scene; readonly outcome: Outcome }>();

function sceneOf(
  cluster: Cluster,
  survey: Survey,
  given: Pick<Scene, 'candidates' | 'kept' | 'most' | 'expected'>,
): Scene {
  const slots = cluster.nodeSlots();
  return {
    surroundings: cluster.surroundings.revision,
    budgets: cluster.safeguards.budgetRevision,
    ...given,
    slots,
    revisions: slots.map((slot) => cluster.revisionOf(slot)),
    staying: survey.staying,
    ready: slots.map((slot) => survey.isReady(slot)),
    goingPods: survey.going.map((slot) => survey.pods(slot)),
  };
}

function isSame(a: Scene, b: Scene): boolean {
  return (
    a.surroundings === b.surroundings &&
    a.budgets === b.budgets &&
    a.kept === b.kept &&
    a.most === b.most &&
    areSame(a.slots, b.slots) &&
    areSame(a.revisions, b.revisions) &&
    areSame(a.staying, b.staying) &&
    areSame(a.ready, b.ready) &&
    areSame(a.goingPods, b.goingPods) &&
    areSame(a.expected, b.expected) &&
    a.candidates.length === b.candidates.length &&
    // The pods are the same object as long as they are sorted out in the same way.
    a.candidates.every(
      ({ slot, pods }, index) => slot === b.candidates[index]?.slot && pods === b.candidates[index].pods,
    )
  );
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** The same outcome, about the candidates as this pass found them. */
function ofToday({ accepted, refused, ...rest }: Outcome, candidates: readonly Candidate[]): Outcome {
  const today = new Map(candidates.map((candidate) => [candidate.slot, candidate]));
  const renewed = <T extends { readonly candidate: Candidate }>(one: T): T => {
    return { ...one, candidate: today.get(one.candidate.slot) ?? one.candidate };
  };
  return { accepted: accepted.map(renewed), refused: refused.map(renewed), ...rest };
}
