/**
 * One call at a time per pool: no resize while another, or a deletion, is under way (I4). A call whose reply was lost
 * keeps its pool until the cloud has been read again, which tells what became of it. All times are monotonic.
 */
import { invariant } from '../cluster/invariant.ts';
import type { CloudResult } from '../cloud/provider.ts';

type Hold = { readonly kind: 'calling' } | { readonly kind: 'unresolved'; readonly sinceMs: number };

export class PoolCalls {
  readonly #holds = new Map<string, Hold>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  isFree(groupId: string): boolean {
    return !this.#holds.has(groupId);
  }

  /** The pools whose size is not settled. */
  unsettled(): ReadonlySet<string> {
    return new Set(this.#holds.keys());
  }

  /** Holds the free pool for one call. A call that throws counts as one whose reply was lost. */
  async call(groupId: string, run: () => Promise<CloudResult>): Promise<CloudResult> {
    invariant(this.isFree(groupId), `one call at a time for pool ${groupId}`);
    this.#holds.set(groupId, { kind: 'calling' });
    const result = await run().catch(lostReply);
    if (!result.ok && result.error.kind === 'unknown-outcome') {
      this.#holds.set(groupId, { kind: 'unresolved', sinceMs: this.#now() });
    } else {
      this.#holds.delete(groupId);
    }
    return result;
  }

  /** The cloud was read, beginning at that time: what was lost before is resolved. */
  refreshed(atMs: number): void {
    for (const [groupId, hold] of this.#holds) {
      if (hold.kind === 'unresolved' && hold.sinceMs < atMs) this.#holds.delete(groupId);
    }
  }
}

function lostReply(thrown: unknown): CloudResult {
  const message = thrown instanceof Error ? thrown.message : 'the call ended without an answer';
  return { ok: false, error: { kind: 'unknown-outcome', message } };
}
