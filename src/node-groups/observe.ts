/**
 * Node groups as a pass finds them: the provider's word joined with the nodes that registered and with what is
 * remembered, so that each node asked for counts exactly once: as registered, or as on its way, or as failed.
 *
 * Nodes are counted one by one rather than by subtracting sums, so that a group in backoff keeps the nodes that are
 * still on their way: only those that failed are asked for elsewhere.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Instance } from '../cloud/facts.ts';
import type { GroupReason } from '../explain/reasons.ts';
import { backoffReason } from './backoff.ts';
import type { ClusterHealth, HealthThresholds } from './health.ts';
import { clusterHealth, DEFAULT_HEALTH_THRESHOLDS, groupHealth } from './health.ts';
import type { GroupSighting, NodeGroupMemory } from './memory.ts';
import { isAnswered, observed } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import { standingOf } from './readiness.ts';
import type { Registration } from './registered.ts';
import { registeredNodes } from './registered.ts';
import { instancesToDelete, withdrawals } from './repairs.ts';
import { templateOf } from './templates.ts';
import type { InstancesToDelete, NodeGroupView, NodeStanding, UnregisteredInstance, Withdrawal } from './view.ts';

export interface NodeGroupsInput {
  readonly cluster: Cluster;
  /** In the provider's order, which every list below keeps. */
  readonly groups: readonly NodeGroupState[];
  readonly memory: NodeGroupMemory;
  readonly options: NodeGroupHealthOptions;
  readonly now: number;
  readonly thresholds?: HealthThresholds;
}

export interface ObservedNodeGroups {
  readonly views: readonly NodeGroupView[];
  readonly memory: NodeGroupMemory;
  readonly health: ClusterHealth;
  /** What has to be cleared away, never below a group's minimum size. */
  readonly instancesToDelete: readonly InstancesToDelete[];
  readonly withdrawals: readonly Withdrawal[];
}

/** Pure: reads the model as it stands, outside or inside a trial, and changes nothing. */
export function observeNodeGroups(input: NodeGroupsInput): ObservedNodeGroups {
  const { cluster, groups, options, now, thresholds = DEFAULT_HEALTH_THRESHOLDS } = input;
  const registration = registeredNodes(cluster, groups);
  const censuses = groups.map((group) => census(input, group, registration));
  const memory = observed(
    input.memory,
    censuses.map(({ sighting }) => sighting),
    now,
    options,
  );
  const views = censuses.map((counted) => viewOf({ ...input, memory, thresholds }, counted));
  return {
    views,
    memory,
    health: healthOf(input, registration, thresholds),
    instancesToDelete: views.flatMap((view) => instancesToDelete(view, provisionTimeMs(view.state, options))),
    withdrawals: views.flatMap((view) => withdrawals(view, memory.givenUp[view.state.id] ?? 0)),
  };
}

interface Census {
  readonly group: NodeGroupState;
  readonly targetSize: number;
  readonly slots: readonly Slot[];
  readonly standing: Readonly<Record<NodeStanding, readonly Slot[]>>;
  readonly unregistered: readonly UnregisteredInstance[];
  readonly failed: readonly Instance[];
  readonly sighting: GroupSighting;
}

function census(input: NodeGroupsInput, group: NodeGroupState, registration: Registration): Census {
  const { memory, options, now } = input;
  const sent = memory.inFlight[group.id];
  const open = sent !== undefined && !isAnswered(sent, { settled: !group.resizing }, now);
  const targetSize = Math.max(group.targetSize, open ? sent.to : 0);
  const slots = registration.slots.get(group.id) ?? [];
  const living = group.instances.filter(({ state }) => state !== 'deleting');
  const missing = living.filter(({ id }) => !registration.registeredIds.has(id));
  const failed = missing.filter(({ error }) => error !== undefined);
  const provision = provisionTimeMs(group, options);
  const standing = standings(input, group, slots, registration);
  const unregistered = missing
    .filter(({ error }) => error === undefined)
    .map((instance) => {
      const sinceMs = memory.unregisteredSince[instance.id] ?? now;
      return { instance, sinceMs, overdue: sinceMs + provision < now };
    });
  return {
    group,
    targetSize,
    slots,
    standing,
    unregistered,
    failed,
    sighting: {
      groupId: group.id,
      settled: !group.resizing,
      unregisteredIds: unregistered.map(({ instance }) => instance.id),
      awaited: unregistered.filter(({ overdue }) => !overdue).length,
      failed: failed.flatMap(({ id, error }) => (error === undefined ? [] : [{ id, error }])),
      unlisted: Math.max(0, targetSize - living.length),
      starting: standing['not-started'].length,
      provisionTimeMs: provision,
    },
  };
}

function standings(
  { cluster, now }: NodeGroupsInput,
  { template }: NodeGroupState,
  slots: readonly Slot[],
  registration: Registration,
): Record<NodeStanding, Slot[]> {
  const standing: Record<NodeStanding, Slot[]> = { ready: [], unready: [], 'not-started': [], going: [] };
  for (const slot of slots) {
    const instanceGone = registration.instances.get(slot)?.state === 'deleting';
    standing[standingOf(cluster, slot, { now, instanceGone, expected: template?.allocatable })].push(slot);
  }
  return standing;
}

function viewOf(
  input: NodeGroupsInput & { readonly thresholds: HealthThresholds },
  { group, targetSize, slots, standing, unregistered, failed, sighting }: Census,
): NodeGroupView {
  const { cluster, memory, now, thresholds } = input;
  const awaited = unregistered.filter(({ overdue }) => !overdue).length;
  const givenUp = memory.givenUp[group.id] ?? 0;
  const template = templateOf(cluster, group, standing.ready, now);
  const broken = standing.unready.length + givenUp;
  const blocked =
    groupHealth(broken, slots.length - standing.going.length, thresholds) ??
    backoffReason(memory.backoffs[group.id], now) ??
    atMaxSize(group, targetSize) ??
    resizeInFlight(group, memory) ??
    (template === undefined ? noTemplate(group) : undefined);
  return {
    state: group,
    targetSize,
    slots,
    ready: standing.ready,
    unready: standing.unready,
    notStarted: standing['not-started'],
    going: standing.going,
    unregistered,
    failed,
    upcoming: isForgotten(input, group) ? 0 : standing['not-started'].length + awaited + sighting.unlisted - givenUp,
    growthRank: memory.growthOrder.indexOf(group.id),
    template,
    blocked,
  };
}

/** As Cluster Autoscaler does it, where that is asked for; on its own the pass counts what is on its way. */
function isForgotten({ memory, now, options }: NodeGroupsInput, { id }: NodeGroupState): boolean {
  if (!options.upcomingNeedsRequest) return false;
  return memory.scaleUpRequests[id] === undefined || backoffReason(memory.backoffs[id], now) !== undefined;
}

function atMaxSize({ maxSize }: NodeGroupState, targetSize: number): GroupReason | undefined {
  return targetSize < maxSize ? undefined : { code: 'GroupAtMaxSize', maxSize, targetSize };
}

function resizeInFlight(group: NodeGroupState, memory: NodeGroupMemory): GroupReason | undefined {
  return group.resizing || memory.inFlight[group.id] !== undefined ? { code: 'ResizeInFlight' } : undefined;
}

function noTemplate({ templateProblem }: NodeGroupState): GroupReason {
  return { code: 'NoTemplate', message: templateProblem };
}

function healthOf(
  { cluster, now }: NodeGroupsInput,
  { instances }: Registration,
  thresholds: HealthThresholds,
): ClusterHealth {
  let unready = 0;
  let registered = 0;
  for (const slot of cluster.nodeSlots()) {
    if (cluster.isSimulated(slot)) continue;
    registered += 1;
    const instanceGone = instances.get(slot)?.state === 'deleting';
    if (standingOf(cluster, slot, { now, instanceGone, expected: undefined }) === 'unready') unready += 1;
  }
  return clusterHealth(unready, registered, thresholds);
}

function provisionTimeMs(group: NodeGroupState, options: NodeGroupHealthOptions): number {
  return group.options.maxNodeProvisionTimeMs ?? options.maxNodeProvisionTimeMs;
}
