/**
 * What to clear away of a group: instances that will not become nodes, and nodes that were asked for and never came.
 *
 * Neither takes the group below its minimum size (the provider refuses that too): at the minimum they stay. A withdrawal never reaches instances that exist, since the cloud would pick its victims.
 */
import type { CloudError } from '../cloud/facts.ts';
import type { InstancesToDelete, NodeGroupView, Withdrawal } from './view.ts';

export function instancesToDelete(view: NodeGroupView, provisionTimeMs: number): InstancesToDelete[] {
  const { state } = view;
  const group = { groupId: state.id, groupName: state.name };
  let allowed = Math.max(0, state.targetSize - state.minSize);
  const take = (ids: readonly string[]): string[] => {
    const taken = ids.toSorted().slice(0, allowed);
    allowed -= taken.length;
    return taken;
  };

  const deletions: InstancesToDelete[] = [];
  for (const [message, { error, ids }] of failedByMessage(view)) {
    const instanceIds = take(ids);
    const because = `the cloud could not create ${words(instanceIds.length)}: ${message}`;
    deletions.push({ ...group, instanceIds, because, cause: { kind: 'failed', error } });
  }
  const overdue = take(view.unregistered.filter((one) => one.overdue).map(({ instance }) => instance.id));
  const because = `${words(overdue.length)} did not become a node within ${Math.round(provisionTimeMs / 60_000)} min`;
  deletions.push({
    ...group,
    instanceIds: overdue,
    because,
    cause: { kind: 'never-registered', afterMs: provisionTimeMs },
  });
  return deletions.filter(({ instanceIds }) => instanceIds.length > 0);
}

function failedByMessage(view: NodeGroupView): Map<string, { readonly error: CloudError; readonly ids: string[] }> {
  const byMessage = new Map<string, { error: CloudError; ids: string[] }>();
  for (const { id, error } of view.failed) {
    if (error === undefined) continue;
    const same = byMessage.get(error.message);
    if (same === undefined) byMessage.set(error.message, { error, ids: [id] });
    else same.ids.push(id);
  }
  return byMessage;
}

/** `givenUp`: of the target, how many nodes are no longer expected. */
export function withdrawals(view: NodeGroupView, givenUp: number): Withdrawal[] {
  const { id, name, targetSize, minSize, instances, resizing } = view.state;
  const listed = instances.filter(({ state }) => state !== 'deleting').length;
  const to = Math.max(targetSize - givenUp, minSize, listed);
  if (givenUp === 0 || resizing || to >= targetSize) return [];
  const because = `${targetSize - to} of the nodes asked for never came`;
  return [{ groupId: id, groupName: name, from: targetSize, to, because }];
}

function words(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}
