/**
 * What the groups of pods that ask for nodes have in common, so that a node group is asked about them class by class:
 * thousands of groups mostly share a few shapes and a few sets of wishes about the node itself.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodSpecFacts } from '../cluster/facts.ts';
import { isCoupled } from '../scheduling/runner.ts';
import { podRejection } from '../scheduling/pod-filters.ts';
import type { Rejection } from '../scheduling/verdict.ts';
import type { PodGroup } from './equivalence.ts';

export interface PodClass {
  /** Equal for specs that ask the same of the node itself: labels, taints, names. */
  readonly wishes: number;
  /** Equal for specs that request the same amounts. */
  readonly shape: number;
  /** Why the pods fit no node at all. */
  readonly rejection: Rejection | undefined;
  /** Other pods have a say in where they go. */
  readonly coupled: boolean;
  /** They look at more of a node than these classes tell: ports, volumes, features. */
  readonly special: boolean;
}

export class PodClasses {
  readonly groups: readonly PodGroup[];
  /** For each set of wishes and for each shape a group that has it. */
  readonly withWishes: readonly PodGroup[];
  readonly withShape: readonly PodGroup[];
  /** Those of which more than their class has to be asked. */
  readonly special: readonly PodGroup[];
  readonly isAnyCoupled: boolean;
  readonly #classes = new Map<PodGroup, PodClass>();

  /** `isOdd`: what else of a node has to be asked for such pods. */
  constructor(cluster: Cluster, groups: readonly PodGroup[], isOdd: (group: PodGroup) => boolean = () => false) {
    const wishes = new Numbers();
    const shapes = new Numbers();
    for (const group of groups) {
      const { spec } = group.example;
      this.#classes.set(group, {
        wishes: wishes.of(wishesOf(spec), group),
        shape: shapes.of(JSON.stringify(cluster.resources.demands(spec)), group),
        rejection: podRejection(cluster, group.example),
        coupled: isCoupled(cluster, group.example),
        special:
          spec.hostPorts.length > 0 || spec.volumes.length > 0 || spec.requiredFeatures !== undefined || isOdd(group),
      });
    }
    this.groups = groups;
    this.withWishes = wishes.examples;
    this.withShape = shapes.examples;
    this.special = groups.filter((group) => this.of(group).special);
    this.isAnyCoupled = [...this.#classes.values()].some(({ coupled }) => coupled);
  }

  of(group: PodGroup): PodClass {
    const known = this.#classes.get(group);
    if (known === undefined) throw new RangeError(`${group.key} is none of the groups`);
    return known;
  }
}

/** Numbers texts in the order in which they come, each with the first group that has it. */
class Numbers {
  readonly examples: PodGroup[] = [];
  readonly #known = new Map<string, number>();

  of(text: string, group: PodGroup): number {
    let number = this.#known.get(text);
    if (number === undefined) {
      number = this.#known.size;
      this.#known.set(text, number);
      this.examples.push(group);
    }
    return number;
  }
}

function wishesOf({ nodeSelector, requiredNodeAffinity, tolerations }: PodSpecFacts): string {
  return JSON.stringify([nodeSelector, requiredNodeAffinity ?? null, tolerations]);
}
