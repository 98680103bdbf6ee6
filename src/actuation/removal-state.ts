/** What one node's removal is, what happens to it, and what it asks for: the vocabulary of removal.ts. */
import type { CloudError } from '../cloud/facts.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { BlockingPod, MovablePods } from '../scale-down/drainability.ts';
import type { EvictionOutcome, NodeWriteOutcome, ObjectEvent, WriteFailure } from './ports.ts';
import type { Result } from '../runtime/result.ts';
import type { SurgeAnswer, SurgeEffect, Surges } from './surge.ts';

export interface Removal {
  readonly node: string;
  readonly uid: string;
  readonly providerID: string;
  readonly groupId: string;
  readonly groupName: string;
  /** Planned with pods to move. A removal that was planned without is given up when a pod to move turns up. */
  readonly drains: boolean;
  readonly because: string;
  /** The decision that asked for it; absent: an earlier process did. */
  readonly decision?: string;
  /** The nodes that go with it or not at all, itself included; `undefined`: it goes by itself. */
  readonly together: readonly string[] | undefined;
  /** The cordon is ours to take back. */
  readonly cordoned: boolean;
  readonly state: RemovalState;
}

export type RemovalState =
  /** The taint (and the cordon) is being written. */
  | { readonly kind: 'tainting' }
  /** Tainted; the scheduler gets time to notice. `seen`: the watch has told of the taint. */
  | { readonly kind: 'waiting'; readonly taintedAtMs: number; readonly seen: boolean }
  /** Replacements of pods that must not be missed are started elsewhere and waited for: see surge.ts. */
  | { readonly kind: 'surging'; readonly sinceMs: number; readonly surges: Surges }
  /** Its pods are asked to leave, and waited for. */
  | {
      readonly kind: 'draining';
      readonly sinceMs: number;
      /** By pod uid. */
      readonly evictions: ReadonlyMap<string, Eviction>;
      /** Uids of the DaemonSet pods that are drained like any other, in their step of priority. */
      readonly daemonSet: ReadonlySet<string>;
      /** In the first look of a drain that is taken up again: since when its pods have been asked to leave. */
      readonly takenUpSinceMs?: number;
      readonly deletion: DeletionAttempts;
    }
  /** No pod is left; its volumes, or whoever asked for a delay, are waited for. */
  | {
      readonly kind: 'settling';
      readonly sinceMs: number;
      readonly drainingSinceMs: number;
      /** For people. */
      readonly waitsFor: string;
      readonly nextAtMs: number;
      readonly deletion: DeletionAttempts;
    }
  /** Nothing holds it any more: its turn at the cloud is waited for. */
  | {
      readonly kind: 'ready';
      readonly sinceMs: number;
      readonly drainingSinceMs: number;
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

export type StateOf<K extends RemovalState['kind']> = Extract<RemovalState, { kind: K }>;

export interface DeletionAttempts {
  /** How often the cloud was asked and may have done it. */
  readonly count: number;
  /** When it was first tried; `undefined`: it has not been. */
  readonly firstAtMs: number | undefined;
  /** It is not to be asked again before. */
  readonly notBeforeMs: number;
}

export const NOT_ASKED: DeletionAttempts = { count: 0, firstAtMs: undefined, notBeforeMs: 0 };

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
  /** Volumes that are attached to it and that no pod on it uses. */
  readonly strayVolumes: readonly string[];
  readonly instance: 'running' | 'deleting' | 'gone' | 'unknown';
  /** When the cloud was last read. */
  readonly cloudSeenAtMs: number;
}

/** What happens to a removal. */
export type RemovalEvent =
  | { readonly kind: 'begin'; readonly node: NodeFacts }
  | { readonly kind: 'look'; readonly sight: NodeSight }
  | { readonly kind: 'marked'; readonly result: Result<NodeWriteOutcome, WriteFailure> }
  | { readonly kind: 'surge'; readonly podUid: string; readonly answer: SurgeAnswer }
  | { readonly kind: 'eviction'; readonly podUid: string; readonly result: Result<EvictionOutcome, WriteFailure> }
  /** Of a removal that is ready, in the same moment as its look: the cloud is being asked. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'deletion'; readonly result: Result<void, CloudError> }
  /** A last look past the watches showed why it must stay; the cloud was not asked. */
  | { readonly kind: 'held-back'; readonly message: string }
  /** One of those that it was to go together with stays. */
  | { readonly kind: 'companion-stays'; readonly node: string }
  | { readonly kind: 'unmarked'; readonly result: Result<NodeWriteOutcome, WriteFailure> };

/** What a removal asks to be done. */
export type Effect =
  | { readonly kind: 'mark'; readonly cordon: boolean }
  | { readonly kind: 'unmark'; readonly uncordon: boolean }
  /** `awaited`: the answer matters. */
  | { readonly kind: 'evict'; readonly pod: PodFacts; readonly graceSeconds: number; readonly awaited: boolean }
  | SurgeEffect
  /** The watch told of the taint so long after it was asked for. */
  | { readonly kind: 'taint-seen'; readonly afterMs: number }
  /** A pod of the node left at our request, or would not. */
  | { readonly kind: 'eviction-over'; readonly pod: string; readonly succeeded: boolean }
  | { readonly kind: 'event'; readonly event: ObjectEvent };

export interface Step {
  readonly removal: Removal;
  readonly effects: readonly Effect[];
}

/** The removal in another state. */
export function to(removal: Removal, state: RemovalState, effects: readonly Effect[] = []): Step {
  return { removal: { ...removal, state }, effects };
}

export function unchanged(removal: Removal): Step {
  return { removal, effects: [] };
}
