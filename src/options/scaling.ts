/** From flags to the options of the deciding rooms. */
import type { BalancingOptions, ScaleUpOptions } from '../scale-up/options.ts';
import type { HealthThresholds } from '../node-groups/health.ts';
import type { LimitsOptions, NodeGroupHealthOptions } from '../node-groups/options.ts';
import { type Range, parseRange, parseTypedRange } from './forms.ts';
import type { Findings } from './findings.ts';
import { readDisruptionBudgets } from './disruption-budgets.ts';
import { readDrain } from './drain.ts';
import { readExpanders } from './expanders.ts';
import type { ConsolidationOptions, ScaleDownOptions } from '../scale-down/options.ts';
import type { TaintOptions } from '../node-groups/taints.ts';

/** A number that stands for "no limit" and survives JSON. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const MILLI_PER_CORE = 1000;
const BYTES_PER_GIB = 2 ** 30;
const NO_BOUNDS: Range = { min: 0, max: NO_LIMIT };

export function readScaleUp(findings: Findings): ScaleUpOptions {
  const most = findings.number('max-nodes-per-scaleup');
  return {
    expanders: readExpanders(findings),
    maxNodesPerScaleUp: most === 0 ? NO_LIMIT : Math.max(0, most),
    newPodScaleUpDelayMs: findings.duration('new-pod-scale-up-delay'),
    oneChoicePerPass: imitates(findings),
    likeClusterAutoscaler: imitates(findings),
    waitsForNewPods: imitates(findings),
    enforceMinSize: findings.flags.get('enforce-node-group-min-size'),
    fromZero: findings.flags.get('scale-up-from-zero'),
    ...readSchedulers(findings),
    ...readBalancing(findings),
    expendablePodsPriorityCutoff: findings.number('expendable-pods-priority-cutoff'),
  };
}

function readSchedulers({ flags }: Findings): Pick<ScaleUpOptions, 'bypassedSchedulers' | 'allowedSchedulers'> {
  return {
    bypassedSchedulers: flags.get('bypassed-scheduler-names').filter((name) => name !== ''),
    allowedSchedulers: flags.get('allowed-scheduler-names').filter((name) => name !== ''),
  };
}

function readBalancing(findings: Findings): Pick<ScaleUpOptions, 'balancing'> {
  const { flags } = findings;
  const balancing: BalancingOptions = {
    labels: flags.get('balancing-label'),
    ignoredLabels: flags.get('balancing-ignore-label'),
    heedsOldNames: imitates(findings),
    memoryRatio: findings.number('memory-difference-ratio', { atLeast: 0, atMost: 1 }),
    freeRatio: findings.number('max-free-difference-ratio', { atLeast: 0, atMost: 1 }),
    allocatableRatio: findings.number('max-allocatable-difference-ratio', { atLeast: 0, atMost: 1 }),
  };
  if (balancing.labels.length > 0 && balancing.ignoredLabels.length > 0) {
    findings.conflict(
      'balancing-label',
      '--balancing-label and --balancing-ignore-label exclude each other: the first says which labels alone count',
    );
  }
  return flags.get('balance-similar-node-groups') ? { balancing } : {};
}

/** Whether Cluster Autoscaler's choices are wanted where ours differ. */
function imitates(findings: Findings): boolean {
  return findings.flags.get('compatibility') === 'cluster-autoscaler';
}

export function readScaleDown(findings: Findings): ScaleDownOptions {
  const { flags } = findings;
  return {
    enabled: flags.get('scale-down-enabled'),
    delayAfterAddMs: findings.duration('scale-down-delay-after-add'),
    delayAfterDeleteMs: findings.duration('scale-down-delay-after-delete'),
    delayAfterFailureMs: findings.duration('scale-down-delay-after-failure'),
    unneededTimeMs: findings.duration('scale-down-unneeded-time'),
    unreadyTimeMs: findings.duration('scale-down-unready-time'),
    utilizationThreshold: findings.number('scale-down-utilization-threshold', { atLeast: 0, atMost: 1 }),
    gpuUtilizationThreshold: findings.number('scale-down-gpu-utilization-threshold', { atLeast: 0, atMost: 1 }),
    ignoreDaemonSetsUtilization: flags.get('ignore-daemonsets-utilization'),
    ignoreMirrorPodsUtilization: flags.get('ignore-mirror-pods-utilization'),
    unreadyEnabled: flags.get('scale-down-unready-enabled'),
    delaysPerGroup: flags.get('scale-down-delay-type-local'),
    likeClusterAutoscaler: imitates(findings),
    disruptionBudgets: readDisruptionBudgets(findings),
    respectBillingHour: flags.get('respect-billing-hour'),
    ...readConsolidation(findings),
    unremovableNodeRecheckMs: findings.duration('unremovable-node-recheck-timeout'),
    maxParallelism: findings.number('max-scale-down-parallelism', { atLeast: 1 }),
    maxDrainParallelism: findings.number('max-drain-parallelism', { atLeast: 1 }),
    expendablePodsPriorityCutoff: findings.number('expendable-pods-priority-cutoff'),
    drainability: {
      skipNodesWithSystemPods: flags.get('skip-nodes-with-system-pods'),
      blockingSystemPodTimeoutMs: findings.duration('blocking-system-pod-distruption-timeout'),
      skipNodesWithLocalStorage: flags.get('skip-nodes-with-local-storage'),
      skipNodesWithCustomControllerPods: flags.get('skip-nodes-with-custom-controller-pods'),
      minReplicaCount: findings.number('min-replica-count', { atLeast: 0 }),
    },
    drain: readDrain(findings),
  };
}

function readConsolidation(findings: Findings): Pick<ScaleDownOptions, 'consolidation'> {
  const consolidation: ConsolidationOptions = {
    threshold: findings.number('consolidation-threshold', { atLeast: 0 }),
    minNodeAgeMs: findings.duration('consolidation-min-node-age'),
    cooldownMs: findings.duration('consolidation-cooldown'),
    readyWithinMs: findings.duration('max-node-provision-time', { atLeast: 1 }),
  };
  return findings.flags.get('consolidation') ? { consolidation } : {};
}

export function readLimits(findings: Findings): LimitsOptions {
  const { flags } = findings;
  const maxNodes = findings.number('max-nodes-total', { atLeast: 0 });
  const cores = findings.parsed('cores-total', flags.get('cores-total'), parseRange) ?? NO_BOUNDS;
  const gib = findings.parsed('memory-total', flags.get('memory-total'), parseRange) ?? NO_BOUNDS;
  return {
    maxNodes: maxNodes === 0 ? NO_LIMIT : maxNodes,
    minMilliCpu: Math.min(NO_LIMIT, cores.min * MILLI_PER_CORE),
    maxMilliCpu: Math.min(NO_LIMIT, cores.max * MILLI_PER_CORE),
    minMemoryBytes: Math.min(NO_LIMIT, gib.min * BYTES_PER_GIB),
    maxMemoryBytes: Math.min(NO_LIMIT, gib.max * BYTES_PER_GIB),
    gpus: flags.get('gpu-total').flatMap((text) => findings.parsed('gpu-total', text, parseTypedRange) ?? []),
    gpuLabel: flags.get('gpu-label'),
  };
}

/** When the cluster as a whole, or one group, is too broken to be scaled. */
export function readThresholds(findings: Findings): HealthThresholds {
  return {
    maxUnreadyPercentage: findings.number('max-total-unready-percentage', { atLeast: 0, atMost: 100 }),
    okUnreadyCount: findings.number('ok-total-unready-count', { atLeast: 0 }),
  };
}

export function readHealth(findings: Findings): NodeGroupHealthOptions {
  const health: NodeGroupHealthOptions = {
    maxNodeProvisionTimeMs: findings.duration('max-node-provision-time', { atLeast: 1 }),
    maxNodeStartupTimeMs: findings.duration('max-node-startup-time'),
    initialBackoffMs: findings.duration('initial-node-group-backoff-duration'),
    maxBackoffMs: findings.duration('max-node-group-backoff-duration'),
    backoffResetMs: findings.duration('node-group-backoff-reset-timeout'),
    upcomingNeedsRequest: imitates(findings),
    forceDeleteUnregistered: findings.flags.get('force-delete-unregistered-nodes'),
    forceDeleteFailed: findings.flags.get('force-delete-failed-nodes'),
    gpuLabel: findings.flags.get('gpu-label'),
    taints: readTaints(findings),
    templates: {
      forceDaemonSets: findings.flags.get('force-ds'),
      schedulableFromCordoned: findings.flags.get('scale-from-unschedulable'),
    },
  };
  if (health.initialBackoffMs > health.maxBackoffMs) {
    findings.conflict(
      'initial-node-group-backoff-duration',
      '--initial-node-group-backoff-duration is longer than --max-node-group-backoff-duration; raise the second or lower the first',
    );
  }
  return health;
}

function readTaints({ flags }: Findings): TaintOptions {
  return {
    startupKeys: [...flags.get('ignore-taint'), ...flags.get('startup-taint')],
    startupPrefixes: flags.get('startup-taint-prefix').filter((prefix) => prefix !== ''),
    statusKeys: flags.get('status-taint'),
  };
}
