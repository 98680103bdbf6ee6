/**
 * All nodes as they are by themselves, kept from pass to pass in the order of their names: only those are looked at again
 * of which something has changed, or whose time is up. A pass in which nothing happened compares a number per node.
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
  /** By the position in `slots`; `undefined`: a candidate, of which there is more to say. */
  readonly explanations: readonly (NodeExplanation | undefined)[];
}

const NOTHING: Swept = { slots: [], candidates: [], staying: [], going: [], marked: [], explanations: [] };
const NO_GROUP = -1;

export class Sweep {
  readonly #cluster: Cluster;
  readonly #known: KnownNodes;
  readonly #found: (FoundNode | undefined)[] = [];
  #swept = NOTHING;
  /** What the slots were taken from. */
  #order: readonly Slot[] = [];
  #groupSlots: readonly (readonly Slot[])[] = [];
  #groupIds: readonly string[] = [];
  #groupAt: number[] = [];
  #terms: readonly (GroupTerms | undefined)[] = [];

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
    this.#terms = views.map(({ state }) => terms.get(state.id));
    const { changed, sorted } = this.#lookAgain(now);
    if (isRegrouped || isReordered || sorted) this.#swept = this.#sort();
    else if (changed.length > 0) this.#swept = { ...this.#swept, explanations: this.#explainedAnew(changed) };
    return this.#swept;
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

  /** Returns the positions of nodes of which something else was found, and whether that puts any into another list. */
  #lookAgain(now: number): { readonly changed: readonly number[]; readonly sorted: boolean } {
    const changed: number[] = [];
    let sorted = false;
    const { slots } = this.#swept;
    for (let position = 0; position < slots.length; position += 1) {
      const slot = slots[position] ?? 0;
      const before = this.#found[slot];
      const found = this.#known.node(slot, this.#terms[this.#groupAt[slot] ?? NO_GROUP], now);
      if (found === before) continue;
      this.#found[slot] = found;
      changed.push(position);
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
      explanations.push(found?.explanation);
      if (found === undefined) continue;
      if (found.marked) lists.marked.push(slot);
      const { kind } = found.standing;
      if (kind === 'going') lists.going.push(slot);
      else if (kind === 'stays' || this.groupIndexOf(slot) === undefined) lists.staying.push(slot);
      else lists.candidates.push(slot);
    }
    return { slots, explanations, ...lists };
  }

  #explainedAnew(positions: readonly number[]): Swept['explanations'] {
    const explanations = [...this.#swept.explanations];
    for (const position of positions) {
      explanations[position] = this.#found[this.#swept.slots[position] ?? 0]?.explanation;
    }
    return explanations;
  }
}

function isListedAlike(a: FoundNode, b: FoundNode): boolean {
  return a.standing.kind === b.standing.kind && a.marked === b.marked && a.ready === b.ready;
}
