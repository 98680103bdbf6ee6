/** From flags to how nodes are emptied and given back. */
import type { DrainOptions, DrainPriorityGroup, SoftTaintOptions } from '../scale-down/options.ts';
import { type AutoscalerFlag, findFlag, flagTable } from './flag-table.ts';
import type { Findings } from './findings.ts';
import { parseDrainPriorities } from './forms.ts';

const MS_PER_SECOND = 1000;

export function readDrain(findings: Findings): DrainOptions {
  const { flags } = findings;
  return {
    cordonNode: flags.get('cordon-node-before-terminating'),
    deleteDelayAfterTaintMs: findings.duration('node-delete-delay-after-taint'),
    dynamicDelayAfterTaint: flags.get('dynamic-node-delete-delay-after-taint-enabled'),
    maxGracefulTerminationMs: findings.number('max-graceful-termination-sec', { atLeast: 0 }) * MS_PER_SECOND,
    maxPodEvictionTimeMs: findings.duration('max-pod-eviction-time'),
    priorityGroups: readPriorityGroups(findings),
    evictDaemonSetPodsFromEmptyNodes: flags.get('daemonset-eviction-for-empty-nodes'),
    evictDaemonSetPodsFromOccupiedNodes: flags.get('daemonset-eviction-for-occupied-nodes'),
    deletionDelayTimeoutMs: findings.duration('node-deletion-delay-timeout'),
    volumeDetachTimeoutMs: findings.duration('volume-detach-timeout'),
    deletionBatchIntervalMs: findings.duration('node-deletion-batcher-interval'),
    softTaints: readSoftTaints(findings),
  };
}

function readPriorityGroups(findings: Findings): readonly DrainPriorityGroup[] {
  const text = findings.flags.get('drain-priority-config');
  if (text === '') return [];
  const steps = findings.parsed('drain-priority-config', text, parseDrainPriorities) ?? [];
  const usual = findFlag<AutoscalerFlag>(flagTable, 'max-graceful-termination-sec')?.default;
  if (String(findings.flags.get('max-graceful-termination-sec')) !== usual) {
    findings.conflict(
      'drain-priority-config',
      '--drain-priority-config and --max-graceful-termination-sec exclude each other; give one of them',
    );
  }
  if (new Set(steps.map(({ priority }) => priority)).size < steps.length) {
    findings.bad('drain-priority-config', text, 'each priority once');
  }
  return steps
    .map(({ priority, seconds }) => ({ priority, graceMs: seconds * MS_PER_SECOND }))
    .toSorted((a, b) => a.priority - b.priority);
}

function readSoftTaints(findings: Findings): SoftTaintOptions {
  return {
    maxPerPass: findings.number('max-bulk-soft-taint-count', { atLeast: 0 }),
    maxPassMs: findings.duration('max-bulk-soft-taint-time'),
    ttlMs: findings.duration('node-deletion-candidate-ttl'),
  };
}
