/** What expanders may know beside the options, all of it input of the decision (I10). */
import type { ExpanderPriorities } from '../cluster/expander-priorities.ts';
import type { Counsel } from './counsel.ts';

/** A seeded source of chance: the same seed, the same draws. */
export interface Lot {
  /** One of them, each as likely. There is at least one. */
  pick<T>(choices: readonly T[]): T;
}

export interface ExpanderKnowledge {
  /** Of a seed that the input gives; `undefined`: the first is drawn. */
  readonly lot: Lot | undefined;
  /** By which the expander priority goes; `undefined`: there is none, and it has no say. */
  readonly priorities: ExpanderPriorities | undefined;
  /** What the gRPC expander says; `undefined`: there is nobody to ask. */
  readonly counsel: Counsel | undefined;
  /** Nodes of the cluster, from which Cluster Autoscaler derives the size that it prefers. */
  readonly nodes: number;
  /** Choices are to be those of Cluster Autoscaler, whose scores are not ours everywhere. */
  readonly imitates: boolean;
}
