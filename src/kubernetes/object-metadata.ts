/** What is read of every object's metadata, from either wire format, and which annotations are kept. */
import type { Labels, OwnerReference } from '../cluster/facts.ts';
import { MalformedObject, type PartialIdentity } from './decode-result.ts';

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Labels;
  /** The kept ones only. */
  readonly annotations: Labels;
  readonly controller: OwnerReference | undefined;
  /** Whole seconds, as the API keeps them; 0 where the object has none. */
  readonly createdAtMs: number;
  readonly deletedAtMs: number | undefined;
  readonly deletionGraceSeconds: number;
}

/** The annotations that the product reads; all others are dropped at the door. */
const KEPT_ANNOTATION_PREFIXES = [
  'cluster-autoscaler.kubernetes.io/',
  'cluster-autoscaler.k8s.io/',
  // On nodes: holds a deletion back while another controller finishes its work.
  'delay-deletion.cluster-autoscaler.kubernetes.io/',
  'vke-autoscaler.io/',
  'controller.kubernetes.io/pod-deletion-cost',
  'kubernetes.io/config.mirror',
  'kubernetes.io/config.source',
];

export function keepsAnnotation(key: string): boolean {
  return KEPT_ANNOTATION_PREFIXES.some((prefix) => key.startsWith(prefix));
}

export function newPartialIdentity(): PartialIdentity {
  return { namespace: '', name: '', resourceVersion: '' };
}

/** An object that cannot be told from others is of no use. */
export function checkIdentity(metadata: { readonly name: string; readonly uid: string }): void {
  if (metadata.name === '') throw new MalformedObject('metadata.name', 'missing');
  if (metadata.uid === '') throw new MalformedObject('metadata.uid', 'missing');
}
