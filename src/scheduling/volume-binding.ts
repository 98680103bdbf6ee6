/**
 * VolumeBinding: whether the pod's claims have, or can get, volumes that the node reaches. Before any node: each claim
 * must exist, live and be the pod's to use, and one that is bound at once must be bound. Per node: bound volumes reach
 * it; an unbound claim finds a free volume there (the smallest that fits), or one can be provisioned for it.
 */
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { Storage } from '../cluster/storage.ts';
import type { FitReason } from '../explain/reasons.ts';
import type { PlacementFilter, PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { claimsOf, existingClaims, hasClaims, isMadeFor, namesClaims } from './pod-claims.ts';
import { isBound, planVolumes } from './volume-plan.ts';

const NAME = 'VolumeBinding';

export const volumeBindingOfPod: PodFilter = {
  name: NAME,
  concerns: namesClaims,
  filter(pod, { storage }) {
    const reason = unusableClaim(pod, storage) ?? unboundClaim(pod, storage);
    return reason === undefined ? undefined : rejectedForGood(NAME, [reason]);
  },
};

export const volumeBinding: PlacementFilter = {
  name: NAME,
  concerns: hasClaims,
  filter(pod, slot, cluster) {
    const { reasons } = planVolumes(existingClaims(pod, cluster.storage), cluster.node(slot), cluster.storage);
    return reasons.length === 0 ? undefined : rejectedForGood(NAME, reasons);
  },
};

function unusableClaim(pod: PodFacts, storage: Storage): FitReason | undefined {
  for (const { name, ephemeral, claim } of claimsOf(pod, storage)) {
    if (claim === undefined) return { code: 'ClaimMissing', claim: name, ephemeral };
    if (claim.phase === 'Lost') return { code: 'ClaimLost', claim: name, volume: claim.volumeName };
    if (claim.deleting) return { code: 'ClaimBeingDeleted', claim: name };
    if (ephemeral && !isMadeFor(claim, pod)) {
      return { code: 'ClaimOfAnotherPod', claim: podKey(claim), pod: podKey(pod) };
    }
  }
  return undefined;
}

/** A claim that should have been bound by itself: only one whose class waits for its consumer may be without a volume. */
function unboundClaim(pod: PodFacts, storage: Storage): FitReason | undefined {
  for (const claim of existingClaims(pod, storage)) {
    if (isBound(claim)) continue;
    const waits = storage.storageClass(claim.storageClassName)?.waitsForConsumer === true;
    if (!waits || claim.volumeName !== '') return { code: 'ClaimUnbound', claim: claim.name };
  }
  return undefined;
}
