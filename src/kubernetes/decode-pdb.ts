/** A PodDisruptionBudget (policy/v1) from JSON to facts. */
import { atTheDoor, objectKey, type DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { labelSelectorFromJson, metadataFromJson } from './json-metadata.ts';
import { JsonReader } from './json-reader.ts';
import { checkIdentity, newPartialIdentity } from './object-metadata.ts';

/** Decodes a parsed PodDisruptionBudget. */
export function decodePodDisruptionBudget(value: unknown, interner: Interner): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => {
    const root = JsonReader.of(value);
    const metadata = metadataFromJson(root, interner, identity);
    checkIdentity(metadata);
    const spec = root.objectOrEmpty('spec');
    const status = root.objectOrEmpty('status');
    return {
      key: objectKey(metadata.namespace, metadata.name),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      event: {
        kind: 'pdb',
        pdb: {
          uid: metadata.uid,
          namespace: metadata.namespace,
          name: metadata.name,
          selector: labelSelectorFromJson(spec, 'selector'),
          // A budget whose controller has not looked yet has no status: it allows nothing, as the API server holds it.
          disruptionsAllowed: status.integer('disruptionsAllowed') ?? 0,
          currentHealthy: status.integer('currentHealthy') ?? 0,
          desiredHealthy: status.integer('desiredHealthy') ?? 0,
          unhealthyPodEvictionPolicy:
            spec.text('unhealthyPodEvictionPolicy') === 'AlwaysAllow' ? 'AlwaysAllow' : 'IfHealthyBudget',
        },
      },
    };
  });
}
