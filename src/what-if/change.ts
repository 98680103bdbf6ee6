/**
 * What may be asked: "what would be decided if …". A change is made to what a decision is made from, in a model of its own;
 * nothing of it reaches a cluster.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionInput } from '../loop/decide.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { nearestNames } from '../runtime/nearest.ts';
import { type Result, failure } from '../runtime/result.ts';

export type Change =
  /** The bounds that are not said stay. */
  | { readonly kind: 'pool'; readonly pool: string; readonly min?: number; readonly max?: number }
  | { readonly kind: 'price'; readonly plan: string; readonly usdPerHour: number }
  | { readonly kind: 'remove-node'; readonly node: string }
  | { readonly kind: 'scale'; readonly workload: WorkloadName; readonly replicas: number };

export interface WorkloadName {
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
}

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'Job' | 'ReplicationController';

/** What is changed step by step: the model in place, the node groups by replacing them. */
export interface Ground {
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupState[];
  readonly removals: DecisionInput['world']['removals'];
  readonly now: number;
}

/** What a change makes of the ground, and what a person has to know of it. */
interface Changed {
  readonly ground: Ground;
  readonly notes: readonly string[];
}

/** What is wrong with a change, and the part of it that is. */
export interface ChangeProblem {
  readonly field: 'pool' | 'min' | 'max' | 'price' | 'remove-node' | 'scale';
  readonly message: string;
}

export type ChangeResult = Result<Changed, ChangeProblem>;

const MOST_NEAR_NAMES = 5;

/** There is no such thing; perhaps one of these was meant. */
export function unknown(
  field: ChangeProblem['field'],
  what: string,
  name: string,
  names: Iterable<string>,
): { readonly ok: false; readonly error: ChangeProblem } {
  const near = nearestNames(name, names, MOST_NEAR_NAMES);
  const advice = near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`;
  return failure({ field, message: `there is no ${what} ${name}${advice}` });
}
