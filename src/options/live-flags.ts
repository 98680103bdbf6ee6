/**
 * The flags that a running program takes anew from the file of `--config`: a closed list. On it is what the next decision
 * alone goes by, and what no timer, removal under way or watch was begun with. Everything else waits for the next start.
 */
import type { AutoscalerFlag } from './flag-table.ts';

const LIVE = [
  'scan-interval',
  'settle-window',
  'v',
  // How much there may be.
  'max-nodes-total',
  'cores-total',
  'memory-total',
  'gpu-total',
  'max-nodes-per-scaleup',
  'max-node-launches-per-hour',
  'new-pod-scale-up-delay',
  // When nodes go, and how many at once. How they are drained is not here: a drain ends by the rules that it began with.
  'scale-down-enabled',
  'scale-down-delay-after-add',
  'scale-down-delay-after-delete',
  'scale-down-delay-after-failure',
  'scale-down-unneeded-time',
  'scale-down-unready-time',
  'scale-down-unready-enabled',
  'scale-down-utilization-threshold',
  'scale-down-gpu-utilization-threshold',
  'ignore-daemonsets-utilization',
  'ignore-mirror-pods-utilization',
  'unremovable-node-recheck-timeout',
  'max-scale-down-parallelism',
  'max-drain-parallelism',
  'disruption-budget',
  'respect-billing-hour',
  'consolidation-threshold',
  'consolidation-min-node-age',
  'consolidation-cooldown',
  // What counts as broken, and for how long.
  'max-total-unready-percentage',
  'ok-total-unready-count',
  'max-node-provision-time',
  'initial-node-group-backoff-duration',
  'max-node-group-backoff-duration',
  'node-group-backoff-reset-timeout',
] as const satisfies readonly AutoscalerFlag['name'][];

const LIVE_NAMES: ReadonlySet<string> = new Set(LIVE);

export function isLive(flagName: string): boolean {
  return LIVE_NAMES.has(flagName);
}
