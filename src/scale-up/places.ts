/**
 * Where new nodes would be, as far as other pods can tell: groups whose new nodes are in the same domains of every
 * topology that matters, and run the same pods by themselves, share a place. What other pods say is asked once for it.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { GroupTemplate } from '../node-groups/view.ts';
import { interPodAffinity } from '../scheduling/inter-pod-affinity.ts';
import { podTopologySpread } from '../scheduling/pod-topology-spread.ts';
import type { Rejection } from '../scheduling/verdict.ts';
import type { PodGroup } from './equivalence.ts';
import type { Ties } from './ties.ts';
import { tiesOf, waitsForCompany } from './ties.ts';

/** What other pods say about a group of pods on an empty new node of the place. */
export interface Say {
  readonly ties: Ties;
  /** Why such a pod may not go there as things are. */
  readonly rejection: Rejection | undefined;
  /** That may change within the pass: others come that it wants near, or other domains catch up. */
  readonly mayChange: 'no' | 'with-company' | 'with-balance';
}

export class Place {
  /** The domain of new nodes, by topology key; absent where each has its own, or none. */
  readonly domains: ReadonlyMap<string, string>;
  readonly #says = new Map<PodGroup, Say>();
  readonly #unasked: Set<PodGroup>;

  constructor(domains: ReadonlyMap<string, string>, groups: readonly PodGroup[]) {
    this.domains = domains;
    this.#unasked = new Set(groups);
  }

  /** The groups of pods that it has not been asked about. */
  get unasked(): Iterable<PodGroup> {
    return this.#unasked;
  }

  /** `undefined`: nobody has asked. */
  says(group: PodGroup): Say | undefined {
    return this.#says.get(group);
  }

  /**
   * Whether the pods, which suit the node, may go there now or later in the pass. `balanced`: they are divided among the
   * domains that they are spread over.
   */
  mayTake(group: PodGroup, balanced: boolean): boolean {
    const say = this.#says.get(group);
    if (say?.rejection === undefined || say.mayChange === 'with-company') return true;
    return balanced && say.mayChange === 'with-balance';
  }

  /** `slot`: an empty new node of the place, which suits the pods in every other way. */
  ask(cluster: Cluster, group: PodGroup, slot: Slot): void {
    if (this.#unasked.delete(group)) this.#says.set(group, sayAt(cluster, group, slot));
  }
}

export class Places {
  readonly #groups: readonly PodGroup[];
  readonly #keys: readonly string[];
  readonly #byContent = new Map<string, Place>();

  constructor(cluster: Cluster, groups: readonly PodGroup[]) {
    this.#groups = groups;
    const keys = new Set<string>();
    for (const spec of new Set(groups.map(({ example }) => example.spec))) {
      const { topologySpread, requiredPodAffinity, requiredPodAntiAffinity } = spec;
      for (const term of [...topologySpread, ...requiredPodAffinity, ...requiredPodAntiAffinity]) {
        keys.add(term.topologyKey);
      }
    }
    for (const { tally } of cluster.coupling.repellents()) keys.add(tally.topology.key);
    this.#keys = [...keys].toSorted();
  }

  of({ node, overhead }: GroupTemplate): Place {
    const domains = this.#keys.flatMap((key) => {
      const value = node.labels[key];
      return value === undefined || OWN_LABELS.has(key) ? [] : [[key, value] as const];
    });
    const content = JSON.stringify([domains, overhead.map(sightOf)]);
    let place = this.#byContent.get(content);
    if (place === undefined) this.#byContent.set(content, (place = new Place(new Map(domains), this.#groups)));
    return place;
  }
}

/** What others see of a pod. */
function sightOf({ namespace, labels, spec }: PodFacts): unknown {
  return [namespace, labels, spec.requiredPodAntiAffinity];
}

function sayAt(cluster: Cluster, group: PodGroup, slot: Slot): Say {
  const { example } = group;
  const bySpread = podTopologySpread.filter(example, slot, cluster);
  const byAffinity = interPodAffinity.filter(example, slot, cluster);
  const lacksCompany =
    byAffinity?.reasons.every(({ code }) => code === 'PodAffinityUnmet') === true &&
    waitsForCompany(cluster, example, slot);
  const lacksBalance = bySpread?.reasons.every(({ code }) => code === 'TopologySkew') === true;
  const rejection = bySpread ?? byAffinity;
  let mayChange: Say['mayChange'] = 'no';
  if (bySpread === undefined && lacksCompany) mayChange = 'with-company';
  if (lacksBalance && (byAffinity === undefined || lacksCompany)) mayChange = 'with-balance';
  return { ties: tiesOf(cluster, example, slot), rejection, mayChange };
}
