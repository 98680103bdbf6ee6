/** Making pods from a controller's template. */
import type { KubeObject, NewObject } from '../kubernetes/object.ts';
import { ownerReferenceTo } from '../kubernetes/store.ts';
import { type PodTemplate, type StringMap, namespaceOf } from './shapes.ts';

export interface PodIdentity {
  /** The pod's name; without it the server makes one from the owner's. */
  readonly name?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

/** A new pod as `owner`'s template has it. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplate | undefined,
  identity: PodIdentity = {},
): NewObject {
  const annotations = { ...template?.metadata?.annotations, ...identity.annotations };
  return {
    metadata: {
      ...(identity.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: identity.name }),
      namespace: namespaceOf(owner),
      labels: { ...template?.metadata?.labels, ...identity.labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [ownerReferenceTo(owner)],
    },
    spec: template?.spec ?? {},
  };
}

/** The letters of Kubernetes' safe names: no vowels, no look-alikes. */
const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const HASH_LETTERS = 8;

/** A short name for a template's content: equal for equal content (FNV-1a, written in safe letters). */
export function templateHash(template: PodTemplate | undefined): string {
  const text = JSON.stringify(template ?? {});
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  let name = '';
  for (let i = 0; i < HASH_LETTERS; i++) {
    name += SAFE_LETTERS.charAt(hash % SAFE_LETTERS.length);
    hash = Math.floor(hash / SAFE_LETTERS.length) ^ (Math.imul(hash, 0x01000193) >>> 8);
  }
  return name;
}

/** A number of pods, or a percentage of `total`. */
export function scaledValue(
  value: number | string | undefined,
  total: number,
  round: (value: number) => number,
): number {
  if (typeof value !== 'string') return value ?? 0;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}
