/**
 * Which groups are worth packing for in earnest. With very many groups an estimate comes before: as many nodes as the
 * amounts alone make necessary. The expander looks at estimates as it does at real options, and its favourites are packed,
 * one after the other, until it likes one that was packed better than all that are estimated: an estimate is what a group
 * comes to at best.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { Counter } from './counters.ts';
import { chooseOption } from './expander.ts';
import type { ExpanderChain, ExpansionOption } from './expander.ts';
import type { Candidate, GrowthPlan } from './growth-plan.ts';
import { amountsOf, nodesForAmounts } from './lower-bound.ts';
import type { Place } from './places.ts';
import type { PodClass } from './pod-classes.ts';
import type { Prospect } from './prospects.ts';

/** Up to so many groups are all packed for. */
const FEW = 48;
/** Of more, so many are. */
const FINALISTS = 16;

/** Packs for the favourites, and if none of these helps in truth, for the others. `pack`: what the group would do. */
export function candidatesOf(
  plan: GrowthPlan,
  chain: ExpanderChain,
  pack: (prospect: Prospect) => Candidate | undefined,
): readonly Candidate[] {
  const { open } = plan;
  const all = (prospects: readonly Prospect[]): Candidate[] => prospects.flatMap((prospect) => pack(prospect) ?? []);
  if (open.length <= FEW) return all(open);
  const packed: Candidate[] = [];
  const tried = new Set<Prospect>();
  let estimates = estimatesOf(plan);
  while (tried.size < FINALISTS) {
    // What was packed is among the options only where that can end the search.
    const choice = chooseOption<Candidate | Estimate>(
      judgesAlone(chain) ? [...packed, ...estimates] : estimates,
      chain,
    );
    if (choice === undefined || 'company' in choice.option) break;
    const { prospect } = choice.option;
    tried.add(prospect);
    estimates = estimates.filter((option) => option.prospect !== prospect);
    const candidate = pack(prospect);
    if (candidate !== undefined) packed.push(candidate);
  }
  return packed.length > 0 ? packed : all(open.filter((prospect) => !tried.has(prospect)));
}

/** Neither chance nor anybody else has a say, and no choices but the best are to be imitated. */
function judgesAlone({ names, knowledge }: ExpanderChain): boolean {
  return !knowledge.imitates && !names.includes('random') && !names.includes('grpc');
}

function estimatesOf(plan: GrowthPlan): readonly Estimate[] {
  const { open } = plan;
  const crowds = new Map([...new Set(open.map(({ place }) => place))].map((place) => [place, crowdAt(plan, place)]));
  return open.flatMap((prospect) => estimate(prospect, crowds.get(prospect.place)) ?? []);
}

interface Estimate extends ExpansionOption {
  readonly prospect: Prospect;
}

/** The pods that new nodes in a place might take, by what they ask of the node itself. */
interface Crowd {
  readonly parts: readonly { readonly kind: PodClass; readonly requests: ResourceList; pods: number }[];
  /** So many nodes at least, as pods keep each other off them. */
  readonly apart: number;
}

function crowdAt(plan: GrowthPlan, place: Place): Crowd {
  const parts = new Map<string, Crowd['parts'][number]>();
  const apart = new Map<Counter, number>();
  const [first] = plan.open;
  for (const demand of first === undefined ? [] : plan.demands) {
    const pods = plan.mayTakeAt(demand, place);
    if (pods === 0 || first === undefined) continue;
    const kind = first.classes.of(demand.group);
    const key = `${kind.wishes} ${kind.shape}`;
    const part = parts.get(key) ?? { kind, requests: demand.group.example.spec.requests, pods: 0 };
    part.pods += pods;
    parts.set(key, part);
    const ties = place.says(demand.group)?.ties;
    for (const { counter } of ties?.apart ?? []) {
      if (counter.perNode && ties !== undefined && counter.selects(ties.kind)) {
        apart.set(counter, (apart.get(counter) ?? 0) + pods);
      }
    }
  }
  return { parts: [...parts.values()], apart: Math.max(0, ...apart.values()) };
}

function estimate(prospect: Prospect, crowd: Crowd | undefined): Estimate | undefined {
  const { view, template, empty, rejections, classes, demandsOf } = prospect;
  const suited = (crowd?.parts ?? []).flatMap(({ kind, requests, pods }) => {
    const unsuited = kind.rejection ?? rejections.byWishes[kind.wishes] ?? rejections.byShape[kind.shape];
    const example = classes.withShape[kind.shape]?.example;
    return unsuited !== undefined || example === undefined
      ? []
      : [{ demands: demandsOf(example.spec), requests, pods }];
  });
  const pods = suited.reduce((sum, part) => sum + part.pods, 0);
  if (pods === 0) return undefined;
  const nodes = Math.max(1, Math.min(pods, crowd?.apart ?? 0), nodesForAmounts(amountsOf(suited), empty.free));
  return { view, prospect, nodes, pods, requested: sumOf(suited), capacity: template.node.capacity };
}

function sumOf(parts: readonly { readonly requests: ResourceList; readonly pods: number }[]): ResourceList {
  const sum: Record<string, number> = {};
  for (const { requests, pods } of parts) {
    for (const [name, amount] of Object.entries(requests)) sum[name] = (sum[name] ?? 0) + amount * pods;
  }
  return sum;
}
