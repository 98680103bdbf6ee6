/**
 * Node groups as a pass finds them: the provider's word joined with the nodes that registered and with what is
 * remembered, so that each node asked for counts exactly once: as registered, or as on its way, or as failed.
 *
 * Nodes are counted one by one rather than by subtracting sums, so that a group in backoff keeps the nodes that are
 * still on their way: only those that failed are asked for elsewhere.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { GroupReason } from '../explain/reasons.ts';
import { backoffReason } from './backoff.ts';
import type { Census } from './census.ts';
import { census, provisionTimeMs, rulesFor } from './census.ts';
import type { PassGuard } from './guard.ts';
import { unhealthy } from './guard.ts';
import type { NodeCounts } from '../explain/record.ts';
import type { ClusterHealth, HealthThresholds } from './health.ts';
import { countGroup, countNodes } from './node-counts.ts';
import { clusterHealth, DEFAULT_HEALTH_THRESHOLDS, groupHealth } from './health.ts';
import { upcomingBySums } from './imitation.ts';
import type { NodeGroupMemory } from './memory.ts';
import { observed } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import { isReady } from './readiness.ts';
import { registeredNodes } from './registered.ts';
import type { Repairs } from './repairs.ts';
import { repairsOf } from './repairs.ts';
import { templateOf } from './templates.ts';
import type { FailedScaleUp, InstancesToDelete, NodeGroupView, Withdrawal } from './view.ts';

export interface NodeGroupsInput {
  readonly cluster: Cluster;
  /** In the provider's order, which every list below keeps. */
  readonly groups: readonly NodeGroupState[];
  readonly memory: NodeGroupMemory;
  readonly options: NodeGroupHealthOptions;
  readonly now: number;
  readonly thresholds?: HealthThresholds;
  /** Whether nodes are added to a cluster that has none. Yes unless said. */
  readonly fromZero?: boolean;
}

export interface ObservedNodeGroups {
  readonly views: readonly NodeGroupView[];
  readonly memory: NodeGroupMemory;
  readonly health: ClusterHealth;
  /** Set when the pass is to add and remove nothing. */
  readonly guard: PassGuard | undefined;
  /** What a group was asked for and has failed since the last pass. */
  readonly failures: readonly FailedScaleUp[];
  /** The nodes of the whole cluster. */
  readonly nodes: NodeCounts;
  /** What has to be cleared away, never below a group's minimum size. */
  readonly instancesToDelete: readonly InstancesToDelete[];
  readonly withdrawals: readonly Withdrawal[];
}

const NO_REPAIRS: Repairs = { deletions: [], withdrawals: [], putsRight: false };
const ON_DRY_RUN: GroupReason = { code: 'GroupOnDryRun' };

/** Pure: reads the model as it stands, outside or inside a trial, and changes nothing. */
export function observeNodeGroups(input: NodeGroupsInput): ObservedNodeGroups {
  const { cluster, groups, options, now, thresholds = DEFAULT_HEALTH_THRESHOLDS } = input;
  const registration = registeredNodes(cluster, groups);
  const censuses = groups.map((group) => census(input, group, registration));
  const { memory, overhangs, failures } = observed(
    input.memory,
    censuses.map(({ sighting }) => sighting),
    now,
    options,
  );
  const nodes = countNodes(input, censuses, registration);
  const health = clusterHealth(nodes.unready, nodes.registered, thresholds);
  const repairs = censuses.map((counted) => {
    const { group, sighting } = counted;
    if (group.options.dryRun === true) return NO_REPAIRS;
    const stock = { ...counted, state: group, listed: sighting.listed };
    const rules = { ...options, provisionTimeMs: provisionTimeMs(group, options), clusterIsHealthy: health.healthy };
    return repairsOf(stock, overhangs.get(group.id) ?? { late: 0, missing: 0 }, rules);
  });
  const views = censuses.map((counted, index) =>
    viewOf({ ...input, memory, thresholds }, imitating(options, counted, repairs[index])),
  );
  return {
    views,
    memory,
    health,
    guard: guardOf(input, health, repairs),
    instancesToDelete: repairs.flatMap(({ deletions }) => deletions),
    withdrawals: repairs.flatMap(({ withdrawals }) => withdrawals),
    failures: groups.flatMap(({ id, name }) =>
      (failures.get(id) ?? []).map((failed) => ({ groupId: id, groupName: name, ...failed })),
    ),
    nodes,
  };
}

/** Where Cluster Autoscaler is imitated, what goes counts as gone; on its own the pass waits until it is. */
function imitating({ upcomingNeedsRequest }: NodeGroupHealthOptions, counted: Census, repairs?: Repairs): Census {
  if (!upcomingNeedsRequest || repairs === undefined) return counted;
  let failed = 0;
  let gone = repairs.withdrawals.reduce((sum, { from, to }) => sum + from - to, 0);
  for (const { instanceIds, cause } of repairs.deletions) {
    gone += instanceIds.length;
    if (cause.kind === 'failed') failed += instanceIds.length;
  }
  const { targetSize, sighting } = counted;
  // It reads the target anew to see whether the group is full, and for the rest only after what failed was deleted.
  return {
    ...counted,
    targetSize: targetSize - gone,
    sighting: { ...sighting, targetSize: sighting.targetSize - failed },
  };
}

function viewOf(input: NodeGroupsInput & { readonly thresholds: HealthThresholds }, counted: Census): NodeGroupView {
  const { cluster, memory, now, options } = input;
  const { group, targetSize, slots, standing } = counted;
  const template = templateOf(cluster, group, { ...counted, options: options.templates, taints: options.taints, now });
  const blocked =
    (group.options.dryRun === true ? ON_DRY_RUN : undefined) ??
    groupHealthOf(input, counted) ??
    justChanged(input, counted) ??
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
    suspended: standing.suspended,
    going: standing.going,
    rules: counted.rules,
    unregistered: counted.unregistered,
    failed: counted.failed,
    nodes: countGroup(cluster, counted),
    ...upcomingOf(input, counted),
    growthRank: memory.growthOrder.indexOf(group.id),
    template,
    blocked,
  };
}

/** Nodes that the group should have, and that are broken or never came. */
function groupHealthOf(
  { memory, options, thresholds }: NodeGroupsInput & { readonly thresholds: HealthThresholds },
  { group, slots, standing, sighting, unregistered }: Census,
): GroupReason | undefined {
  const registered = slots.length - standing.going.length;
  if (!options.upcomingNeedsRequest) {
    return groupHealth(standing.unready.length + (memory.givenUp[group.id] ?? 0), registered, thresholds);
  }
  const overdue = unregistered.filter((one) => one.overdue).length;
  const asked = memory.scaleUpRequests[group.id]?.increase ?? 0;
  // A group of which nothing is known of any node is not trusted with more.
  const { targetSize } = sighting;
  const isBlank = slots.length + unregistered.length === 0 && targetSize - asked > 0;
  if (isBlank) return { code: 'GroupUnhealthy', unready: targetSize - asked, registered };
  const missing = targetSize - overdue - asked - standing.ready.length - standing.suspended.length;
  return groupHealth(missing, registered, thresholds);
}

function upcomingOf(
  { memory, now, options }: NodeGroupsInput,
  { group, sighting, standing }: Census,
): Pick<NodeGroupView, 'upcoming' | 'standIns'> {
  const standIns = standing['not-started'];
  if (!options.upcomingNeedsRequest) {
    const { awaited, unlisted } = sighting;
    return { upcoming: standIns.length + awaited + unlisted - (memory.givenUp[group.id] ?? 0), standIns };
  }
  // As Cluster Autoscaler does it, where that is asked for; on its own the pass counts what is on its way.
  const isForgotten =
    memory.scaleUpRequests[group.id] === undefined || backoffReason(memory.backoffs[group.id], now) !== undefined;
  const upcoming = isForgotten ? 0 : Math.max(0, upcomingBySums(sighting));
  return { upcoming, standIns: upcoming === 0 ? [] : standIns };
}

/** What this process itself has asked for is known, and a full group has nothing to add to what it shows. */
function justChanged({ memory, now }: NodeGroupsInput, { group, targetSize }: Census): GroupReason | undefined {
  const { staleUntilMs = now, maxSize } = group;
  if (staleUntilMs <= now || targetSize >= maxSize || resizeInFlight(group, memory) !== undefined) return undefined;
  return { code: 'GroupJustChanged', untilMs: staleUntilMs };
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

function guardOf(
  { cluster, fromZero = true, options }: NodeGroupsInput,
  health: ClusterHealth,
  repairs: readonly Repairs[],
): PassGuard | undefined {
  if (!fromZero) {
    if (health.registered === 0) return { kind: 'no-nodes' };
    const rules = rulesFor(undefined, options);
    const isAnyReady = cluster.nodeSlots().some((slot) => {
      const node = cluster.node(slot);
      return !cluster.isSimulated(slot) && !node.unschedulable && isReady(node, rules);
    });
    if (!isAnyReady) return { kind: 'no-ready-nodes' };
  }
  const isOver = repairs.some(({ putsRight }) => putsRight);
  return unhealthy(health) ?? (isOver ? { kind: 'repairs-first' } : undefined);
}
