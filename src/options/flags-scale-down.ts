import { accepted, flag } from './flag.ts';

const EVERY_NODE = 'every node is looked at in each pass';

/** When nodes are removed, and how many at once. */
export const scaleDownFlags = [
  flag('scale-down-enabled', 'bool', 'true', 'Whether nodes are removed at all.'),
  flag('scale-down-delay-after-add', 'duration', '10m', 'No removal so soon after nodes were added.'),
  flag('scale-down-delay-after-delete', 'duration', '0s', 'No removal so soon after a node was deleted.'),
  flag('scale-down-delay-after-failure', 'duration', '3m', 'No removal so soon after a removal failed.'),
  flag('scale-down-unneeded-time', 'duration', '10m', 'How long a node must have been unneeded before it is removed.'),
  flag('scale-down-unready-time', 'duration', '20m', 'The same for a node that is not ready.'),
  flag(
    'scale-down-utilization-threshold',
    'float',
    '0.5',
    'A node may be removed when its pods request less than this share of its cpu and of its memory; 0 to 1.',
  ),
  flag('scale-down-gpu-utilization-threshold', 'float', '0.5', 'The same for the GPUs of a node that has any; 0 to 1.'),
  flag(
    'max-scale-down-parallelism',
    'int',
    '10',
    'The most nodes being removed at the same time, empty ones included.',
  ),
  flag('max-drain-parallelism', 'int', '1', 'The most nodes being drained at the same time.'),
  flag('unremovable-node-recheck-timeout', 'duration', '5m', 'When to look again at a node that could not be removed.'),
  flag('ignore-daemonsets-utilization', 'bool', 'false', 'Pods of DaemonSets do not count as use.'),
  flag('scale-down-unready-enabled', 'bool', 'true', 'Whether nodes that are not ready may be removed.'),
  flag('scale-down-delay-type-local', 'bool', 'false', 'The three delays count for each node group by itself.'),
  accepted(
    flag('scale-down-non-empty-candidates-count', 'int', '30', 'The most nodes with pods looked at in a pass.'),
    EVERY_NODE,
  ),
  accepted(
    flag('scale-down-candidates-pool-ratio', 'float', '0.1', 'The share of nodes looked at when those do not suffice.'),
    EVERY_NODE,
    ['1', '1.0'],
  ),
  accepted(
    flag('scale-down-candidates-pool-min-count', 'int', '50', 'The least number of nodes looked at then.'),
    EVERY_NODE,
  ),
  accepted(
    flag('scale-down-simulation-timeout', 'duration', '30s', 'The longest time to simulate removals in a pass.'),
    EVERY_NODE,
  ),
  flag('ignore-mirror-pods-utilization', 'bool', 'false', 'Static pods do not count as use.'),
  accepted(
    flag('max-node-skip-eval-time-tracker-enabled', 'bool', 'false', 'Measure how long a node went without a look.'),
    EVERY_NODE,
    ['false'],
  ),
  flag(
    'node-removal-latency-tracking-enabled',
    'bool',
    'false',
    'Measure how long nodes stay that could be removed: the metric node_removal_latency_seconds.',
  ),
] as const;

/** Which pods keep their node, and how a node is emptied. */
export const drainFlags = [
  flag(
    'skip-nodes-with-system-pods',
    'bool',
    'true',
    'Keep nodes with kube-system pods (DaemonSets aside) without a budget.',
  ),
  flag(
    'blocking-system-pod-distruption-timeout',
    'duration',
    '1h',
    'Such a pod keeps its node for this long. (The name is spelt so for compatibility.)',
  ),
  flag('skip-nodes-with-local-storage', 'bool', 'true', 'Keep nodes with pods that use emptyDir or hostPath volumes.'),
  flag(
    'skip-nodes-with-custom-controller-pods',
    'bool',
    'true',
    'Keep nodes with pods of controllers of unknown kinds.',
  ),
  flag('min-replica-count', 'int', '0', 'Keep nodes with pods whose controller wants fewer replicas than this.'),
  flag(
    'max-graceful-termination-sec',
    'int',
    '600',
    'The most seconds a pod is given to end when its node is drained.',
  ),
  flag('max-pod-eviction-time', 'duration', '2m', 'How long the eviction of one pod is tried.'),
  flag('node-delete-delay-after-taint', 'duration', '5s', 'The pause between tainting a node and deleting it.'),
  flag(
    'cordon-node-before-terminating',
    'bool',
    'true',
    'Mark a node unschedulable too when it is tainted for removal.',
  ),
  flag('daemonset-eviction-for-empty-nodes', 'bool', 'false', 'Evict the DaemonSet pods of nodes without other pods.'),
  flag('daemonset-eviction-for-occupied-nodes', 'bool', 'true', 'Evict the DaemonSet pods of nodes that are drained.'),
  {
    ...flag(
      'drain-priority-config',
      'string',
      '',
      'Drain in steps, the pods of the lowest priority first, each step with its own seconds to end. Instead of --max-graceful-termination-sec.',
    ),
    valueName: 'PRIORITY:SECONDS,…',
  },
  flag(
    'node-deletion-delay-timeout',
    'duration',
    '2m',
    'How long to wait for delay-deletion.cluster-autoscaler.kubernetes.io annotations to go; 0: not at all.',
  ),
  flag(
    'node-deletion-batcher-interval',
    'duration',
    '0s',
    'Gather the deletions of a node group for so long, and ask for them together.',
  ),
  flag(
    'node-deletion-candidate-ttl',
    'duration',
    '0s',
    'How old a soft taint may be to be believed after a start, so that a node keeps the time for which it was unneeded.',
  ),
  flag(
    'dynamic-node-delete-delay-after-taint-enabled',
    'bool',
    'false',
    'Set the pause after tainting to twice the longest time that a taint took to be seen within the last hour.',
  ),
  flag(
    'max-bulk-soft-taint-count',
    'int',
    '10',
    'The most soft taints set or removed in a pass; 0: none are set, and those there are go at a start.',
  ),
  flag('max-bulk-soft-taint-time', 'duration', '3s', 'The longest time for them.'),
] as const;
