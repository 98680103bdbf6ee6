/** A pod made after one of a StatefulSet has claims of its own: named after it, and not bound yet. */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts, VolumeFacts } from '../cluster/facts.ts';
import type { PersistentVolumeClaimFacts } from '../cluster/storage-facts.ts';

interface OwnClaims {
  readonly spec: PodSpecFacts;
  readonly claims: readonly PersistentVolumeClaimFacts[];
}

/** What the pod of that name, made after the pattern, says of volumes, and the claims that come with it. */
export function claimsOf(cluster: Cluster, { namespace, name: patternName, spec }: PodFacts, name: string): OwnClaims {
  const claims: PersistentVolumeClaimFacts[] = [];
  const fresh = (claimName: string, newName: string): void => {
    const claim = cluster.storage.claim(namespace, claimName);
    if (claim === undefined || cluster.storage.claim(namespace, newName) !== undefined) return;
    claims.push({
      ...claim,
      name: newName,
      uid: `what-if-${namespace}-${newName}`,
      volumeName: '',
      bindCompleted: false,
      selectedNode: '',
      phase: 'Pending',
      controllerUid: claim.controllerUid === '' ? '' : `what-if-${namespace}-${name}`,
    });
  };
  const volumes = spec.volumes.map((volume): VolumeFacts => {
    if (volume.kind === 'ephemeral') fresh(`${patternName}-${volume.name}`, `${name}-${volume.name}`);
    if (volume.kind !== 'claim' || !volume.claimName.endsWith(`-${patternName}`)) return volume;
    const claimName = `${volume.claimName.slice(0, -patternName.length)}${name}`;
    fresh(volume.claimName, claimName);
    return { ...volume, claimName };
  });
  const isSame = volumes.every((volume, index) => volume === spec.volumes[index]);
  return { spec: isSame ? spec : { ...spec, volumes }, claims };
}
