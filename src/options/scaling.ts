/** From flags to the options of the deciding rooms. */
import type { ExpanderName, ScaleUpOptions } from '../scale-up/options.ts';
import type { HealthThresholds } from '../node-groups/health.ts';
import type { LimitsOptions, NodeGroupHealthOptions } from '../node-groups/options.ts';
import { type Range, parseRange } from './forms.ts';
import type { Findings } from './findings.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import { nearestName } from '../runtime/nearest.ts';

/** A number that stands for "no limit" and survives JSON. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const MILLI_PER_CORE = 1000;
const BYTES_PER_GIB = 2 ** 30;
const MS_PER_SECOND = 1000;
const NO_BOUNDS: Range = { min: 0, max: NO_LIMIT };

const WORKING_EXPANDER: ExpanderName = 'least-waste';
const KNOWN_EXPANDERS: readonly string[] = [
  WORKING_EXPANDER,
  'random',
  'most-pods',
  'least-nodes',
  'price',
  'priority',
  'grpc',
];

export function readScaleUp(findings: Findings): ScaleUpOptions {
  const most = findings.number('max-nodes-per-scaleup');
  return {
    expanders: readExpanders(findings),
    maxNodesPerScaleUp: most === 0 ? NO_LIMIT : Math.max(0, most),
    newPodScaleUpDelayMs: findings.duration('new-pod-scale-up-delay'),
    oneChoicePerPass: imitates(findings),
    expendablePodsPriorityCutoff: findings.number('expendable-pods-priority-cutoff'),
  };
}

/** Whether Cluster Autoscaler's choices are wanted where ours differ. */
function imitates(findings: Findings): boolean {
  return findings.flags.get('compatibility') === 'cluster-autoscaler';
}

/** The chain of expanders; those that do not work yet give way to the one that does, and say so. */
function readExpanders(findings: Findings): readonly ExpanderName[] {
  const text = findings.flags.get('expander');
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (KNOWN_EXPANDERS.includes(name)) continue;
    const nearest = nearestName(name, KNOWN_EXPANDERS);
    const advice = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
    findings.bad('expander', text, `names from ${KNOWN_EXPANDERS.join(', ')}, separated by commas${advice}`);
    return [WORKING_EXPANDER];
  }
  if (new Set(names).size < names.length) findings.bad('expander', text, 'each name once');
  const missing = names.filter((name) => name !== WORKING_EXPANDER);
  if (missing.length > 0) {
    const which =
      missing.length === 1 ? `the expander ${missing.join('')} is` : `the expanders ${missing.join(', ')} are`;
    findings.warn('expander', `--expander=${text}: ${which} not implemented yet; ${WORKING_EXPANDER} is used`);
  }
  return [WORKING_EXPANDER];
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
    drain: {
      cordonNode: flags.get('cordon-node-before-terminating'),
      deleteDelayAfterTaintMs: findings.duration('node-delete-delay-after-taint'),
      maxGracefulTerminationMs: findings.number('max-graceful-termination-sec', { atLeast: 0 }) * MS_PER_SECOND,
      maxPodEvictionTimeMs: findings.duration('max-pod-eviction-time'),
      evictDaemonSetPodsFromEmptyNodes: flags.get('daemonset-eviction-for-empty-nodes'),
      evictDaemonSetPodsFromOccupiedNodes: flags.get('daemonset-eviction-for-occupied-nodes'),
    },
  };
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
    initialBackoffMs: findings.duration('initial-node-group-backoff-duration'),
    maxBackoffMs: findings.duration('max-node-group-backoff-duration'),
    backoffResetMs: findings.duration('node-group-backoff-reset-timeout'),
    upcomingNeedsRequest: imitates(findings),
  };
  if (health.initialBackoffMs > health.maxBackoffMs) {
    findings.conflict(
      'initial-node-group-backoff-duration',
      '--initial-node-group-backoff-duration is longer than --max-node-group-backoff-duration; raise the second or lower the first',
    );
  }
  return health;
}
