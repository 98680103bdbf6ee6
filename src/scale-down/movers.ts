/**
 * Which pods other pods have a say about. The others, mostly all, are moved by arithmetic; these are moved one by one on
 * the model, where everything that counts them is kept current.
 *
 * The answer follows from the pods that may have to move and from what is placed, not from what was asked earlier (I10).
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { Tally } from '../cluster/tally.ts';
import { bondsOf } from '../scheduling/inter-pod-affinity.ts';
import { spreadsOf } from '../scheduling/pod-topology-spread.ts';
import { onlyAmountsCount } from '../scheduling/rejections.ts';
import { looksAtOneNode } from '../scheduling/static-verdicts.ts';
import type { Load, Variant } from './loads.ts';

export class Movers {
  /** All that may have to move are. */
  readonly allPlain: boolean;
  readonly #cluster: Cluster;
  /** Asked only where not all are. */
  readonly #isPlain = new Map<Variant, boolean>();
  /** What counts pods on behalf of those that may have to move. */
  readonly #counting = new Set<Tally>();

  /** `loads`: of each node, and of pods that have left theirs, all that may have to move. */
  constructor(cluster: Cluster, loads: readonly (readonly Load[])[]) {
    this.#cluster = cluster;
    this.allPlain = areAllPlain(cluster, loads);
    if (this.allPlain) return;
    const all = new Set<Variant>();
    for (const some of loads) for (const { variant } of some) all.add(variant);
    for (const variant of all) this.#isPlain.set(variant, this.#standsAlone(variant));
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
    if (standsAlone(this.#cluster, example)) return true;
    const { near, apart } = bondsOf(this.#cluster, example);
    for (const tally of [...(near?.tallies ?? []), ...apart]) this.#counting.add(tally);
    for (const { tally } of spreadsOf(this.#cluster, example)) this.#counting.add(tally);
    return false;
  }
}

function standsAlone(cluster: Cluster, example: PodFacts): boolean {
  return onlyAmountsCount(cluster, example) && !looksAtOneNode(cluster, example.spec);
}

/** Of loads that stood alone, in which surroundings: they do for as long as no pod keeps others away. */
const alone = new WeakMap<readonly Load[], number>();

function areAllPlain(cluster: Cluster, loads: readonly (readonly Load[])[]): boolean {
  const { revision } = cluster.surroundings;
  const isLasting = cluster.coupling.isWithoutRepellents;
  const seen = new Set<Variant>();
  for (const some of loads) {
    if (isLasting && alone.get(some) === revision) continue;
    for (const { variant } of some) {
      if (seen.has(variant)) continue;
      if (!standsAlone(cluster, variant.example)) return false;
      seen.add(variant);
    }
    // Whether a volume may be used hangs on who uses it.
    if (isLasting && some.every(({ variant }) => variant.example.spec.volumes.length === 0)) alone.set(some, revision);
  }
  return true;
}
