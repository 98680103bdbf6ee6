/** What one node's removal is, what happens to it, and what it asks for: the vocabulary of removal.ts. */
import type { CloudError } from '../cloud/facts.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { BlockingPod, MovablePods } from '../scale-down/drainability.ts';
import type { EvictionOutcome, NodeWriteOutcome, ObjectEvent, WriteFailure } from './ports.ts';
import type { Result } from '../runtime/result.ts';

export interface Removal {
  readonly node: string;
  readonly uid: string;
  readonly providerID: string;
  readonly groupId: string;
  readonly groupName: string;
  /** Planned with pods to move. A removal that was planned without is given up when a pod to move turns up. */
  readonly drains: boolean;
  readonly because: string;
  /** The cordon is ours to take back. */
  readonly cordoned: boolean;
  readonly state: RemovalState;
}

export type RemovalState =
  /** The taint (and the cordon) is being written. */
  | { readonly kind: 'tainting' }
  /** Tainted; the scheduler gets time to notice. */
  | { readonly kind: 'waiting'; readonly taintedAtMs: number }
  /** Its pods are asked to leave, and waited for; with none left, its pool is waited for. */
  | {
      readonly kind: 'draining';
      readonly sinceMs: number;
      /** By pod uid. */
      readonly evictions: ReadonlyMap<string, Eviction>;
      readonly deletion: DeletionAttempts;
    }
  /** The cloud is asked to delete it. */
  | { readonly kind: 'deleting'; readonly askedAtMs: number; readonly deletion: DeletionAttempts }
  /** The cloud has agreed, or its reply was lost (`certain: false`): the instance is watched. */
  | {
      readonly kind: 'leaving';
      readonly askedAtMs: number;
      readonly certain: boolean;
      readonly deletion: DeletionAttempts;
    }
  /** The removal failed: taint and cordon are taken back. `nextAtMs`: when to try again; `undefined`: being written. */
  | { readonly kind: 'rolling-back'; readonly message: string; readonly nextAtMs: number | undefined }
  | { readonly kind: 'done'; readonly how: 'deleted' | 'vanished' }
  | { readonly kind: 'failed'; readonly message: string };

/** How often the cloud was asked, and before when it is not to be asked again. */
export interface DeletionAttempts {
  readonly count: number;
  readonly notBeforeMs: number;
}

/** How one pod's eviction stands. */
export interface Eviction {
  readonly pod: PodFacts;
  readonly firstAtMs: number;
  readonly phase:
    | { readonly kind: 'asked' }
    | { readonly kind: 'refused'; readonly message: string; readonly nextAtMs: number }
    | { readonly kind: 'granted'; readonly atMs: number };
}

/** What a look at the cluster and the cloud shows of the node. */
export interface NodeSight {
  /** `undefined`: gone, or another one bears the name. */
  readonly node: NodeFacts | undefined;
  /** Uids of the pods that occupy it. */
  readonly present: ReadonlySet<string>;
  /** What becomes of them, budgets aside. */
  readonly pods: MovablePods | BlockingPod;
  /** The pod that a budget would keep on it at this moment. */
  readonly refused: BlockingPod | undefined;
  readonly instance: 'running' | 'deleting' | 'gone' | 'unknown';
  /** When the cloud was last read. */
  readonly cloudSeenAtMs: number;
  /** No other call to the cloud for this pool is under way (I4). */
  readonly poolFree: boolean;
}

/** What happens to a removal. */
export type RemovalEvent =
  | { readonly kind: 'begin'; readonly node: NodeFacts }
  | { readonly kind: 'look'; readonly sight: NodeSight }
  | { readonly kind: 'marked'; readonly result: Result<NodeWriteOutcome, WriteFailure> }
  | { readonly kind: 'eviction'; readonly podUid: string; readonly result: Result<EvictionOutcome, WriteFailure> }
  | { readonly kind: 'deletion'; readonly result: Result<void, CloudError> }
  /** A last look past the watches showed why it must stay; the cloud was not asked. */
  | { readonly kind: 'held-back'; readonly message: string }
  | { readonly kind: 'unmarked'; readonly result: Result<NodeWriteOutcome, WriteFailure> };

/** What a removal asks to be done. */
export type Effect =
  | { readonly kind: 'mark'; readonly cordon: boolean }
  | { readonly kind: 'unmark'; readonly uncordon: boolean }
  /** `awaited`: the answer matters. */
  | { readonly kind: 'evict'; readonly pod: PodFacts; readonly graceSeconds: number; readonly awaited: boolean }
  | { readonly kind: 'delete' }
  | { readonly kind: 'event'; readonly event: ObjectEvent };

export interface Step {
  readonly removal: Removal;
  readonly effects: readonly Effect[];
}
