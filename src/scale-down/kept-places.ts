/**
 * Where a pass found places for the pods of nodes that may go: the passes after look there first.
 *
 * 1. What may go may go for as long as nothing comes in its way: a change elsewhere does not shuffle all places anew, which
 *    would make other nodes unneeded and start timers over.
 * 2. Only what changed is simulated again: of a node that is as it was, each place is asked for room in one go.
 * 3. What is kept is by name, uid and shape, and means the same to any model of the same cluster.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import type { Load, Shape } from './loads.ts';
import { demandsOf, inOrder } from './loads.ts';
import type { NodeIdentity } from './memory.ts';
import type { OwnParcels, Parcels } from './parcels.ts';

/** The places of one node's pods. */
export interface KeptPlaces {
  /** Of the node that may go. */
  readonly uid: string;
  /** What its loads ask for: the keys of their shapes. */
  readonly shapes: readonly string[];
  /** How many pods each of them has: one that is resized in place may pass from one to the next. */
  readonly counts: readonly number[];
  /** Its pods by uid, load after load, each in the order of names. */
  readonly pods: readonly string[];
  readonly places: readonly KeptPlace[];
}

/** One node that takes some of the pods. */
interface KeptPlace {
  readonly node: NodeIdentity;
  readonly parts: readonly Part[];
}

/** Pods of a load, in the order of names: from the `start`-th up to the `end`-th. */
interface Part {
  /** The number of the load among the node's. */
  readonly load: number;
  readonly start: number;
  readonly end: number;
  /** The place of the first of them among all the node's pods. */
  readonly first: number;
}

/** By the name of the node that may go. */
export type KeptPlacesByNode = ReadonlyMap<string, KeptPlaces>;

export const NOTHING_KEPT: KeptPlacesByNode = new Map();

/** What a place has to have for its pods. */
export interface Ask extends KeptPlace {
  /** Where the node was found last, and as what: mostly it is so still. */
  last: { readonly slot: Slot; readonly facts: NodeFacts } | undefined;
  readonly shapes: readonly Shape[];
  /** Of all the pods together. */
  readonly demands: readonly Demand[];
}

/** The places of the node's own pods, wherever they ended up. */
export function keptPlaces(
  cluster: Cluster,
  node: NodeIdentity,
  loads: readonly Load[],
  { parcels, own }: { readonly parcels: Parcels; readonly own: OwnParcels },
): KeptPlaces {
  const parts = new Map<Slot, Part[]>();
  const positions = positionsOf(loads);
  // In any order: what was where it was in the pass before is listed place by place.
  parcels.forEachPlaced(own, (load, start, end, slot) => {
    const position = positions.get(load);
    if (position === undefined) return;
    const part = { load: position.number, start, end, first: position.first + start };
    const there = parts.get(slot);
    if (there === undefined) parts.set(slot, [part]);
    else there.push(part);
  });
  return {
    uid: node.uid,
    shapes: loads.map(({ variant }) => variant.shape.key),
    counts: loads.map(({ pods }) => pods.length),
    pods: uidsOf(loads),
    places: Array.from(parts, ([slot, some]) => ({ node: identityOf(cluster, slot), parts: some })),
  };
}

/** Where each pod went, by uid. */
export function placesByPod({ pods, places }: KeptPlaces): ReadonlyMap<string, string> {
  return new Map(
    places.flatMap(({ node, parts }) =>
      parts.flatMap(({ first, start, end }) =>
        pods.slice(first, first + end - start).map((uid): [string, string] => [uid, node.name]),
      ),
    ),
  );
}

/** What each of the places has to have; `undefined`: the node's pods are others now. */
export function asksFor(kept: KeptPlaces, loads: readonly Load[]): readonly Ask[] | undefined {
  const known = asksOf.get(kept);
  if (known?.loads === loads) return known.asks;
  if (!areAsKept(loads, kept)) return undefined;
  const asks = kept.places.map((place) => askOf(place, loads));
  asksOf.set(kept, { loads, asks });
  return asks;
}

/** As found for the very pods that one model knows: mostly it is asked for them again. */
const asksOf = new WeakMap<KeptPlaces, { readonly loads: readonly Load[]; readonly asks: readonly Ask[] }>();

function askOf(place: KeptPlace, loads: readonly Load[]): Ask {
  const there = place.parts.flatMap(({ load, start, end }) => {
    const variant = loads[load]?.variant;
    return variant === undefined ? [] : [{ variant, pods: end - start }];
  });
  return { ...place, last: undefined, shapes: there.map(({ variant }) => variant.shape), demands: demandsOf(there) };
}

function areAsKept(loads: readonly Load[], { shapes, counts, pods }: KeptPlaces): boolean {
  const isAlike = ({ variant, pods: own }: Load, index: number): boolean =>
    variant.shape.key === shapes[index] && own.length === counts[index];
  if (loads.length !== shapes.length || !loads.every(isAlike)) return false;
  const uids = uidsOf(loads);
  return uids.length === pods.length && uids.every((uid, index) => uid === pods[index]);
}

function uidsOf(loads: readonly Load[]): readonly string[] {
  const uids: string[] = [];
  for (const load of loads) for (const { uid } of inOrder(load)) uids.push(uid);
  return uids;
}

/** Of each load its number, and the place of its first pod among all. */
function positionsOf(loads: readonly Load[]): ReadonlyMap<Load, { readonly number: number; readonly first: number }> {
  let first = 0;
  return new Map(
    loads.map((load, number) => {
      const position = { number, first };
      first += load.pods.length;
      return [load, position];
    }),
  );
}

function identityOf(cluster: Cluster, slot: Slot): NodeIdentity {
  const { name, uid } = cluster.node(slot);
  return { name, uid };
}
