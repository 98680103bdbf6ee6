/**
 * How far groups may grow: each by itself, or together with those that are alike, over which its new nodes are then
 * spread (`--balance-similar-node-groups`).
 *
 * 1. Alike are groups whose nodes are (similar-groups.ts) and that suit every pod that the first one suits. Pods that
 *    others have a say about are not carried to another place by that.
 * 2. A group that grows as a whole shares with nobody, and grows by the whole of its step.
 */
import type { NodeGroupView } from '../node-groups/view.ts';
import { balance } from './balancing.ts';
import type { PodGroup } from './equivalence.ts';
import type { Headroom } from './limits.ts';
import type { BalancingOptions, ScaleUpOptions } from './options.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself, tiesAt } from './prospects.ts';
import { areSimilar } from './similar-groups.ts';

/** So many of the new nodes are this group's. */
export interface Part {
  readonly prospect: Prospect;
  readonly nodes: number;
}

export class Reach {
  readonly #prospects: readonly Prospect[];
  readonly #groups: readonly PodGroup[];
  readonly #balancing: BalancingOptions | undefined;
  /** Limits on amounts are looked at once a group is chosen, not before. */
  readonly #limitsLast: boolean;
  readonly #companions = new Map<Prospect, readonly Prospect[]>();

  constructor(
    prospects: readonly Prospect[],
    groups: readonly PodGroup[],
    { balancing, oneChoicePerPass }: Pick<ScaleUpOptions, 'balancing' | 'oneChoicePerPass'>,
  ) {
    this.#prospects = prospects;
    this.#groups = groups;
    this.#balancing = balancing;
    this.#limitsLast = oneChoicePerPass;
  }

  /** How many nodes the group is packed for; `open`: the groups that may still grow. */
  most(prospect: Prospect, headroom: Headroom, open: ReadonlySet<Prospect>): number {
    return this.#limitsLast
      ? headroom.estimates(prospect, this.#sharers(prospect, open))
      : this.allowed(prospect, headroom, open);
  }

  /** How many nodes there may be, all limits considered. */
  allowed(prospect: Prospect, headroom: Headroom, open: ReadonlySet<Prospect>): number {
    return headroom.allows(prospect.view, prospect.template.node, this.#sharers(prospect, open)).nodes;
  }

  /** How many there will be when it is to grow by so many. */
  grown({ view }: Prospect, nodes: number): number {
    return isWhole(view) && nodes > 0 ? Math.max(nodes, view.state.maxSize - view.targetSize) : nodes;
  }

  /** Who gets how many of the nodes; never none. */
  parts(prospect: Prospect, nodes: number, headroom: Headroom, open: ReadonlySet<Prospect>): readonly Part[] {
    const sharers = [prospect, ...this.#sharers(prospect, open)];
    if (sharers.length === 1) return [{ prospect, nodes }];
    const vessels = sharers.map(({ view }) => ({ size: headroom.sizeOf(view), maxSize: view.state.maxSize }));
    const given = balance(vessels, nodes);
    return sharers.map((one, index) => ({ prospect: one, nodes: given[index] ?? 0 })).filter((part) => part.nodes > 0);
  }

  #sharers(prospect: Prospect, open: ReadonlySet<Prospect>): readonly Prospect[] {
    if (this.#balancing === undefined || isWhole(prospect.view)) return [];
    let companions = this.#companions.get(prospect);
    if (companions === undefined) {
      this.#companions.set(prospect, (companions = this.#companionsOf(prospect, this.#balancing)));
    }
    return companions.filter((one) => open.has(one));
  }

  #companionsOf(prospect: Prospect, balancing: BalancingOptions): readonly Prospect[] {
    const suited = this.#groups.filter((group) => fits(prospect, group));
    const isTied = !this.#limitsLast && suited.some((group) => tiesAt(prospect, group) !== undefined);
    return this.#prospects.filter(
      (one) =>
        one !== prospect &&
        !isWhole(one.view) &&
        (!isTied || one.place === prospect.place) &&
        areSimilar(prospect.template, one.template, balancing) &&
        suited.every((group) => fits(one, group)),
    );
  }
}

function isWhole({ state }: NodeGroupView): boolean {
  return state.options.zeroOrMaxNodeScaling === true;
}

function fits(prospect: Prospect, group: PodGroup): boolean {
  return suitsItself(prospect, group) && prospect.place.mayTake(group, true);
}
