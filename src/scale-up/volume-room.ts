/**
 * The volumes that new nodes take, as amounts that packing can count: a further column for each CSI driver with a limit.
 *
 * 1. A volume that only one pod uses is a demand of that pod. Of alike pods each counts as many as the one with the most.
 * 2. A volume that all pods of a group use costs each node one place, with the first of them.
 * 3. Of a volume that is shared in any other way each pod counts one: never too few.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Demand } from '../cluster/resources.ts';
import type { Volumes } from '../scheduling/node-volume-limits.ts';
import {
  attachedVolumes,
  countVolumes,
  csiNodeAt,
  hasCountableVolumes,
  volumesAreCounted,
  volumesOf,
} from '../scheduling/node-volume-limits.ts';
import type { PodGroup } from './equivalence.ts';
import type { SharedVolume } from './packing.ts';

/** What a pod of a group takes. */
interface VolumeDemand {
  readonly own: readonly Demand[];
  readonly shared: readonly SharedVolume[];
}

export interface VolumeRoom {
  /** What is free on an empty new node, by column from the first. */
  readonly free: readonly number[];
  /** The volumes that its own pods use. */
  readonly attached: ReadonlySet<string>;
  readonly demands: ReadonlyMap<PodGroup, VolumeDemand>;
}

const UNLIMITED: VolumeRoom = { free: [], attached: new Set(), demands: new Map() };

/** `slot`: an empty new node with its own pods. `firstColumn`: the first that is not taken by resources. */
export function volumeRoomOn(
  cluster: Cluster,
  slot: Slot,
  groups: readonly PodGroup[],
  firstColumn: number,
): VolumeRoom {
  const csiNode = volumesAreCounted(cluster) ? csiNodeAt(cluster, slot) : undefined;
  const counted = groups.filter(({ example }) => hasCountableVolumes(example));
  if (csiNode === undefined || counted.length === 0) return UNLIMITED;
  const attached = attachedVolumes(slot, cluster, csiNode);
  const columns = new Map<string, number>();
  const free: number[] = [];
  for (const [driver, limit] of csiNode.drivers) {
    if (limit === undefined) continue;
    columns.set(driver, firstColumn + free.length);
    free.push(limit - countVolumes(attached, driver));
  }
  if (free.length === 0) return UNLIMITED;
  const used = counted.map((group) => group.pods.map((pod) => volumesOf(pod, cluster, csiNode)));
  const users = countUsers(used.flat());
  const demands = counted.map((group, index) => [group, demandOf(used[index] ?? [], users, columns)] as const);
  return { free, attached: new Set(attached.keys()), demands: new Map(demands) };
}

/** How many pods use each volume. */
function countUsers(used: readonly Volumes[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const volumes of used) for (const key of volumes.keys()) users.set(key, (users.get(key) ?? 0) + 1);
  return users;
}

function demandOf(
  pods: readonly Volumes[],
  users: ReadonlyMap<string, number>,
  columns: ReadonlyMap<string, number>,
): VolumeDemand {
  const [first = new Map<string, string>(), ...others] = pods;
  const ofAll = [...first].filter(([key]) => others.every((volumes) => volumes.has(key)));
  const isShared = new Set(ofAll.map(([key]) => key).filter((key) => (users.get(key) ?? 0) > 1));
  const own = [...columns].flatMap(([driver, column]): Demand[] => {
    const amount = pods.reduce((most, volumes) => Math.max(most, countOwn(volumes, driver, isShared)), 0);
    return amount === 0 ? [] : [{ column, amount }];
  });
  const shared = ofAll.flatMap(([key, driver]): SharedVolume[] => {
    const column = columns.get(driver);
    return column === undefined || !isShared.has(key) ? [] : [{ key, column }];
  });
  return { own, shared };
}

function countOwn(volumes: Volumes, driver: string, isShared: ReadonlySet<string>): number {
  let own = 0;
  for (const [key, by] of volumes) if (by === driver && !isShared.has(key)) own += 1;
  return own;
}
