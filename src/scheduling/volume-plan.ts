/**
 * Which volumes a pod's claims would get on a node: found among those that exist, or provisioned. VolumeBinding asks
 * whether there is such a plan; placing the pod carries it out (assumeVolumes), so that the next pod sees it.
 */
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { selectorMatches } from '../cluster/selectors.ts';
import type { Storage } from '../cluster/storage.ts';
import type {
  PersistentVolumeClaimFacts,
  PersistentVolumeFacts,
  StorageClassFacts,
  TopologyTerm,
} from '../cluster/storage-facts.ts';
import type { FitReason } from '../explain/reasons.ts';
import { termMatches } from './node-selector.ts';
import { existingClaims } from './pod-claims.ts';

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

interface VolumePlan {
  /** Why there is no plan; empty: this is one. */
  readonly reasons: readonly FitReason[];
  readonly bindings: readonly { readonly claim: PersistentVolumeClaimFacts; readonly volume: PersistentVolumeFacts }[];
  readonly provisions: readonly PersistentVolumeClaimFacts[];
}

export function planVolumes(
  claims: readonly PersistentVolumeClaimFacts[],
  node: NodeFacts,
  storage: Storage,
): VolumePlan {
  const bound = claims.filter(isBound);
  const unbound = claims.filter((claim) => !isBound(claim));
  const elsewhere = unreachableVolume(bound, node, storage);
  const plan = planUnbound(unbound, node, storage);
  return elsewhere === undefined ? plan : { ...plan, reasons: [elsewhere, ...plan.reasons] };
}

/** Within a trial: the pod goes to the node, its claims take their volumes. A pod without claims changes nothing. */
export function assumeVolumes(pod: PodFacts, node: NodeFacts, storage: Storage): void {
  const claims = existingClaims(pod, storage);
  if (claims.length === 0) return;
  const { bindings, provisions } = planVolumes(claims, node, storage);
  for (const { volume, claim } of bindings) storage.assumeTaken(volume, claim);
  for (const claim of provisions) storage.assumeProvisioned(claim, node.name);
}

export function isBound(claim: PersistentVolumeClaimFacts): boolean {
  return claim.volumeName !== '' && claim.bindCompleted;
}

function unreachableVolume(
  claims: readonly PersistentVolumeClaimFacts[],
  node: NodeFacts,
  storage: Storage,
): FitReason | undefined {
  for (const { volumeName } of claims) {
    const volume = storage.volume(volumeName);
    if (volume === undefined) return { code: 'BoundVolumeGone', volume: volumeName };
    if (!reaches(volume, node)) return { code: 'VolumeElsewhere', volume: volumeName };
  }
  return undefined;
}

function planUnbound(claims: readonly PersistentVolumeClaimFacts[], node: NodeFacts, storage: Storage): VolumePlan {
  const tiedElsewhere = claims.find(({ selectedNode }) => selectedNode !== '' && selectedNode !== node.name);
  if (tiedElsewhere !== undefined) {
    return { reasons: [{ code: 'NoVolumeToBind', claim: tiedElsewhere.name }], bindings: [], provisions: [] };
  }
  const provisions = claims.filter(({ selectedNode }) => selectedNode !== '');
  const bindings: { claim: PersistentVolumeClaimFacts; volume: PersistentVolumeFacts }[] = [];
  const taken = new Set<string>();
  const bySize = claims
    .filter(({ selectedNode }) => selectedNode === '')
    .toSorted((a, b) => (a.requestedBytes ?? 0) - (b.requestedBytes ?? 0));
  for (const claim of bySize) {
    const volume = findVolume(claim, node, storage, taken);
    if (volume === undefined) provisions.push(claim);
    else {
      taken.add(volume.name);
      bindings.push({ claim, volume });
    }
  }
  for (const claim of provisions) {
    const reason = whyNotProvisioned(claim, node, storage);
    if (reason !== undefined) return { reasons: [reason], bindings, provisions };
  }
  return { reasons: [], bindings, provisions };
}

/** The volume that was set aside for the claim, else the smallest free one that suits it; the first by name of equals. */
function findVolume(
  claim: PersistentVolumeClaimFacts,
  node: NodeFacts,
  storage: Storage,
  taken: ReadonlySet<string>,
): PersistentVolumeFacts | undefined {
  let smallest: PersistentVolumeFacts | undefined;
  for (const volume of storage.volumesOfClass(claim.storageClassName)) {
    if (taken.has(volume.name) || !suits(volume, claim)) continue;
    if (volume.claim !== undefined) return reaches(volume, node) ? volume : undefined;
    if (volume.phase !== 'Available' || !reaches(volume, node)) continue;
    if (claim.selector !== undefined && !selectorMatches(claim.selector, volume.labels)) continue;
    if (!claim.accessModes.every((mode) => volume.accessModes.includes(mode))) continue;
    if (smallest === undefined || (volume.capacityBytes ?? 0) < (smallest.capacityBytes ?? 0)) smallest = volume;
  }
  return smallest;
}

/** What must hold even of a volume that was set aside for the claim. */
function suits(volume: PersistentVolumeFacts, claim: PersistentVolumeClaimFacts): boolean {
  if (volume.claim !== undefined && !isFor(volume.claim, claim)) return false;
  if (volume.capacityBytes === undefined || volume.capacityBytes < (claim.requestedBytes ?? 0)) return false;
  if (volume.deleting || volume.volumeMode !== claim.volumeMode) return false;
  return volume.attributesClassName === claim.attributesClassName;
}

function isFor(reference: NonNullable<PersistentVolumeFacts['claim']>, claim: PersistentVolumeClaimFacts): boolean {
  return (
    reference.namespace === claim.namespace &&
    reference.name === claim.name &&
    (reference.uid === '' || reference.uid === claim.uid)
  );
}

function reaches({ nodeAffinity }: PersistentVolumeFacts, node: NodeFacts): boolean {
  return nodeAffinity === undefined || nodeAffinity.some((term) => termMatches(term, node));
}

function whyNotProvisioned(
  claim: PersistentVolumeClaimFacts,
  node: NodeFacts,
  storage: Storage,
): FitReason | undefined {
  const storageClass = storage.storageClass(claim.storageClassName);
  if (storageClass === undefined || !canMake(storageClass, node)) return { code: 'NoVolumeToBind', claim: claim.name };
  if (claim.requestedBytes === undefined || hasCapacity(storageClass, claim.requestedBytes, node, storage)) {
    return undefined;
  }
  return { code: 'NotEnoughStorage', claim: claim.name, requestedBytes: claim.requestedBytes };
}

function canMake({ provisioner, allowedTopologies }: StorageClassFacts, node: NodeFacts): boolean {
  return provisioner !== '' && provisioner !== NO_PROVISIONER && topologyAllows(allowedTopologies, node);
}

function topologyAllows(terms: readonly TopologyTerm[], { labels }: NodeFacts): boolean {
  if (terms.length === 0) return true;
  return terms.some(
    (term) =>
      term.length > 0 &&
      term.every(({ key, values }) => values.some((value) => Object.hasOwn(labels, key) && labels[key] === value)),
  );
}

/** Only a driver that publishes its capacities is held to them. */
function hasCapacity(storageClass: StorageClassFacts, bytes: number, node: NodeFacts, storage: Storage): boolean {
  if (storage.csiDriver(storageClass.provisioner)?.storageCapacity !== true) return true;
  return storage
    .capacitiesOfClass(storageClass.name)
    .some(
      ({ largestBytes, nodeTopology }) => (largestBytes ?? -1) >= bytes && selectorMatches(nodeTopology, node.labels),
    );
}
