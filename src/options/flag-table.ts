/**
 * All flags of the autoscaler, in one table: those of Cluster Autoscaler and its libraries with their names, types and
 * defaults, and our own.
 */
import type { Flag, FlagFamily } from './flag.ts';
import { drainFlags, scaleDownFlags } from './flags-scale-down.ts';
import { extensionFlags, provisioningFlags } from './flags-provisioning.ts';
import { featureGateFlags, leaderElectionFlags, loggingFlags } from './flags-libraries.ts';
import { generalFlags } from './flags-general.ts';
import { healthFlags, kubernetesFlags } from './flags-kubernetes.ts';
import { limitFlags } from './flags-limits.ts';
import { otherCloudFlags, ownFlags } from './flags-own.ts';
import { scaleUpFlags } from './flags-scale-up.ts';

/** In the order in which help and docs show them. */
export const flagFamilies = [
  { title: 'General', flags: generalFlags },
  { title: 'Of this program alone', flags: ownFlags },
  { title: 'Kubernetes', flags: kubernetesFlags },
  { title: 'Scale-up', flags: scaleUpFlags },
  { title: 'Scale-down', flags: scaleDownFlags },
  { title: 'Draining', flags: drainFlags },
  { title: 'Limits', flags: limitFlags },
  { title: 'Provisioning and failures', flags: provisioningFlags },
  { title: 'Leader election', flags: leaderElectionFlags },
  { title: 'Logging', flags: loggingFlags },
  { title: 'Health and status', flags: healthFlags },
  { title: 'Extensions of Kubernetes', flags: extensionFlags },
  { title: 'Feature gates', flags: featureGateFlags },
  { title: 'Other clouds', flags: otherCloudFlags },
] as const satisfies readonly FlagFamily[];

/** Any flag of the autoscaler, its name and type known. */
export type AutoscalerFlag = (typeof flagFamilies)[number]['flags'][number];

export const flagTable: readonly AutoscalerFlag[] = flagFamilies.flatMap(
  (family): readonly AutoscalerFlag[] => family.flags,
);

/** Flags that Cluster Autoscaler had once, and what to write today. */
export const removedFlags: Readonly<Record<string, string>> = {
  'max-empty-bulk-delete': 'it was replaced by --max-scale-down-parallelism',
  'parallel-drain': 'nodes are always drained in parallel, up to --max-drain-parallelism',
};

/** The flag of that name, if there is one. */
export function findFlag<F extends Flag>(flags: readonly F[], name: string): F | undefined {
  return flags.find((candidate) => candidate.name === name);
}
