/**
 * Asks the cloud for more nodes, and takes back what it was asked for and never delivered. One call per pool at a time;
 * a pool that is busy is left for the next pass, which decides on what is true then (I4).
 */
import type { CloudResult, NodeGroup } from '../cloud/provider.ts';
import type { Withdrawal } from '../node-groups/view.ts';
import type { PlannedResize } from '../scale-up/scale-up.ts';
import { type Acting, NO_NEWS, NOT_LEADING } from './acting.ts';
import { resizeDone, resizeFailed, resizeStarted, withdrawalFailed } from './events.ts';

/** What a request waits for and comes of. */
interface Circumstances {
  /** It is sent once this has settled. */
  readonly kept?: Promise<void> | undefined;
  /** The id of the decision. */
  readonly decision?: string | undefined;
}

/** Sends the request; whether it could be sent. */
export function startResize(acting: Acting, resize: PlannedResize, { kept, decision }: Circumstances = {}): boolean {
  const { groupId, groupName, delta, from } = resize;
  const group = freeGroup(acting, groupId);
  if (group === undefined) return false;
  const to = from + delta;
  acting.observe({ kind: 'resize-sent', groupId, to, delta });
  acting.record(resizeStarted(groupName, from, to), decision);
  acting.spawn(async () => {
    const result = await acting.callCloud(groupId, () => increase(group, resize), { ready: kept, decision });
    tellResize(acting, resize, result, decision);
  });
  return true;
}

/** All at once where the group is to grow as a whole and the cloud can do that. */
async function increase(group: NodeGroup, { delta, atomic }: PlannedResize): Promise<CloudResult> {
  if (atomic !== true) return group.increaseSize(delta);
  const whole = await group.atomicIncreaseSize(delta);
  return !whole.ok && whole.error.kind === 'unsupported' ? group.increaseSize(delta) : whole;
}

/** Lowers the target to what is there; whether it could be sent. */
export function startWithdrawal(acting: Acting, withdrawal: Withdrawal, decision?: string): boolean {
  const { groupId, groupName, from, to } = withdrawal;
  const group = freeGroup(acting, groupId);
  if (group === undefined) return false;
  acting.spawn(async () => {
    const result = await acting.callCloud(groupId, () => group.decreaseTargetSize(to - from), { decision });
    if (result.ok) {
      acting.observe({ kind: 'withdrawn', groupId, from, to });
      return undefined;
    }
    acting.record(withdrawalFailed(groupName, result.error.message), decision);
    acting.observe({ kind: 'withdrawal-failed', groupId, error: result.error });
    return NO_NEWS;
  });
  return true;
}

/** The group, if it still exists and no call for it is under way. */
export function freeGroup({ provider, pools }: Acting, groupId: string): NodeGroup | undefined {
  return pools.isFree(groupId) ? provider.nodeGroups().find((group) => group.id() === groupId) : undefined;
}

function tellResize(
  acting: Acting,
  { groupId, groupName, delta, from }: PlannedResize,
  result: CloudResult,
  decision: string | undefined,
): void {
  if (result.ok) {
    acting.record(resizeDone(groupName, from + delta), decision);
    acting.observe({ kind: 'resize-accepted', groupId, delta });
    return;
  }
  if (result === NOT_LEADING) {
    acting.observe({ kind: 'resize-unsent', groupId });
    return;
  }
  acting.record(resizeFailed(groupName, result.error.message), decision);
  acting.observe({ kind: 'resize-failed', groupId, delta, error: result.error });
}
