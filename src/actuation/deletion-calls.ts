/**
 * Asks the cloud to delete the nodes of a batch, and gives each removal its answer.
 *
 * 1. Each node is looked at once more just before its request is sent, and before each repetition, past the watches: a pod
 *    that was not there when its turn came holds it back (I2, I3).
 * 2. That the cloud is being asked is written on the node before, so that no restart asks twice (I3).
 * 3. Of a request that failed in part, a node that the provider knows to be going is deleted all the same; and while
 *    nobody knows whether a first request was done, nothing that is found later is an answer (I4).
 */
import type { CloudResult, NodeGroup } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import { success } from '../runtime/result.ts';
import type { Acting } from './acting.ts';
import { deletionMark } from './node-marks.ts';
import type { NodeLook } from './ports.ts';
import type { Removal, RemovalEvent } from './removal-state.ts';
import { identity } from './rollback.ts';
import { instanceState } from './sight.ts';

/** By node name. */
export type DeletionAnswers = ReadonlyMap<string, RemovalEvent>;

interface Looking {
  readonly acting: Acting;
  /** Uids of the pods that were on each node when its turn came. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function deleteBatch(
  acting: Acting,
  cluster: Cluster,
  group: NodeGroup,
  batch: readonly Removal[],
): Promise<DeletionAnswers> {
  const answers = new Map<string, RemovalEvent>();
  const looking: Looking = { acting, seen: new Map(batch.map(({ node }) => [node, podsOn(cluster, node)])) };
  const isStillDue = async (removal: Removal): Promise<boolean> => {
    const verdict = await lastLook(looking, removal);
    if (verdict === undefined) answers.delete(removal.node);
    else answers.set(removal.node, verdict);
    return verdict === undefined && acting.mayAct();
  };
  const remove = async (): Promise<CloudResult> => {
    if (!(await mayGoTogether(batch, isStillDue))) return notNow('not all of its nodes may be deleted now');
    const byId = new Map(batch.map((removal) => [removal.providerID, removal]));
    return group.deleteNodes([...byId.keys()], (id) => {
      const removal = byId.get(id);
      return removal === undefined ? Promise.resolve(false) : isStillDue(removal);
    });
  };
  const result = await acting.callCloud(group.id(), remove, { decision: decisionOf(batch) });
  return new Map(
    batch.map((removal) => [removal.node, answerTo(removal, result, answers.get(removal.node), acting)] as const),
  );
}

/** Of the nodes of a batch; `undefined`: they were decided on apart, or by an earlier process. */
function decisionOf(batch: readonly Removal[]): string | undefined {
  const [first, ...others] = new Set(batch.map(({ decision }) => decision));
  return others.length === 0 ? first : undefined;
}

/** Nodes that go together or not at all are all looked at before the first is asked for. */
async function mayGoTogether(
  batch: readonly Removal[],
  isStillDue: (removal: Removal) => Promise<boolean>,
): Promise<boolean> {
  for (const removal of batch) if (removal.together !== undefined && !(await isStillDue(removal))) return false;
  return true;
}

function answerTo(
  removal: Removal,
  result: CloudResult,
  verdict: RemovalEvent | undefined,
  acting: Acting,
): RemovalEvent {
  if (!result.ok && result.error.kind === 'unknown-outcome') return { kind: 'deletion', result };
  if (verdict !== undefined) return verdict;
  const state = instanceState(acting.provider, removal);
  const isGoing = !result.ok && (state === 'deleting' || state === 'gone');
  return { kind: 'deletion', result: isGoing ? success(undefined) : result };
}

/** Why the node is not deleted now; `undefined`: it is. */
async function lastLook({ acting, seen }: Looking, removal: Removal): Promise<RemovalEvent | undefined> {
  const node = identity(removal);
  const marked = await acting.look((kubernetes) => kubernetes.changeNode(node, deletionMark(removal, acting.now())));
  if (!marked.ok) return { kind: 'deletion', result: notNow(`it could not be marked: ${marked.error.message}`) };
  const look = await acting.look((kubernetes) => kubernetes.lookAtNode(node));
  if (!look.ok) {
    return { kind: 'deletion', result: notNow(`it could not be looked at before: ${look.error.message}`) };
  }
  const reason = reasonToHoldBack(look.value, seen.get(removal.node) ?? new Set());
  return reason === undefined ? undefined : { kind: 'held-back', message: reason };
}

/** What the API server knows of the node and the removal does not. */
function reasonToHoldBack(look: NodeLook, seen: ReadonlySet<string>): string | undefined {
  if (look.kind === 'gone') return 'its Node object is gone';
  if (!look.taintKeys.includes(TO_BE_DELETED_TAINT)) return 'its taint was taken off by somebody else';
  const unknown = look.pods.find(({ uid }) => !seen.has(uid));
  return unknown === undefined ? undefined : `pod ${unknown.key} is on it, which the watch has not told of yet`;
}

function podsOn(cluster: Cluster, node: string): ReadonlySet<string> {
  const slot = cluster.slotOf(node);
  return new Set(slot === undefined ? [] : cluster.podsOn(slot).keys());
}

function notNow(message: string): CloudResult {
  return { ok: false, error: { kind: 'unavailable', message } };
}
