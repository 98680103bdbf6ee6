/**
 * Which pods other pods have a say about. The others, mostly all, are moved by arithmetic; these are moved one by one on
 * the model, where everything that counts them is kept current.
 *
 * The answer follows from the pods that may have to move and from what is placed, not from what was asked earlier (I10).
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { Tally } from '../cluster/tally.ts';
import { bondsOf } from '../scheduling/inter-pod-affinity.ts';
import { spreadsOf } from '../scheduling/pod-topology-spread.ts';
import { onlyAmountsCount } from '../scheduling/rejections.ts';
import { looksAtOneNode } from '../scheduling/static-verdicts.ts';
import type { Variant } from './loads.ts';

export class Movers {
  /** All that may have to move are. */
  readonly allPlain: boolean;
  readonly #cluster: Cluster;
  readonly #isPlain = new Map<Variant, boolean>();
  /** What counts pods on behalf of those that may have to move. */
  readonly #counting = new Set<Tally>();

  constructor(cluster: Cluster, variants: Iterable<Variant>) {
    this.#cluster = cluster;
    const all = new Set(variants);
    for (const variant of all) this.#isPlain.set(variant, this.#standsAlone(variant));
    this.allPlain = [...this.#isPlain.values()].every((plain) => plain);
    if (this.#counting.size === 0) return;
    for (const variant of all) if (this.isPlain(variant) && this.isCounted(variant)) this.#isPlain.set(variant, false);
  }

  /** Nothing but amounts, labels and taints decides where it may go, and no pod that may have to move counts it. */
  isPlain(variant: Variant): boolean {
    return this.allPlain || this.#isPlain.get(variant) === true;
  }

  /** Whether any pod that may have to move counts it. */
  isCounted({ example }: Pick<Variant, 'example'>): boolean {
    if (this.#counting.size === 0) return false;
    const { coupling } = this.#cluster;
    return coupling.countersOf(coupling.kindOf(example)).some((tally) => this.#counting.has(tally));
  }

  #standsAlone({ example }: Variant): boolean {
    const plain = onlyAmountsCount(this.#cluster, example) && !looksAtOneNode(this.#cluster, example.spec);
    if (plain) return true;
    const { near, apart } = bondsOf(this.#cluster, example);
    for (const tally of [...(near?.tallies ?? []), ...apart]) this.#counting.add(tally);
    for (const { tally } of spreadsOf(this.#cluster, example)) this.#counting.add(tally);
    return false;
  }
}
