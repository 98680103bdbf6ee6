/**
 * Grows groups until no more demand can be met: each round packs what is left onto every group that may still grow,
 * and the expander takes one. A group that was taken is not taken again: it already got all that it can hold.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { PodGroup } from './equivalence.ts';
import type { Choice, ExpansionOption } from './expander.ts';
import { chooseOption } from './expander.ts';
import type { Headroom } from './limits.ts';
import type { ScaleUpOptions } from './options.ts';
import type { PackItem } from './packing.ts';
import { pack, sizeOn } from './packing.ts';
import type { Prospect } from './prospects.ts';
import { mayFitProspect } from './prospects.ts';

/** A set of alike pods that ask for new nodes, and what they got so far. */
export interface Demand {
  readonly group: PodGroup;
  /** How many of them have nothing yet. */
  left: number;
  readonly byGroup: { readonly view: NodeGroupView; readonly pods: number }[];
}

/** A group that was taken. */
export interface Growth {
  readonly view: NodeGroupView;
  readonly nodes: number;
  readonly pods: number;
  readonly because: string;
  readonly expander: string;
}

interface Candidate extends ExpansionOption {
  readonly prospect: Prospect;
  /** How many pods of each demand it takes. */
  readonly taken: readonly { readonly demand: Demand; readonly pods: number }[];
}

/** Meets the demands as far as groups and bounds allow; takes from `left` and from the headroom. In the order taken. */
export function grow(
  demands: readonly Demand[],
  prospects: readonly Prospect[],
  headroom: Headroom,
  { expanders, oneChoicePerPass }: Pick<ScaleUpOptions, 'expanders' | 'oneChoicePerPass'>,
): Growth[] {
  const growths: Growth[] = [];
  const open = new Set(prospects.filter(({ view }) => view.blocked === undefined));
  for (;;) {
    const candidates = [...open].flatMap((prospect) => candidate(prospect, demands, headroom) ?? []);
    const choice = chooseOption(candidates, expanders);
    if (choice === undefined) return growths;
    growths.push(take(choice, headroom));
    if (oneChoicePerPass) return growths;
    open.delete(choice.option.prospect);
  }
}

function take({ option, because, expander }: Choice<Candidate>, headroom: Headroom): Growth {
  const { view, nodes, pods, prospect } = option;
  headroom.ask(view, prospect.template.node, nodes);
  for (const taken of option.taken) {
    taken.demand.left -= taken.pods;
    taken.demand.byGroup.push({ view, pods: taken.pods });
  }
  return { view, nodes, pods, because, expander };
}

/** What the group would do for the demands that are left; `undefined`: nothing. */
function candidate(prospect: Prospect, demands: readonly Demand[], headroom: Headroom): Candidate | undefined {
  const { view, template, empty } = prospect;
  const fitting = demands.filter(({ left, group }) => left > 0 && mayFitProspect(prospect, group));
  if (fitting.length === 0) return undefined;
  const sized = fitting.map((demand) => ({ demand, item: itemOf(prospect, demand) }));
  const decreasing = sized
    .map((one) => ({ ...one, size: sizeOn(one.item.demands, prospect.allocatable) }))
    .toSorted((a, b) => b.size - a.size || (a.demand.group.key < b.demand.group.key ? -1 : 1));
  const packing = pack(
    decreasing.map(({ item }) => item),
    empty,
    headroom.allows(view, template.node).nodes,
  );
  if (packing.nodes === 0) return undefined;
  const taken = decreasing
    .map(({ demand }, index) => ({ demand, pods: packing.placed[index] ?? 0 }))
    .filter(({ pods }) => pods > 0);
  return {
    view,
    prospect,
    taken,
    nodes: packing.nodes,
    pods: taken.reduce((sum, { pods }) => sum + pods, 0),
    requested: requestedBy(taken),
    capacity: template.node.capacity,
  };
}

function itemOf({ demandsOf, ties, volumes }: Prospect, { group, left }: Demand): PackItem {
  const { spec } = group.example;
  const ofVolumes = volumes.get(group);
  const demands = ofVolumes === undefined ? demandsOf(spec) : [...demandsOf(spec), ...ofVolumes.own];
  return { spec, demands, count: left, shared: ofVolumes?.shared, ties: ties.get(group) };
}

function requestedBy(taken: Candidate['taken']): ResourceList {
  const sum: Record<string, number> = {};
  for (const { demand, pods } of taken) {
    for (const [name, amount] of Object.entries(demand.group.example.spec.requests)) {
      sum[name] = (sum[name] ?? 0) + amount * pods;
    }
  }
  return sum;
}
