/**
 * A plan of growth in the making: which groups grow by how many nodes, and what each set of pods got so far. Nothing
 * outside is changed until the plan is carried out, so that several can be worked out and compared.
 *
 * 1. A group that was taken is not taken again: it already got all that it can hold.
 * 2. Pods on new nodes of one group count for the pods on those of the others: near, apart and in the spread.
 */
import type { NodeGroupView } from '../node-groups/view.ts';
import { apportion } from './balancing.ts';
import type { Batch } from './batches.ts';
import { batchesOf, itemOf, requestedBy, sharedOut } from './batches.ts';
import type { Branch } from './branch.ts';
import type { Company } from './company.ts';
import type { Counter, Counters } from './counters.ts';
import type { Demand } from './demand.ts';
import type { Choice, ExpansionOption } from './expander.ts';
import { areAlike } from './likeness.ts';
import type { Headroom } from './limits.ts';
import { NewNodes } from './new-nodes.ts';
import { packBeside } from './packing.ts';
import type { Parcel } from './packing-order.ts';
import { withApartFirst } from './packing-order.ts';
import type { Place } from './places.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself, tiesAt } from './prospects.ts';
import type { Part, Reach } from './reach.ts';
import type { Bounds } from './shares.ts';
import { Shares } from './shares.ts';
import type { Suitors } from './suitors.ts';
import type { Ties } from './ties.ts';

/** A group that was taken. */
export interface Growth {
  readonly view: NodeGroupView;
  readonly nodes: number;
  readonly pods: number;
  readonly because: string;
  readonly expander: string;
}

type Taken = Parcel<Demand>;

export interface Candidate extends ExpansionOption {
  readonly prospect: Prospect;
  readonly taken: readonly Taken[];
  readonly company: Company;
}

/** One step of the plan. */
export interface Step extends Growth {
  readonly candidate: Candidate;
  readonly parts: readonly Part[];
}

/** What a plan is made for and from. */
export interface Ground {
  readonly demands: readonly Demand[];
  /** The groups that may grow, in order. */
  readonly open: readonly Prospect[];
  readonly counters: Counters;
  readonly suitors: Suitors;
  /** What is asked for already; not changed. */
  readonly headroom: Headroom;
  readonly reach: Reach;
}

/** What earlier attempts at a plan have taught. */
export interface Terms {
  /** `undefined`: pods that are spread over zones are not divided, and go only where they may go as things are. */
  readonly bounds: Bounds | undefined;
  /** By hostname: counters of which some new node will hold none, so that no node may hold more than the skew. */
  readonly crowded: ReadonlySet<Counter>;
  /** Domains that pods which want to be near those of a counter keep off, as there is too little room. */
  readonly avoided: ReadonlyMap<Counter, ReadonlySet<string>>;
}

export class GrowthPlan {
  readonly #ground: Ground;
  readonly #terms: Terms;
  readonly #shares: Shares | undefined;
  readonly #headroom: Headroom;
  readonly #left: Map<Demand, number>;
  #unmet: number;
  readonly #open: Set<Prospect>;
  readonly #newNodes = new NewNodes();
  readonly #steps: Step[] = [];
  readonly #ties = new Map<Ties, Ties>();
  #branch: Branch | undefined;

  /** `branch`: what is known of plans with the same ground and terms, where several are made. */
  constructor(ground: Ground, terms: Terms, branch?: Branch) {
    this.#branch = branch;
    this.#ground = ground;
    this.#terms = terms;
    this.#shares =
      terms.bounds === undefined ? undefined : new Shares(ground.demands, ground.open, ground.counters, terms.bounds);
    this.#headroom = ground.headroom.copy();
    this.#left = new Map(ground.demands.map((demand) => [demand, demand.left]));
    this.#unmet = ground.demands.reduce((sum, { left }) => sum + left, 0);
    this.#open = new Set(ground.open);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get newNodes(): NewNodes {
    return this.#newNodes;
  }

  get demands(): readonly Demand[] {
    return this.#ground.demands;
  }

  /** The groups that may still be taken. */
  get open(): readonly Prospect[] {
    return [...this.#open];
  }

  /** How many pods of the demand have nothing yet. */
  left(demand: Demand): number {
    return this.#left.get(demand) ?? 0;
  }

  /** What the group would do for the demands that are left, with so many nodes at the most; `undefined`: nothing. */
  candidate(prospect: Prospect, atMost = Number.MAX_SAFE_INTEGER): Candidate | undefined {
    const nodes = this.#ground.reach.most(prospect, this.#headroom, this.#open);
    const most = Math.min(atMost, nodes);
    const make = (): Candidate | undefined => this.pack(prospect, most, this.inOrder(prospect, this.takable(prospect)));
    return this.#branch === undefined ? make() : this.#branch.candidate(prospect, most, make);
  }

  /** How many more nodes of the group there may be, all limits considered. */
  allowed(prospect: Prospect): number {
    return this.#ground.reach.allowed(prospect, this.#headroom, this.#open);
  }

  /** The same, held to all limits. */
  within(option: Candidate): Candidate {
    const { prospect, taken, nodes } = option;
    const most = this.allowed(prospect);
    return nodes <= most ? option : (this.pack(prospect, most, taken) ?? option);
  }

  /** How many pods of the demand the group may still take, room aside. */
  mayTake(demand: Demand, prospect: Prospect): number {
    return this.left(demand) > 0 && suitsItself(prospect, demand.group) ? this.mayTakeAt(demand, prospect.place) : 0;
  }

  /** The same for any group with new nodes in the place that suit the pods. */
  mayTakeAt(demand: Demand, place: Place): number {
    const left = this.left(demand);
    if (left === 0 || !place.mayTake(demand.group, this.#shares !== undefined)) return 0;
    if (this.#terms.avoided.size > 0 && this.#avoids(demand, place)) return 0;
    return Math.min(left, this.#shares?.left(demand.group, place) ?? left);
  }

  take({ option, because, expander }: Choice<Candidate>): void {
    const { view, nodes, pods, prospect, taken, company } = option;
    const parts = this.#ground.reach.parts(prospect, nodes, this.#headroom, this.#open);
    this.#branch = this.#branch?.after(option);
    this.#open.delete(prospect);
    for (const part of parts) {
      this.#open.delete(part.prospect);
      this.#headroom.ask(part.prospect.view, part.prospect.template.node, part.nodes);
    }
    for (const { demand, pods: some } of taken) {
      this.#left.set(demand, this.left(demand) - some);
      this.#unmet -= some;
      this.#shares?.take(demand.group, prospect.place, some);
    }
    this.#newNodes.add(prospect.place, company);
    this.#steps.push({ view, nodes, pods, because, expander, candidate: option, parts });
  }

  /** Adds to why each step was taken. */
  remark(words: string): void {
    this.#steps.splice(0, Infinity, ...this.#steps.map((step) => ({ ...step, because: `${step.because}; ${words}` })));
  }

  /** The shares that nobody took. */
  get untaken(): ReturnType<Shares['untaken']> | readonly [] {
    return this.#shares?.untaken() ?? [];
  }

  /** Pods that have nothing yet. */
  get unmet(): number {
    return this.#unmet;
  }

  /** New nodes in all. */
  get nodes(): number {
    return this.#steps.reduce((sum, { nodes }) => sum + nodes, 0);
  }

  /** Makes it so: the demands and the headroom know of it from now on. In the order taken. */
  carryOut(): Growth[] {
    const { headroom } = this.#ground;
    for (const { parts, candidate } of this.#steps) {
      for (const { prospect, nodes } of parts) headroom.ask(prospect.view, prospect.template.node, nodes);
      for (const { demand, pods } of candidate.taken) {
        demand.left -= pods;
        const shares = apportion(pods, sizesOf(parts));
        for (const [index, { prospect }] of parts.entries()) {
          const some = shares[index] ?? 0;
          if (some > 0) demand.byGroup.push({ view: prospect.view, pods: some });
        }
      }
    }
    return this.#steps.flatMap(growthsOf);
  }

  /** New nodes of the group, `most` at the most, with these pods in this order. */
  pack(prospect: Prospect, most: number, wanted: readonly Taken[]): Candidate | undefined {
    if (most <= 0 || wanted.length === 0) return undefined;
    const batches = this.#batchesOf(prospect, wanted);
    const items = batches.map(({ parts: [first], pods }) =>
      itemOf(prospect, first.demand.group, pods, this.#tiesAt(prospect, first.demand)),
    );
    const around = this.#newNodes.around(prospect.place);
    const packing = packBeside(items, prospect.empty, most, { counters: this.#ground.counters, around });
    if (packing.nodes === 0) return undefined;
    const taken = sharedOut(batches, packing.placed);
    return {
      view: prospect.view,
      prospect,
      taken,
      company: packing.company,
      nodes: this.#ground.reach.grown(prospect, packing.nodes),
      pods: taken.reduce((sum, { pods }) => sum + pods, 0),
      requested: requestedBy(taken),
      capacity: prospect.template.node.capacity,
    };
  }

  /** Where pods are not divided, packing keeps spread over zones itself, and tells them apart by it. */
  #batchesOf(prospect: Prospect, wanted: readonly Taken[]): readonly Batch[] {
    return batchesOf(wanted, (a, b) => this.#shares !== undefined && areAlike(prospect, a, b));
  }

  /** The order in which the group's new nodes are best packed; `wanted`: larger pods first. */
  inOrder(prospect: Prospect, wanted: readonly Taken[]): readonly Taken[] {
    return this.#shares === undefined ? wanted : withApartFirst(prospect, wanted);
  }

  /** What the group may still take, room aside: larger pods first. */
  takable(prospect: Prospect): Taken[] {
    const takable: Taken[] = [];
    if (this.unmet === 0) return takable;
    for (const demand of this.#ground.suitors.of(prospect)) {
      const pods = this.mayTakeAt(demand, prospect.place);
      if (pods > 0) takable.push({ demand, pods });
    }
    return takable;
  }

  #avoids({ group }: Demand, place: Place): boolean {
    const terms = place.says(group)?.ties.near?.terms ?? [];
    return terms.some(({ counter }) =>
      this.#terms.avoided.get(counter)?.has(place.domains.get(counter.topologyKey) ?? ''),
    );
  }

  /** The ties that packing has to keep: what shares keep already is left out. */
  #tiesAt(prospect: Prospect, { group }: Demand): Ties | undefined {
    const ties = tiesAt(prospect, group);
    if (ties === undefined || ties.spread.length === 0) return ties;
    let kept = this.#ties.get(ties);
    if (kept === undefined) {
      const { crowded } = this.#terms;
      const spread = ties.spread
        .filter(({ counter }) => counter.perNode || this.#shares === undefined)
        .map((tie) => (crowded.has(tie.counter) ? { ...tie, leastElsewhere: 0 } : tie));
      this.#ties.set(ties, (kept = { ...ties, spread }));
    }
    return kept;
  }
}

function sizesOf(parts: readonly Part[]): readonly number[] {
  return parts.map(({ nodes }) => nodes);
}

/** What the step is for each of the groups that share its nodes. */
function growthsOf({ parts, candidate, because, expander }: Step): Growth[] {
  const shares = candidate.taken.map(({ pods }) => apportion(pods, sizesOf(parts)));
  return parts.map(({ prospect, nodes }, index) => {
    const pods = shares.reduce((sum, share) => sum + (share[index] ?? 0), 0);
    return { view: prospect.view, nodes, pods, because, expander };
  });
}
