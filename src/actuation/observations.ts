/** What acting tells the next pass. */
import type { CloudError } from '../cloud/facts.ts';

export type ActuationObservation = { readonly atMs: number } & (
  | { readonly kind: 'resize-sent'; readonly groupId: string; readonly to: number; readonly delta: number }
  /** It was to be sent, and the lease was lost before: nobody was asked, and nobody has failed. */
  | { readonly kind: 'resize-unsent'; readonly groupId: string }
  | { readonly kind: 'resize-accepted'; readonly groupId: string; readonly delta: number }
  /** With `unknown-outcome` it may have been done all the same: the next reading tells. */
  | { readonly kind: 'resize-failed'; readonly groupId: string; readonly delta: number; readonly error: CloudError }
  | { readonly kind: 'withdrawn'; readonly groupId: string; readonly from: number; readonly to: number }
  | { readonly kind: 'withdrawal-failed'; readonly groupId: string; readonly error: CloudError }
  | { readonly kind: 'instances-deleted'; readonly groupId: string; readonly instanceIds: readonly string[] }
  | {
      readonly kind: 'instance-deletion-failed';
      readonly groupId: string;
      readonly instanceIds: readonly string[];
      readonly error: CloudError;
    }
  | ({ readonly kind: 'removal-started' } & RemovedNode)
  /** `how`: by us, or it went by itself. */
  | ({ readonly kind: 'removal-done'; readonly how: 'deleted' | 'vanished' } & RemovedNode)
  /** A pod of a node that is removed left at our request, or would not. */
  | { readonly kind: 'eviction-over'; readonly node: string; readonly pod: string; readonly succeeded: boolean }
  /** Its marks have been taken back. */
  | ({ readonly kind: 'removal-failed'; readonly message: string } & RemovedNode)
);

interface RemovedNode {
  readonly node: string;
  readonly uid: string;
  readonly groupId: string;
  readonly groupName: string;
  /** Pods were to move. */
  readonly drains: boolean;
}
