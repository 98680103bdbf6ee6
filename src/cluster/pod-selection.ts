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

/** As much of a pod as a selection looks at. */
export interface SelectablePod {
  readonly namespace: string;
  readonly labels: Labels;
}

/** The label that a pod must have to be selected, with one of the values. */
export interface LabelDemand {
  readonly key: string;
  readonly values: readonly string[];
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
  pod: SelectablePod,
  namespaceLabels: Labels,
): boolean {
  const within =
    namespaces.includes(pod.namespace) ||
    (namespaceSelector !== undefined && selectorMatches(namespaceSelector, namespaceLabels));
  return within && selectorMatches(labels, pod.labels);
}

/** The one namespace that all pods selected by these are in, if it is known to be one. */
export function onlyNamespace(selections: readonly PodSelection[]): string | undefined {
  for (const { namespaces, namespaceSelector } of selections) {
    if (namespaceSelector === undefined && namespaces.length === 1) return namespaces[0];
  }
  return undefined;
}

/** All labels that a pod must have to be selected by all of these. */
export function labelDemands(selections: readonly PodSelection[]): readonly LabelDemand[] {
  return selections.flatMap(({ labels }) => labels?.requirements.filter(({ operator }) => operator === 'In') ?? []);
}

/** Equal for equal selections. */
export function selectionKey({ labels, namespaces, namespaceSelector }: PodSelection): string {
  return JSON.stringify([labels ?? null, namespaces.toSorted(), namespaceSelector ?? null]);
}
