/** Which pods a term of affinity, anti-affinity or spread is about: labels, and the namespaces they are looked for in. */
import type { Labels, LabelSelector, PodAffinityTerm } from './facts.ts';
import { selectorMatches } from './selectors.ts';

export interface PodSelection {
  /** `undefined`: no pod. */
  readonly labels: LabelSelector | undefined;
  readonly namespaces: readonly string[];
  /** Namespaces besides those; `undefined`: none. */
  readonly namespaceSelector: LabelSelector | undefined;
}

/** What a term of a pod in the namespace selects. */
export function selectionOf(term: PodAffinityTerm, ownNamespace: string): PodSelection {
  const { labelSelector: labels, namespaces, namespaceSelector } = term;
  const onlyOwn = namespaces.length === 0 && namespaceSelector === undefined;
  return { labels, namespaces: onlyOwn ? [ownNamespace] : namespaces, namespaceSelector };
}

/** Whether a pod of these labels, in a namespace of those, is selected. */
export function selects(
  { labels, namespaces, namespaceSelector }: PodSelection,
  pod: { readonly namespace: string; readonly labels: Labels },
  namespaceLabels: Labels,
): boolean {
  const within =
    namespaces.includes(pod.namespace) ||
    (namespaceSelector !== undefined && selectorMatches(namespaceSelector, namespaceLabels));
  return within && selectorMatches(labels, pod.labels);
}

/** Equal for equal selections. */
export function selectionKey({ labels, namespaces, namespaceSelector }: PodSelection): string {
  return JSON.stringify([labels ?? null, namespaces.toSorted(), namespaceSelector ?? null]);
}
