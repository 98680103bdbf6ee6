/** The flags of a recorded case as the product reads them from a command line, and those of one group. */
import { parseDurationMs } from '../../../src/cluster/durations.ts';
import type { NodeGroupOptions } from '../../../src/cloud/facts.ts';
import type { DecideOptions } from '../../../src/loop/decide.ts';
import { parseOptions } from '../../../src/options/options.ts';
import type { RecordedDecisions, RecordedGroup } from './recorded.ts';

/** The label by which the recorded provider knows GPU nodes. */
const GPU_LABEL = 'gpu.test/type';

/**
 * Through the flag table, as a person would give them who wants Cluster Autoscaler's choices. Throws on a flag that the
 * product does not take.
 */
export function decideOptions({ id, options }: Pick<RecordedDecisions, 'id' | 'options'>): DecideOptions {
  const args = Object.entries(options).flatMap(([name, value]) =>
    typeof value === 'object' ? value.map((one) => `--${name}=${one}`) : [`--${name}=${value}`],
  );
  const parsed = parseOptions(['--compatibility=cluster-autoscaler', `--gpu-label=${GPU_LABEL}`, ...args]);
  if (!parsed.ok) throw new Error(`${id}: ${parsed.error.map(({ message }) => message).join('; ')}`);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds } = parsed.value.options;
  return { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour: Number.MAX_SAFE_INTEGER };
}

const GROUP_OPTIONS = [
  'zeroOrMaxNodeScaling',
  'scale-down-utilization-threshold',
  'scale-down-gpu-utilization-threshold',
  'ignore-daemonsets-utilization',
  'scale-down-unneeded-time',
  'scale-down-unready-time',
  'max-node-provision-time',
  'max-node-startup-time',
];

export function groupOptions(options: NonNullable<RecordedGroup['options']>): NodeGroupOptions {
  const stranger = Object.keys(options).find((name) => !GROUP_OPTIONS.includes(name));
  if (stranger !== undefined) throw new Error(`unknown option of a group: ${stranger}`);
  const number = (name: string): number | undefined => (name in options ? Number(options[name]) : undefined);
  const duration = (name: string): number | undefined =>
    name in options ? parseDurationMs(String(options[name])) : undefined;
  const given: { readonly [Name in keyof NodeGroupOptions]: NodeGroupOptions[Name] | undefined } = {
    scaleDownUtilizationThreshold: number('scale-down-utilization-threshold'),
    scaleDownGpuUtilizationThreshold: number('scale-down-gpu-utilization-threshold'),
    scaleDownUnneededTimeMs: duration('scale-down-unneeded-time'),
    scaleDownUnreadyTimeMs: duration('scale-down-unready-time'),
    maxNodeProvisionTimeMs: duration('max-node-provision-time'),
    maxNodeStartupTimeMs: duration('max-node-startup-time'),
    zeroOrMaxNodeScaling: options['zeroOrMaxNodeScaling'] === true ? true : undefined,
    ignoreDaemonSetsUtilization:
      'ignore-daemonsets-utilization' in options ? options['ignore-daemonsets-utilization'] === true : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
