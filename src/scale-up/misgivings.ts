/** What mistaken predictions (predictions.ts) mean for the next decision: where such pods are not counted on to fit. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { Rejection } from '../scheduling/verdict.ts';
import type { PodGroup } from './equivalence.ts';
import type { Mistake } from './predictions.ts';
import { kinOf } from './predictions.ts';

export class Misgivings {
  readonly #byKin: ReadonlyMap<string, readonly Mistake[]>;
  readonly #now: number;

  constructor(mistakes: readonly Mistake[], now: number) {
    this.#byKin = Map.groupBy(mistakes, ({ kin }) => kin);
    this.#now = now;
  }

  /** Pods with misgivings of their own are not alike to others: the aspect that tells them apart. */
  aspectOf(pod: PodFacts): string {
    return this.concern(pod) ? `misgivings about ${kinOf(pod)}` : '';
  }

  concern(pod: PodFacts): boolean {
    return this.#byKin.size > 0 && this.#byKin.has(kinOf(pod));
  }

  /** The groups of pods, each with the nodes that it avoids. */
  warned(cluster: Cluster, groups: readonly PodGroup[]): readonly PodGroup[] {
    if (this.#byKin.size === 0) return groups;
    return groups.map((group) => {
      const avoids = new Set(this.#nodesAvoidedBy(cluster, group.example));
      return avoids.size === 0 ? group : { ...group, avoids };
    });
  }

  /** Why no new node of the group is asked for, for such pods; `undefined`: nothing speaks against it. */
  against(pod: PodFacts, groupId: string): Rejection | undefined {
    const mistake = this.#of(pod).find((one) => one.groupId === groupId && one.untilMs > this.#now);
    if (mistake === undefined) return undefined;
    const { node, times, untilMs } = mistake;
    const reason = { code: 'PredictionFailed', node, times, untilMs } as const;
    return { fits: false, plugin: 'Predictions', reasons: [reason], resolvable: false };
  }

  #of(pod: PodFacts): readonly Mistake[] {
    return this.#byKin.get(kinOf(pod)) ?? [];
  }

  *#nodesAvoidedBy(cluster: Cluster, pod: PodFacts): Generator<Slot> {
    for (const { avoided } of this.#of(pod)) {
      for (const { name, uid } of avoided) {
        const slot = cluster.slotOf(name);
        if (slot !== undefined && cluster.node(slot).uid === uid) yield slot;
      }
    }
  }
}

export const NO_MISGIVINGS = new Misgivings([], 0);
