/** What growth comes to: one resize a group, whatever brought its nodes. */
import type { NodeGroupView } from '../node-groups/view.ts';
import type { Growth } from './growth-plan.ts';

export interface PlannedResize {
  readonly groupId: string;
  readonly groupName: string;
  /** The group's target now, with what is asked for already. */
  readonly from: number;
  readonly delta: number;
  /** How many pending pods the new nodes are for. */
  readonly pods: number;
  readonly because: string;
  /** US dollars an hour for all the new nodes; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
  /** All of them or none, if the cloud can do that. */
  readonly atomic?: boolean;
}

/** One resize a group, in the order of the first growth of each. */
export function resizesOf(growths: readonly Growth[]): PlannedResize[] {
  const first = new Map<NodeGroupView, Growth>();
  for (const growth of growths) {
    const before = first.get(growth.view);
    first.set(growth.view, before === undefined ? growth : together(before, growth));
  }
  return [...first.values()].map(resizeOf);
}

function together(one: Growth, other: Growth): Growth {
  const because = `${one.because}; ${other.because}`;
  return { ...one, nodes: one.nodes + other.nodes, pods: one.pods + other.pods, because };
}

function resizeOf({ view, nodes, pods, because }: Growth): PlannedResize {
  const { id, name, pricePerHour, options } = view.state;
  return {
    ...(options.zeroOrMaxNodeScaling === true ? { atomic: true } : {}),
    groupId: id,
    groupName: name,
    from: view.targetSize,
    delta: nodes,
    pods,
    because,
    pricePerHour: pricePerHour === undefined ? undefined : pricePerHour * nodes,
  };
}
