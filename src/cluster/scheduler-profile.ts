/** What a cluster's scheduler does otherwise than kube-scheduler by default, as far as "does it fit?" depends on it. */
import type { NodeSelectorTerm } from './facts.ts';

export interface SchedulerProfile {
  /** The pods that it is for name it in `spec.schedulerName`. */
  readonly schedulerName: string;
  /** Plugins that are not asked about the pod as a whole (PreFilter). */
  readonly skippedForPods: readonly string[];
  /** Plugins that are not asked about nodes (Filter). */
  readonly skippedForNodes: readonly string[];
  /** Terms of which each node has to match one, whatever the pod; `undefined`: no requirement. */
  readonly addedAffinity: readonly NodeSelectorTerm[] | undefined;
}

export const DEFAULT_PROFILE: SchedulerProfile = {
  schedulerName: 'default-scheduler',
  skippedForPods: [],
  skippedForNodes: [],
  addedAffinity: undefined,
};
