/** Builders for tests of scale-down: options with Cluster Autoscaler's defaults, and a plan from a small world. */
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { HEALTH_OPTIONS } from '../node-groups/fixtures.test-support.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import type { DrainContext } from './drainability.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from './memory.ts';
import type { DrainabilityOptions, DrainOptions, ScaleDownOptions } from './options.ts';
import type { ScaleDownInput, ScaleDownPlan } from './plan.ts';
import { planScaleDown } from './scale-down.ts';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
/** A time at which everything that the builders make is old. */
export const NOW_MS = 1000 * MINUTE_MS;

export const DRAINABILITY: DrainabilityOptions = {
  skipNodesWithSystemPods: true,
  blockingSystemPodTimeoutMs: 60 * MINUTE_MS,
  skipNodesWithLocalStorage: true,
  skipNodesWithCustomControllerPods: true,
  minReplicaCount: 0,
};

const DRAIN: DrainOptions = {
  cordonNode: true,
  deleteDelayAfterTaintMs: 5 * SECOND_MS,
  maxGracefulTerminationMs: 600 * SECOND_MS,
  maxPodEvictionTimeMs: 2 * MINUTE_MS,
  evictDaemonSetPodsFromEmptyNodes: false,
  evictDaemonSetPodsFromOccupiedNodes: true,
  dynamicDelayAfterTaint: false,
  priorityGroups: [],
  deletionDelayTimeoutMs: 2 * MINUTE_MS,
  volumeDetachTimeoutMs: 2 * MINUTE_MS,
  deletionBatchIntervalMs: 0,
  softTaints: { maxPerPass: 10, maxPassMs: 3 * SECOND_MS, ttlMs: 0 },
};

export const SCALE_DOWN: ScaleDownOptions = {
  enabled: true,
  delayAfterAddMs: 10 * MINUTE_MS,
  delayAfterDeleteMs: 0,
  delayAfterFailureMs: 3 * MINUTE_MS,
  unneededTimeMs: 10 * MINUTE_MS,
  unreadyTimeMs: 20 * MINUTE_MS,
  utilizationThreshold: 0.5,
  gpuUtilizationThreshold: 0.5,
  ignoreDaemonSetsUtilization: false,
  ignoreMirrorPodsUtilization: false,
  unreadyEnabled: true,
  delaysPerGroup: false,
  likeClusterAutoscaler: false,
  disruptionBudgets: [],
  respectBillingHour: false,
  unremovableNodeRecheckMs: 5 * MINUTE_MS,
  maxParallelism: 10,
  maxDrainParallelism: 1,
  expendablePodsPriorityCutoff: -10,
  drainability: DRAINABILITY,
  drain: DRAIN,
};

/** Removes at once whatever may go. */
export const EAGER: ScaleDownOptions = {
  ...SCALE_DOWN,
  unneededTimeMs: 0,
  unreadyTimeMs: 0,
  delayAfterAddMs: 0,
  maxParallelism: 1000,
  maxDrainParallelism: 1000,
};

export const NO_LIMITS: LimitsOptions = {
  maxNodes: Infinity,
  minMilliCpu: 0,
  maxMilliCpu: Infinity,
  minMemoryBytes: 0,
  maxMemoryBytes: Infinity,
  gpus: [],
  gpuLabel: '',
};

export function aDrainContext(
  cluster: Cluster,
  rest: Partial<DrainContext> = {},
): DrainContext & { readonly budgets: DisruptionBudgets } {
  return {
    now: NOW_MS,
    options: DRAINABILITY,
    expendablePodsPriorityCutoff: -10,
    controller: (uid) => cluster.controller(uid),
    ...rest,
    budgets: new DisruptionBudgets(cluster.podDisruptionBudgets()),
  };
}

export interface World extends Partial<Omit<ScaleDownInput, 'cluster' | 'groups'>> {
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupState[];
}

export function scaleDownInput({ cluster, groups, now = NOW_MS, ...rest }: World): ScaleDownInput {
  const observed = observeNodeGroups({ cluster, groups, memory: EMPTY_MEMORY, options: HEALTH_OPTIONS, now });
  return {
    cluster,
    groups: observed.views,
    memory: EMPTY_SCALE_DOWN_MEMORY,
    removals: [],
    options: EAGER,
    limits: NO_LIMITS,
    now,
    ...rest,
  };
}

export function plan(world: World): ScaleDownPlan {
  return planScaleDown(scaleDownInput(world));
}

/** The names of the nodes that go, in order. */
export function removed({ removals }: ScaleDownPlan): string[] {
  return removals.map(({ node }) => node);
}

/** Why the node stays; `undefined`: it goes, or is going. */
export function whyStays({ nodes }: ScaleDownPlan, node: NodeFacts | string): NodeReason | undefined {
  const name = typeof node === 'string' ? node : node.name;
  const outcome = nodes.find((explained) => explained.node === name)?.outcome;
  return outcome?.kind === 'stays' || outcome?.kind === 'unneeded' ? outcome.reason : undefined;
}
