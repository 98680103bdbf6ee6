/**
 * What to clear away of a group: instances that will not become nodes, and nodes that were asked for and never came.
 *
 * 1. Neither takes the group below its minimum size, unless that is wished for by a flag: at the minimum they stay.
 * 2. A withdrawal never reaches instances that exist, since the cloud would pick its victims.
 * 3. Nodes that have registered are never among them: only a removal, which drains them, may take those (I2). Of a group
 *    that goes as a whole, so does what else there is of it.
 */
import type { CloudError, Instance } from '../cloud/facts.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import type { InstancesToDelete, NodeGroupView, Withdrawal } from './view.ts';

export interface RepairRules extends Pick<
  NodeGroupHealthOptions,
  'forceDeleteFailed' | 'forceDeleteUnregistered' | 'upcomingNeedsRequest'
> {
  /** The group's. */
  readonly provisionTimeMs: number;
  /** What failed is left alone while the cluster is too broken to be judged; what never registered is not. */
  readonly clusterIsHealthy: boolean;
}

/** What there is of a group, as far as it may have to be cleared away. */
export interface Stock extends Pick<NodeGroupView, 'state' | 'slots' | 'failed' | 'unregistered'> {
  /** How many instances there are that are not being deleted. */
  readonly listed: number;
}

/** Of a group's target, how many nodes are to be asked for no longer. */
export interface Overhang {
  /** They were asked for, and did not come in time. */
  readonly late: number;
  /** The group has had fewer nodes than its target says; see imitation.ts. */
  readonly missing: number;
}

export interface Repairs {
  readonly deletions: readonly InstancesToDelete[];
  readonly withdrawals: readonly Withdrawal[];
  /** A target is put right for what is {@link Overhang.missing}. */
  readonly putsRight: boolean;
}

/** Everything that is to be cleared away shares what there is above the minimum: what is late first, then instances. */
export function repairsOf(stock: Stock, overhang: Overhang, rules: RepairRules): Repairs {
  const { targetSize, minSize, resizing } = stock.state;
  const unlisted = Math.max(0, targetSize - stock.listed);
  const spare = new Spare(Math.max(0, targetSize - minSize));
  const late = resizing ? 0 : spare.take(Math.min(overhang.late, unlisted));
  const deletions = instancesToDelete(stock, spare, rules);
  const maySettle = !resizing && rules.clusterIsHealthy;
  const missing = maySettle ? spare.take(Math.min(overhang.missing, unlisted) - late) : 0;
  return { deletions, withdrawals: withdrawal(stock, late + missing), putsRight: missing > 0 };
}

/** How many nodes may still be taken off the group. */
class Spare {
  #nodes: number;

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  take(wanted: number): number {
    const taken = Math.max(0, Math.min(wanted, this.#nodes));
    this.#nodes -= taken;
    return taken;
  }

  /** Whether or not there are as many. */
  takeAll(wanted: number): number {
    this.#nodes = Math.max(0, this.#nodes - wanted);
    return wanted;
  }
}

function instancesToDelete(stock: Stock, spare: Spare, rules: RepairRules): InstancesToDelete[] {
  const group = { groupId: stock.state.id, groupName: stock.state.name };
  const take = (ids: readonly string[], force: boolean): string[] =>
    ids.toSorted().slice(0, force ? spare.takeAll(ids.length) : spare.take(ids.length));

  const { failed, overdue } = lost(stock);
  const deletions: InstancesToDelete[] = [];
  for (const [message, { error, ids }] of rules.clusterIsHealthy ? byMessage(failed) : []) {
    const force = rules.forceDeleteFailed;
    // The provider is asked even at the minimum, as Cluster Autoscaler does; it may refuse.
    const instanceIds = take(ids, force || rules.upcomingNeedsRequest);
    const because = `the cloud could not create ${words(instanceIds.length)}: ${message}`;
    deletions.push({ ...group, instanceIds, because, force, cause: { kind: 'failed', error } });
  }
  const force = rules.forceDeleteUnregistered;
  const instanceIds = take(overdue, force);
  const { provisionTimeMs: afterMs } = rules;
  const because = `${words(instanceIds.length)} did not become a node within ${Math.round(afterMs / 60_000)} min`;
  deletions.push({ ...group, instanceIds, because, force, cause: { kind: 'never-registered', afterMs } });
  return deletions.filter((deletion) => deletion.instanceIds.length > 0);
}

/** A group that goes as a whole keeps what failed until all of it has, or loses what is not a node with it. */
function lost(stock: Stock): { readonly failed: readonly Instance[]; readonly overdue: readonly string[] } {
  const { failed, unregistered, state, slots } = stock;
  const overdue = unregistered.filter((one) => one.overdue).map(({ instance }) => instance.id);
  if (state.options.zeroOrMaxNodeScaling !== true || failed.length + overdue.length === 0) return { failed, overdue };
  const isWhole = failed.length + overdue.length === failed.length + unregistered.length + slots.length;
  if (state.options.allowNonAtomicScaleUpToMax === true && !isWhole) return { failed: [], overdue: [] };
  return { failed, overdue: unregistered.map(({ instance }) => instance.id) };
}

function byMessage(failed: readonly Instance[]): Map<string, { readonly error: CloudError; readonly ids: string[] }> {
  const found = new Map<string, { error: CloudError; ids: string[] }>();
  for (const { id, error } of failed) {
    if (error === undefined) continue;
    const same = found.get(error.message);
    if (same === undefined) found.set(error.message, { error, ids: [id] });
    else same.ids.push(id);
  }
  return found;
}

function withdrawal({ state }: Stock, nodes: number): Withdrawal[] {
  if (nodes <= 0) return [];
  const { id, name, targetSize } = state;
  const because = `${nodes} of the nodes asked for never came`;
  return [{ groupId: id, groupName: name, from: targetSize, to: targetSize - nodes, because }];
}

function words(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`;
}
