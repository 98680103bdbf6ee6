/**
 * The claims that a pod's volumes name. The claim of an ephemeral volume is named after the pod and the volume, and has
 * to be owned by that pod: one that merely has the name belongs to someone else.
 */
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { Storage } from '../cluster/storage.ts';
import type { PersistentVolumeClaimFacts } from '../cluster/storage-facts.ts';

export interface NamedClaim {
  readonly name: string;
  readonly ephemeral: boolean;
  /** `undefined`: there is none of that name. */
  readonly claim: PersistentVolumeClaimFacts | undefined;
}

const NONE: readonly NamedClaim[] = [];
const NO_CLAIMS: readonly PersistentVolumeClaimFacts[] = [];

/** In the order of the pod's volumes. */
export function claimsOf(pod: PodFacts, storage: Storage): readonly NamedClaim[] {
  return pod.spec.volumes.flatMap((volume) => {
    if (volume.kind !== 'claim' && volume.kind !== 'ephemeral') return NONE;
    const ephemeral = volume.kind === 'ephemeral';
    const name = ephemeral ? `${pod.name}-${volume.name}` : volume.claimName;
    return [{ name, ephemeral, claim: storage.claim(pod.namespace, name) }];
  });
}

/** Whether any of the pod's volumes is a claim, its own or one made for it. */
export function hasClaims({ spec }: PodFacts): boolean {
  return namesClaims(spec);
}

/** Whether pods of the spec have any. */
export function namesClaims({ volumes }: PodSpecFacts): boolean {
  return volumes.some(({ kind }) => kind === 'claim' || kind === 'ephemeral');
}

/** The claims that are there, in the order of the pod's volumes. */
export function existingClaims(pod: PodFacts, storage: Storage): readonly PersistentVolumeClaimFacts[] {
  // Most pods have none, and are placed again and again.
  if (pod.spec.volumes.length === 0) return NO_CLAIMS;
  return claimsOf(pod, storage).flatMap(({ claim }) => (claim === undefined ? [] : [claim]));
}

/** Whether the claim of an ephemeral volume was made for this pod. */
export function isMadeFor(claim: PersistentVolumeClaimFacts, pod: PodFacts): boolean {
  return claim.controllerUid === pod.uid && pod.uid !== '';
}
