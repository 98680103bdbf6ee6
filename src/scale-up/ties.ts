/**
 * What other pods have to say about where on new nodes a pod may go, in numbers, so that packing can count instead of
 * asking node by node.
 *
 * Of new nodes, each has a hostname of its own; in every other topology they share the domain of their template. What
 * is placed already does not change while new nodes are packed: it is one number per term and domain.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodKind } from '../cluster/coupling.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { PodSelection } from '../cluster/pod-selection.ts';
import { selectionOf } from '../cluster/pod-selection.ts';
import type { Tally } from '../cluster/tally.ts';
import { NO_DOMAIN } from '../cluster/topology.ts';
import { bondsOf, mayBeFirst } from '../scheduling/inter-pod-affinity.ts';
import type { Spread } from '../scheduling/pod-topology-spread.ts';
import { spreadsOf } from '../scheduling/pod-topology-spread.ts';

export interface Tie {
  /** Each new node is a domain of its own; otherwise all of them are in one. */
  readonly perNode: boolean;
  /** Pods that count already: on an empty new node, or in the domain that new nodes share. */
  readonly base: number;
  /** Whether a pod of that kind counts. */
  readonly selects: (kind: PodKind) => boolean;
  /** `key=value` of labels, of which a pod that counts has at least one; `undefined`: not known. */
  readonly oneOf: readonly string[] | undefined;
}

/** No pod that it selects may be in the same domain. */
type ApartTie = Tie;

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
}

export interface Ties {
  readonly kind: PodKind;
  readonly apart: readonly ApartTie[];
  readonly near: NearTie | undefined;
  readonly spread: readonly SpreadTie[];
}

/** The pod's ties on nodes like the one in the slot, an empty new node that is in the model for now. */
export function tiesOf(cluster: Cluster, pod: PodFacts, slot: Slot): Ties {
  const { near, apart } = bondsOf(cluster, pod);
  const { requiredPodAffinity, requiredPodAntiAffinity } = pod.spec;
  const tie = (tally: Tally, selections: readonly PodSelection[]): Tie => ({
    perNode: OWN_LABELS.has(tally.topology.key),
    base: tally.at(slot),
    selects: selecting(cluster, selections),
    oneOf: labelsOfSelected(selections),
  });
  const nearSelections = requiredPodAffinity.map((term) => selectionOf(term, pod.namespace));
  return {
    kind: cluster.coupling.kindOf(pod),
    // A node without the key is in no domain: nobody is near there.
    apart: requiredPodAntiAffinity.flatMap((term, index) => {
      const tally = apart[index];
      if (tally === undefined || tally.topology.domainOf(slot) === NO_DOMAIN) return [];
      return [tie(tally, [selectionOf(term, pod.namespace)])];
    }),
    near:
      near === undefined
        ? undefined
        : { terms: near.tallies.map((tally) => tie(tally, nearSelections)), mayBeFirst: mayBeFirst(near) },
    spread: spreadsOf(cluster, pod).map((spread) => ({
      ...tie(spread.tally, [spread.selection]),
      ...spreadNumbers(spread, slot),
    })),
  };
}

/** Whether the pod may fit such nodes once others are there that it wants near. */
export function waitsForCompany(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  const { near } = bondsOf(cluster, pod);
  return near?.tallies.every(({ topology }) => topology.domainOf(slot) !== NO_DOMAIN) === true;
}

function spreadNumbers({ tally, maxSkew, minDomains, self }: Spread, slot: Slot): Omit<SpreadTie, keyof Tie> {
  const among = tally.among;
  const isDomain = among !== undefined && among.nodesIn(tally.topology.domainOf(slot)) > 0;
  return {
    maxSkew,
    minDomains,
    countsItself: self === 1,
    countsNewNodes: among?.has(slot) === true,
    sharesDomain: isDomain,
    leastElsewhere: tally.leastElsewhere(slot),
    domainsElsewhere: (among?.domains ?? 0) - (isDomain ? 1 : 0),
  };
}

function labelsOfSelected(selections: readonly PodSelection[]): readonly string[] | undefined {
  for (const { labels } of selections) {
    for (const { key, operator, values } of labels?.requirements ?? []) {
      if (operator === 'In') return values.map((value) => labelPair(key, value));
    }
  }
  return undefined;
}

export function labelPair(key: string, value: string): string {
  return `${key}=${value}`;
}

/** Remembers its answers: pods of one kind are asked about for every node. */
function selecting(cluster: Cluster, selections: readonly PodSelection[]): (kind: PodKind) => boolean {
  const known = new Map<PodKind, boolean>();
  return (kind) => {
    let selected = known.get(kind);
    if (selected === undefined) {
      selected = cluster.coupling.isSelected(kind, selections);
      known.set(kind, selected);
    }
    return selected;
  };
}
