/**
 * What other pods have to say about where on new nodes a pod may go, in numbers, so that packing can count instead of
 * asking node by node.
 *
 * Of new nodes, each has a hostname of its own; in every other topology those of one group share the domain of their
 * template. What is placed already does not change while new nodes are packed: it is one number per term and domain.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodKind } from '../cluster/coupling.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { selectionOf } from '../cluster/pod-selection.ts';
import type { Tally } from '../cluster/tally.ts';
import type { Domain } from '../cluster/topology.ts';
import { NO_DOMAIN } from '../cluster/topology.ts';
import { bondsOf, mayBeFirst } from '../scheduling/inter-pod-affinity.ts';
import type { Spread } from '../scheduling/pod-topology-spread.ts';
import { spreadsOf } from '../scheduling/pod-topology-spread.ts';
import type { Counter } from './counters.ts';
import { counterOf } from './counters.ts';

interface Tie {
  readonly counter: Counter;
  /** Pods that count already: on an empty new node, or in the domain that new nodes share. */
  readonly base: number;
}

/** In each of these domains there has to be a pod that counts. */
interface NearTie {
  readonly terms: readonly Tie[];
  /** No pod counts anywhere, and this one does: the first may go where it likes. */
  readonly mayBeFirst: boolean;
}

export interface SpreadTie extends Tie {
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly countsItself: boolean;
  /** Pods on new nodes count, and new nodes make up domains. */
  readonly countsNewNodes: boolean;
  /** The fewest pods in any domain without new nodes; `undefined`: there is no such domain. */
  readonly leastElsewhere: number | undefined;
  /** Domains without new nodes. */
  readonly domainsElsewhere: number;
  /** The domain that new nodes share is one without them. */
  readonly sharesDomain: boolean;
  /** What is placed already, in all domains. */
  readonly tally: Tally;
  /** The domain that new nodes share, where it is there without them. */
  readonly domain: Domain | undefined;
}

export interface Ties {
  readonly kind: PodKind;
  /** No pod that one of these selects may be in the same domain. */
  readonly apart: readonly Tie[];
  readonly near: NearTie | undefined;
  readonly spread: readonly SpreadTie[];
}

/** The pod's ties on nodes like the one in the slot, an empty new node that is in the model for now. */
export function tiesOf(cluster: Cluster, pod: PodFacts, slot: Slot): Ties {
  const { near, apart } = bondsOf(cluster, pod);
  const { requiredPodAffinity, requiredPodAntiAffinity } = pod.spec;
  const nearSelections = requiredPodAffinity.map((term) => selectionOf(term, pod.namespace));
  return {
    kind: cluster.coupling.kindOf(pod),
    // A node without the key is in no domain: nobody is near there.
    apart: requiredPodAntiAffinity.flatMap((term, index) => {
      const tally = apart[index];
      if (tally === undefined || tally.topology.domainOf(slot) === NO_DOMAIN) return [];
      return [{ counter: counterOf(cluster, tally, [selectionOf(term, pod.namespace)]), base: tally.at(slot) }];
    }),
    near:
      near === undefined
        ? undefined
        : {
            terms: near.tallies.map((tally) => ({
              counter: counterOf(cluster, tally, nearSelections),
              base: tally.at(slot),
            })),
            mayBeFirst: mayBeFirst(near),
          },
    spread: spreadsOf(cluster, pod).map((spread) => spreadTie(cluster, spread, slot)),
  };
}

/** Every counter that the ties speak of. */
export function countersOf({ apart, near, spread }: Ties): Counter[] {
  return [...apart, ...(near?.terms ?? []), ...spread].map(({ counter }) => counter);
}

/** Whether the pod may fit such nodes once others are there that it wants near. */
export function waitsForCompany(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  const { near } = bondsOf(cluster, pod);
  return near?.tallies.every(({ topology }) => topology.domainOf(slot) !== NO_DOMAIN) === true;
}

function spreadTie(cluster: Cluster, { tally, selection, maxSkew, minDomains, self }: Spread, slot: Slot): SpreadTie {
  const { among, topology } = tally;
  const domain = topology.domainOf(slot);
  const isDomain = among !== undefined && among.nodesIn(domain) > 0;
  const countsNewNodes = among?.has(slot) === true;
  const nodesWithout = (among?.nodesIn(domain) ?? 0) - (countsNewNodes ? 1 : 0);
  return {
    counter: counterOf(cluster, tally, [selection]),
    base: tally.at(slot),
    maxSkew,
    minDomains,
    countsItself: self === 1,
    countsNewNodes,
    sharesDomain: isDomain,
    leastElsewhere: tally.leastElsewhere(slot),
    domainsElsewhere: (among?.domains ?? 0) - (isDomain ? 1 : 0),
    tally,
    domain: nodesWithout > 0 ? domain : undefined,
  };
}
