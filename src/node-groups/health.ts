/** When so much is broken that adding nodes would only make it worse. */
import type { GroupReason } from '../explain/reasons.ts';

export interface HealthThresholds {
  /** A greater share of broken nodes stops scaling. `--max-total-unready-percentage` */
  readonly maxUnreadyPercentage: number;
  /** So many never do. `--ok-total-unready-count` */
  readonly okUnreadyCount: number;
}

export const DEFAULT_HEALTH_THRESHOLDS: HealthThresholds = { maxUnreadyPercentage: 45, okUnreadyCount: 3 };

/** Over all nodes of the cluster, autoscaled or not. */
export interface ClusterHealth {
  readonly healthy: boolean;
  readonly unready: number;
  readonly registered: number;
}

export function clusterHealth(unready: number, registered: number, thresholds: HealthThresholds): ClusterHealth {
  return { healthy: !exceeds(unready, registered, thresholds), unready, registered };
}

/** `missing`: nodes that the group should have and that are broken or never came. */
export function groupHealth(
  missing: number,
  registered: number,
  thresholds: HealthThresholds,
): GroupReason | undefined {
  if (!exceeds(missing, registered, thresholds)) return undefined;
  return { code: 'GroupUnhealthy', unready: missing, registered };
}

function exceeds(broken: number, of: number, { okUnreadyCount, maxUnreadyPercentage }: HealthThresholds): boolean {
  return broken > okUnreadyCount && broken > (maxUnreadyPercentage / 100) * of;
}
