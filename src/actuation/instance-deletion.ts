/**
 * Deletes instances that failed to be created or never became nodes, by id.
 *
 * 1. An instance whose node has registered meanwhile is left alone: only a removal may delete a node (I2, I3). The watch
 *    of nodes may be behind, so the API server itself is asked, just before each request; what is not certain is left.
 * 2. Each is asked for once; again only when it is still there after {@link ASK_AGAIN_MS}.
 */
import type { CloudResult, IsStillDue, NodeGroup } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { InstancesToDelete } from '../node-groups/view.ts';
import type { Acting } from './acting.ts';
import { instanceDeleted, instanceDeletionFailed } from './events.ts';
import { freeGroup } from './resizes.ts';

/** Longer than the cloud takes to show a deletion that it has agreed to. */
const ASK_AGAIN_MS = 5 * 60_000;

export class InstanceDeletion {
  readonly #acting: Acting;
  /** When each instance was last asked for, by id; entries older than {@link ASK_AGAIN_MS} are dropped. */
  readonly #askedAtMs = new Map<string, number>();

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  /** Sends what has not been asked for yet; whether anything was sent. */
  start(deletion: InstancesToDelete, cluster: Cluster, decision?: string): boolean {
    const now = this.#acting.monotonic();
    for (const [id, atMs] of this.#askedAtMs) if (atMs + ASK_AGAIN_MS <= now) this.#askedAtMs.delete(id);
    const group = freeGroup(this.#acting, deletion.groupId);
    const registered = providerIDs(cluster);
    const instanceIds = deletion.instanceIds.filter((id) => !this.#askedAtMs.has(id) && !registered.has(id));
    if (group === undefined || instanceIds.length === 0) return false;
    for (const id of instanceIds) this.#askedAtMs.set(id, now);
    this.#acting.spawn(async () => {
      const { groupId } = deletion;
      const due = new Set(instanceIds);
      const isStillDue = async (id: string): Promise<boolean> => {
        const nodes = await this.#acting.look((kubernetes) => kubernetes.registeredProviderIDs());
        if (nodes.ok && !nodes.value.has(id) && this.#acting.mayAct()) return true;
        due.delete(id);
        return false;
      };
      const remove = (): Promise<CloudResult> => deleteFrom(group, instanceIds, deletion.force, isStillDue);
      const result = await this.#acting.callCloud(groupId, remove, { decision });
      this.#tell(groupId, [...due], result, decision);
    });
    return true;
  }

  #tell(groupId: string, instanceIds: readonly string[], result: CloudResult, decision?: string): void {
    if (instanceIds.length === 0) return;
    if (result.ok) {
      for (const id of instanceIds) this.#acting.record(instanceDeleted(id), decision);
      this.#acting.observe({ kind: 'instances-deleted', groupId, instanceIds });
      return;
    }
    for (const id of instanceIds) this.#acting.record(instanceDeletionFailed(id, result.error.message), decision);
    this.#acting.observe({ kind: 'instance-deletion-failed', groupId, instanceIds, error: result.error });
  }
}

/** By force where that is wished for and the cloud can. */
async function deleteFrom(
  group: NodeGroup,
  instanceIds: readonly string[],
  force: boolean,
  isStillDue: IsStillDue,
): Promise<CloudResult> {
  if (!force) return group.deleteNodes(instanceIds, isStillDue);
  const forced = await group.forceDeleteNodes(instanceIds, isStillDue);
  return !forced.ok && forced.error.kind === 'unsupported' ? group.deleteNodes(instanceIds, isStillDue) : forced;
}

function providerIDs(cluster: Cluster): ReadonlySet<string> {
  return new Set(cluster.nodeSlots().map((slot) => cluster.node(slot).providerID));
}
