/**
 * Resizing a pool by quantity: more nodes, or fewer requests for nodes that do not exist yet.
 *
 * - Never beyond the bounds and never below the nodes that exist (I1): VKE picks the victims of a shrink at random.
 * - Sent once. A lost reply is resolved by reading the pool; while the reading does not tell, the outcome stays open and
 *   the pool is left alone (I4).
 */
import type { CloudResult } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import { refused, type ManagedPool } from './managed-pool.ts';

/**
 * A PATCH names a quantity, and one worked out from an old listing would undo what the console or another program has
 * asked for meanwhile. So the pool is read again, unless a refresh has just done so.
 */
const FRESH_FOR_MS = 250;
const ALWAYS_LOOK = -1;

export async function increase(pool: ManagedPool, delta: number): Promise<CloudResult> {
  if (!Number.isSafeInteger(delta) || delta <= 0)
    return refused(`an increase must be a whole number above 0, not ${delta}`);
  return pool.exclusive.run(async () => {
    const ready = await pool.readyForChange(FRESH_FOR_MS);
    if (!ready.ok) return ready;
    const hiddenForMs = pool.hiddenForMs();
    if (hiddenForMs > 0) return notYet(pool, 'it was changed by another program or person', hiddenForMs);
    const target = pool.ledger.targetSize();
    const { maxSize, minSize } = pool.bounds;
    // Somebody may have set the minimum above what is there: no quantity below it is asked for (I1).
    const asked = Math.max(target + delta, minSize);
    if (asked > maxSize) {
      return refused(`pool ${pool.row.label} cannot grow from ${target} to ${asked} nodes: its maximum is ${maxSize}`);
    }
    return resize(pool, asked);
  });
}

/** @param delta - Below 0. */
export async function withdraw(pool: ManagedPool, delta: number): Promise<CloudResult> {
  if (!Number.isSafeInteger(delta) || delta >= 0)
    return refused(`a decrease must be a whole number below 0, not ${delta}`);
  return pool.exclusive.run(async () => {
    // Nodes appear at any time: the look must be as young as can be, whatever the listing's age.
    const ready = await pool.readyForChange(ALWAYS_LOOK);
    if (!ready.ok) return ready;
    const hiddenForMs = Math.max(pool.hiddenForMs(), pool.ledger.hiddenUntilMs() - pool.now());
    if (hiddenForMs > 0) return notYet(pool, 'it was raised a moment ago', hiddenForMs);
    const target = pool.ledger.targetSize();
    const asked = target + delta;
    const existing = pool.ledger.existing();
    const { label, quantity } = pool.row;
    if (asked < existing) {
      return refused(
        `pool ${label} cannot be lowered from ${target} to ${asked}: ${existing} nodes exist, and VKE would delete some at random`,
      );
    }
    if (asked < pool.ledger.lowestSafeSize()) {
      const message = `pool ${label} cannot be lowered from ${target} to ${asked} yet: VKE may still count nodes that were lost, and would delete others for them`;
      return failure({ kind: 'unavailable', message });
    }
    if (asked < pool.bounds.minSize) {
      return refused(
        `pool ${label} cannot be lowered from ${target} to ${asked}: its minimum is ${pool.bounds.minSize}`,
      );
    }
    if (quantity > asked) return resize(pool, asked);
    // Vultr already wants no more than that: there is nothing to withdraw but our own expectation.
    pool.ledger.lowerAccepted(asked, pool.now());
    return success(undefined);
  });
}

/** The listing cannot be relied on for as long. */
function notYet(pool: ManagedPool, why: string, forMs: number): CloudResult {
  const seconds = Math.ceil(forMs / 1000);
  const message = `pool ${pool.row.label} is not resized yet: ${why}, and for ${seconds} s more Vultr's listing may not show all nodes`;
  return failure({ kind: 'unavailable', message, retryAfterMs: forMs });
}

async function resize(pool: ManagedPool, asked: number): Promise<CloudResult> {
  const before = pool.ledger.targetSize();
  const { ledger } = pool;
  const sent = await pool.api.resize(pool.id, asked);
  if (sent.ok || sent.error.kind === 'unknown-outcome') pool.changed();
  const fields = { pool: pool.row.label, from: before, to: asked };
  if (sent.ok) {
    if (asked > before) ledger.raiseAccepted(asked, pool.now());
    else ledger.lowerAccepted(asked, pool.now());
    if (sent.value !== undefined && sent.value !== asked) {
      pool.logger.warn('Vultr accepted a resize but echoed another quantity', { ...fields, echoed: sent.value });
    } else pool.logger.info('resized a node pool', fields);
    return success(undefined);
  }
  if (sent.error.kind !== 'unknown-outcome') return sent;
  ledger.resizeUncertain(asked, pool.now());
  pool.logger.warn('the reply to a resize was lost; reading the pool', { ...fields, error: sent.error.message });
  const looked = await pool.look();
  if (!looked.ok) return looked.error.kind === 'not-found' ? looked : sent;
  return ledger.isUnsettled() ? sent : success(undefined);
}
