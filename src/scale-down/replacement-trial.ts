/**
 * Tries out which nodes could go if a group had some more: the removal simulation, with the new nodes among the
 * destinations. They are the last to be filled, one after the other, so that no more are asked for than are needed.
 *
 * Budgets are not asked: nodes that are replaced go one after the other. The model is left as it was found.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { addSimulatedNode } from '../node-groups/simulated-nodes.ts';
import type { GroupTemplate } from '../node-groups/view.ts';
import { Destinations } from './destinations.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import type { Candidate } from './eligibility.ts';
import { NOTHING_KEPT } from './kept-places.ts';
import { Movers } from './movers.ts';
import type { Move } from './parcels.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Accepted } from './removal-simulation.ts';
import { RemovalSimulation } from './removal-simulation.ts';
import { loadsOf } from './simulated-pass.ts';
import type { Survey } from './survey.ts';

/** New nodes of one kind. */
interface NewNodes {
  readonly template: GroupTemplate;
  /** At most so many. */
  readonly most: number;
}

/** A node that can go together with those before it. */
export interface Step {
  readonly removal: Accepted;
  /** How many of the new nodes hold pods by then. */
  readonly used: number;
}

export interface ReplacementTrial {
  /** In the order given, without those that have to stay. */
  readonly steps: readonly Step[];
  /** Where the pods of each node went in the end. */
  readonly moves: ReadonlyMap<Slot, readonly Move[]>;
}

/** A name after which no other comes: where names decide, the new nodes are the last. */
const LAST_NAME = '~';

export function tryReplacing(
  { cluster }: ScaleDownInput,
  survey: Survey,
  candidates: readonly Candidate[],
  more?: NewNodes,
): ReplacementTrial {
  return cluster.trial(() => {
    const fresh = more === undefined ? [] : addNew(cluster, more);
    const going = survey.going.map((slot) => ({ slot, pods: survey.pods(slot) }));
    const loads = loadsOf([...candidates, ...going]);
    const movers = new Movers(cluster, loads);
    const leaving = candidates.map(({ slot }) => slot);
    const others = new Set([...leaving, ...survey.going, ...fresh]);
    const staying = cluster.nodeSlots().filter((slot) => !others.has(slot));
    const simulation = new RemovalSimulation({
      cluster,
      destinations: new Destinations(cluster, movers, {
        staying: staying.filter((slot) => survey.isReady(slot)),
        // Nodes on their way, which the trial holds already, come before those that would be asked for.
        mayGo: [...leaving.toReversed(), ...staying.filter((slot) => cluster.isSimulated(slot)), ...fresh],
        loads,
      }),
      movers,
      budgets: new DisruptionBudgets([]),
      kept: NOTHING_KEPT,
    });
    for (const { slot, pods } of going) simulation.reserve(pods, slot);
    const steps: Step[] = [];
    for (const candidate of candidates) {
      const removal = simulation.remove(candidate);
      if (removal === undefined) continue;
      steps.push({ removal, used: fresh.filter((slot) => simulation.isUsed(slot)).length });
    }
    return { steps, moves: new Map(steps.map(({ removal }) => [removal.candidate.slot, simulation.moves(removal)])) };
  });
}

/** The new nodes, of which none holds anything yet. */
function addNew(cluster: Cluster, { template, most }: NewNodes): readonly Slot[] {
  return Array.from({ length: most }, (_, index) => {
    const name = `${LAST_NAME}${template.node.name}-${String(index).padStart(4, '0')}`;
    return addSimulatedNode(cluster, template, name);
  });
}
