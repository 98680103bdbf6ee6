/** What a plan for scale-up promises: for whom which groups' nodes are on their way. Held against the truth by predictions.ts. */
import type { Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { Placement } from './filter-schedulable.ts';
import type { Demand } from './demand.ts';
import type { Growth } from './growth-plan.ts';
import type { NodePromise } from './predictions.ts';
import { kinOf } from './predictions.ts';

export type NewPromise = Omit<NodePromise, 'sinceMs'>;

export interface Planned {
  readonly placements: readonly Placement[];
  readonly upcoming: ReadonlyMap<Slot, NodeGroupView>;
  readonly demands: readonly Demand[];
  readonly growths: readonly Growth[];
}

/** One for each kin and group, perhaps said more than once: taken as far as they are wanted. */
export function* promisesOf({ placements, upcoming, demands, growths }: Planned): Generator<NewPromise> {
  const asked = new Map<NodeGroupView, number>();
  for (const { view, nodes } of growths) asked.set(view, (asked.get(view) ?? 0) + nodes);
  const promise = (kin: string, view: NodeGroupView): NewPromise => {
    return { kin, groupId: view.state.id, nodes: view.upcoming + (asked.get(view) ?? 0) };
  };
  for (const { placed } of upcoming.size === 0 ? [] : placements) {
    for (const [slot, pods] of placed) {
      const view = upcoming.get(slot);
      if (view !== undefined) for (const kin of kinAmong(pods)) yield promise(kin, view);
    }
  }
  for (const { group, byGroup } of demands) {
    let next = 0;
    for (const { view, pods } of byGroup) {
      for (const kin of kinAmong(group.pods.slice(next, next + pods))) yield promise(kin, view);
      next += pods;
    }
  }
}

/** Siblings mostly come one after the other: each set of them is named once then. */
function* kinAmong(pods: readonly PodFacts[]): Generator<string> {
  let last: string | undefined;
  for (const pod of pods) {
    const kin = kinOf(pod);
    if (kin !== last) yield kin;
    last = kin;
  }
}
