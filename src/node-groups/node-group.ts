/** Node groups as the deciding rooms see them: what the provider said at the last refresh, as plain values. */
import type { Instance, NodeGroupOptions, NodeTemplate } from '../cloud/facts.ts';

export interface NodeGroupState {
  readonly id: string;
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  /** Nodes being created count, nodes being deleted do not. */
  readonly targetSize: number;
  /** See NodeGroup.staleUntilMs. */
  readonly staleUntilMs?: number;
  readonly instances: readonly Instance[];
  readonly template: NodeTemplate | undefined;
  /** Why there is no template; '' when there is one. */
  readonly templateProblem: string;
  /** US dollars for one node; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
  /** A resize is in flight or its outcome is not known yet. */
  readonly resizing: boolean;
  readonly options: NodeGroupOptions;
}
