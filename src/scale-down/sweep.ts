/**
 * All nodes as they are by themselves, kept from pass to pass in the order of their names: only those are looked at again
 * of which something has changed. All of them are when a group has, or when the time is up for which an answer holds.
 *
 * The lists are replaced when they change, never changed: whoever keeps one may tell by it that nothing has.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeExplanation } from '../explain/record.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { GroupTerms } from './eligibility.ts';
import type { FoundNode, KnownNodes } from './known-nodes.ts';

/** What a sweep found. */
export interface Swept {
  /** All nodes that are not simulated. */
  readonly slots: readonly Slot[];
  readonly candidates: readonly Slot[];
  readonly staying: readonly Slot[];
  readonly going: readonly Slot[];
  /** Those that are marked as likely to go, and not as going. */
  readonly marked: readonly Slot[];
  /** Of those that are no candidates, of which there is more to say. */
  readonly explanations: Explanations;
}

/** By the position among all nodes. */
export interface Explanations {
  readonly known: readonly (NodeExplanation | undefined)[];
  /** The same, where all are known. */
  readonly all: readonly NodeExplanation[] | undefined;
}

export function explanationsOf(known: Explanations['known']): Explanations {
  return { known, all: known.every((one) => one !== undefined) ? known : undefined };
}

const NOTHING: Swept = {
  slots: [],
  candidates: [],
  staying: [],
  going: [],
  marked: [],
  explanations: { known: [], all: [] },
};
const NO_GROUP = -1;

export class Sweep {
  readonly #cluster: Cluster;
  readonly #known: KnownNodes;
  readonly #found: (FoundNode | undefined)[] = [];
  /** Of each node among all, by slot. */
  readonly #positions: number[] = [];
  #swept = NOTHING;
  /** What the slots were taken from. */
  #order: readonly Slot[] = [];
  #groupSlots: readonly (readonly Slot[])[] = [];
  #groupIds: readonly string[] = [];
  #groupAt: number[] = [];
  #terms: readonly (GroupTerms | undefined)[] = [];
  /** What was found holds from and until then, as far as nothing changes. */
  #atMs = 0;
  #untilMs = -Infinity;
  #changesSeen = 0;

  constructor(cluster: Cluster, known: KnownNodes) {
    this.#cluster = cluster;
    this.#known = known;
  }

  found(slot: Slot): FoundNode | undefined {
    return this.#found[slot];
  }

  /** Which of the views last swept with the node belongs to; `undefined`: to none. */
  groupIndexOf(slot: Slot): number | undefined {
    const index = this.#groupAt[slot] ?? NO_GROUP;
    return index === NO_GROUP ? undefined : index;
  }

  /** `terms`: of the groups, by id; the same object as long as they are the same. */
  over(views: readonly NodeGroupView[], terms: ReadonlyMap<string, GroupTerms>, now: number): Swept {
    const isRegrouped = this.#regroup(views);
    const isReordered = this.#reorder();
    const areTermsNew = this.#learnTerms(views.map(({ state }) => terms.get(state.id)));
    const isOver = now < this.#atMs || now > this.#untilMs;
    const { slotChanges } = this.#cluster;
    const suspects =
      isRegrouped || isReordered || areTermsNew || isOver ? undefined : slotChanges.since(this.#changesSeen);
    this.#changesSeen = slotChanges.position;
    if (suspects === undefined) {
      this.#atMs = now;
      this.#untilMs = Infinity;
    }
    const { changed, sorted } = this.#lookAgain(suspects ?? this.#swept.slots, now);
    if (isRegrouped || isReordered || sorted) this.#swept = this.#sort();
    else if (changed.size > 0) this.#swept = { ...this.#swept, explanations: this.#explainedAnew(changed) };
    return this.#swept;
  }

  #learnTerms(terms: readonly (GroupTerms | undefined)[]): boolean {
    const isSame = terms.length === this.#terms.length && terms.every((one, index) => one === this.#terms[index]);
    this.#terms = terms;
    return !isSame;
  }

  /** Returns whether nodes may be in other groups now. */
  #regroup(views: readonly NodeGroupView[]): boolean {
    const isSame =
      views.length === this.#groupIds.length &&
      views.every(({ state, slots }, index) => state.id === this.#groupIds[index] && slots === this.#groupSlots[index]);
    if (isSame) return false;
    this.#groupIds = views.map(({ state }) => state.id);
    this.#groupSlots = views.map(({ slots }) => slots);
    this.#groupAt = [];
    for (const [index, slots] of this.#groupSlots.entries()) for (const slot of slots) this.#groupAt[slot] = index;
    return true;
  }

  /** Returns whether there are other nodes now. */
  #reorder(): boolean {
    const order = this.#cluster.nodeSlots();
    if (order === this.#order) return false;
    this.#order = order;
    this.#swept = { ...this.#swept, slots: order.filter((slot) => !this.#cluster.isSimulated(slot)) };
    return true;
  }

  /** Returns the nodes of which something else was found, and whether that puts any into another list. */
  #lookAgain(suspects: Iterable<Slot>, now: number): { readonly changed: ReadonlySet<Slot>; readonly sorted: boolean } {
    const changed = new Set<Slot>();
    let sorted = false;
    for (const slot of suspects) {
      // A node that came or went has put all in another order; one that a trial added is none of these.
      if (!this.#cluster.isReal(slot)) continue;
      const before = this.#found[slot];
      const found = this.#known.node(slot, this.#terms[this.#groupAt[slot] ?? NO_GROUP], now);
      this.#untilMs = Math.min(this.#untilMs, found.untilMs);
      if (found === before) continue;
      this.#found[slot] = found;
      changed.add(slot);
      sorted ||= before === undefined || !isListedAlike(before, found);
    }
    return { changed, sorted };
  }

  #sort(): Swept {
    const { slots } = this.#swept;
    const lists = { candidates: [] as Slot[], staying: [] as Slot[], going: [] as Slot[], marked: [] as Slot[] };
    const explanations: (NodeExplanation | undefined)[] = [];
    for (const slot of slots) {
      const found = this.#found[slot];
      this.#positions[slot] = explanations.push(found?.explanation) - 1;
      if (found === undefined) continue;
      if (found.marked) lists.marked.push(slot);
      const { kind } = found.standing;
      if (kind === 'going') lists.going.push(slot);
      else if (kind === 'stays' || this.groupIndexOf(slot) === undefined) lists.staying.push(slot);
      else lists.candidates.push(slot);
    }
    return { slots, explanations: explanationsOf(explanations), ...lists };
  }

  #explainedAnew(changed: ReadonlySet<Slot>): Explanations {
    const known = this.#swept.explanations.known.slice();
    for (const slot of changed) known[this.#positions[slot] ?? 0] = this.#found[slot]?.explanation;
    return explanationsOf(known);
  }
}

function isListedAlike(a: FoundNode, b: FoundNode): boolean {
  return a.standing.kind === b.standing.kind && a.marked === b.marked && a.ready === b.ready;
}
