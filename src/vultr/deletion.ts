/**
 * Deleting nodes by id: the only way in which a node goes (I3).
 *
 * - Each id is asked for once. Gone already (404 and its texts) is done; being deleted already is done.
 * - A lost reply is resolved by reading the pool. Only if the node is then still there, untouched, is it asked for again,
 *   once.
 * - Just before each request somebody may still say no: nothing is sent for that id, which is no failure, but an open
 *   outcome of a first try stays open.
 * - Nothing is sent when one of the ids is not this pool's, or when the pool would pass its minimum.
 */
import type { CloudError } from '../cloud/facts.ts';
import type { CloudResult, IsStillDue } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import { nodeIdOf, providerIdOf } from './instances.ts';
import { refused, type ManagedPool } from './managed-pool.ts';

/** The ids say what is deleted, however old the listing; it only has to be young enough to judge the minimum by. */
const FRESH_FOR_MS = 5000;
/** Deletions under way at once; the request budget is what limits them in the long run. */
const PARALLEL_DELETIONS = 4;

/** Errors after which the others would fail alike. */
const STOPPING: ReadonlySet<CloudError['kind']> = new Set([
  'unauthorized',
  'rate-limited',
  'unavailable',
  'account-refused',
]);

interface DeletionOptions {
  readonly instanceIds: readonly string[];
  /** Whether the pool may pass its minimum, and its last node go. */
  readonly mayPassMinimum: boolean;
  readonly isStillDue: IsStillDue | undefined;
}

const ALWAYS: IsStillDue = () => Promise.resolve(true);

export async function deleteInstances(pool: ManagedPool, options: DeletionOptions): Promise<CloudResult> {
  return pool.exclusive.run(async () => {
    const ready = await pool.readyForChange(FRESH_FOR_MS);
    if (!ready.ok) return ready;
    const wanted = [...new Set(options.instanceIds)].map((id) => ({ id, nodeId: nodeIdOf(id) ?? id }));
    const foreign = wanted.filter(({ nodeId }) => !pool.ledger.knows(nodeId)).map(({ id }) => id);
    if (foreign.length > 0) return refused(`pool ${pool.row.label} has no instance ${foreign.join(', ')}`);
    const due = wanted.map(({ nodeId }) => nodeId).filter((nodeId) => pool.ledger.isDeletable(nodeId));
    const tooMany = options.mayPassMinimum ? undefined : minimumPassed(pool, due.length);
    if (tooMany !== undefined) return refused(tooMany);
    return deleteAll(pool, due, options.isStillDue ?? ALWAYS);
  });
}

function minimumPassed(pool: ManagedPool, count: number): string | undefined {
  if (count === 0) return undefined;
  const { label } = pool.row;
  const target = pool.ledger.targetSize();
  const { minSize } = pool.bounds;
  if (target - count < minSize) {
    return `pool ${label} cannot lose ${count} of its ${target} nodes: its minimum is ${minSize}`;
  }
  if (pool.ledger.existing() - count < 1) {
    return `pool ${label} cannot lose its last existing node: VKE pools have at least one`;
  }
  return undefined;
}

/** What became of one deletion. */
interface Outcome {
  readonly nodeId: string;
  /** `undefined`: it is deleted, or going. */
  readonly error: CloudError | undefined;
}

async function deleteAll(pool: ManagedPool, nodeIds: readonly string[], isStillDue: IsStillDue): Promise<CloudResult> {
  const outcomes = await round(pool, nodeIds, isStillDue);
  const lostIds = outcomes.filter(({ error }) => error?.kind === 'unknown-outcome').map(({ nodeId }) => nodeId);
  if (lostIds.length === 0) return summary(pool, nodeIds, outcomes);
  pool.logger.warn('the reply to a node deletion was lost; reading the pool', { pool: pool.row.label, nodes: lostIds });
  const looked = await pool.look();
  if (!looked.ok) return summary(pool, nodeIds, outcomes);
  const remaining = lostIds.filter((nodeId) =>
    pool.row.nodes.some(({ id, status }) => id === nodeId && status !== 'closed'),
  );
  const second = await round(pool, remaining, isStillDue);
  const resolved = outcomes.map((outcome) => {
    if (!lostIds.includes(outcome.nodeId)) return outcome;
    return second.find(({ nodeId }) => nodeId === outcome.nodeId) ?? { nodeId: outcome.nodeId, error: undefined };
  });
  return summary(pool, nodeIds, resolved);
}

/** Asks for each, a few at a time; after an error that would meet the others too, the rest is not asked for. */
async function round(
  pool: ManagedPool,
  nodeIds: readonly string[],
  isStillDue: IsStillDue,
): Promise<readonly Outcome[]> {
  const waiting = [...nodeIds];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let nodeId = waiting.shift(); nodeId !== undefined; nodeId = waiting.shift()) {
      const error = await deleteOne(pool, nodeId, isStillDue);
      outcomes.push({ nodeId, error });
      if (error !== undefined && STOPPING.has(error.kind)) waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_DELETIONS }, worker));
  return outcomes;
}

async function deleteOne(pool: ManagedPool, nodeId: string, isStillDue: IsStillDue): Promise<CloudError | undefined> {
  const { ledger } = pool;
  const again = !ledger.isDeletable(nodeId);
  if (!again) ledger.deletionSent(nodeId);
  const said = { due: true };
  const sent = await pool.api.deleteNode(pool.id, nodeId, async () => {
    said.due = await isStillDue(providerIdOf(nodeId));
    return said.due;
  });
  const now = pool.now();
  if (!said.due) {
    if (again) return { kind: 'unknown-outcome', message: 'its reply was lost, and it is not to be repeated' };
    ledger.deletionRefused(nodeId);
    return undefined;
  }
  if (sent.ok || sent.error.kind === 'unknown-outcome') pool.changed();
  if (sent.ok) ledger.deletionAccepted(nodeId, now);
  else if (sent.error.kind === 'not-found') {
    // At the second try the first has done it; at the first, somebody else has.
    if (again) ledger.deletionAccepted(nodeId, now);
    else ledger.goneAlready(nodeId, now);
  } else if (sent.error.kind === 'unknown-outcome') {
    if (!again) ledger.deletionUncertain(nodeId, now);
    return sent.error;
  } else {
    // Refused for certain, but a first try with an unknown outcome stays open until a listing tells.
    if (!again) ledger.deletionRefused(nodeId);
    return sent.error;
  }
  pool.logger.info('deleted a node of a pool', { pool: pool.row.label, node: nodeId });
  return undefined;
}

/** Success when all are done; else the first error, with what was deleted all the same. */
function summary(pool: ManagedPool, asked: readonly string[], outcomes: readonly Outcome[]): CloudResult {
  const first = outcomes.find(({ error }) => error !== undefined);
  if (first?.error === undefined) return success(undefined);
  const deleted = outcomes.filter(({ error }) => error === undefined).map(({ nodeId }) => providerIdOf(nodeId));
  const done = deleted.length === 0 ? 'none' : deleted.join(', ');
  const message = `pool ${pool.row.label}: deleted ${deleted.length} of ${asked.length} nodes (${done}); ${providerIdOf(first.nodeId)}: ${first.error.message}`;
  return failure({ ...first.error, message });
}
