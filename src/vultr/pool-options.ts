/**
 * Options that one pool sets for itself, as labels on the pool. The keys are plain words behind a prefix, without dots or
 * slashes (whether VKE's pool labels may hold those is not documented), and named like the flags:
 *
 *     vke-autoscaler-scale-down-utilization-threshold      0.5
 *     vke-autoscaler-scale-down-gpu-utilization-threshold  0.5
 *     vke-autoscaler-scale-down-unneeded-time              10m
 *     vke-autoscaler-scale-down-unready-time               20m
 *     vke-autoscaler-max-node-provision-time               15m
 *     vke-autoscaler-ignore-daemonsets-utilization         true
 *
 * VKE passes pool labels on to the nodes, where these do no harm. A value that cannot be read is ignored and told.
 */
import type { Labels } from '../cluster/facts.ts';
import type { NodeGroupOptions } from '../cloud/facts.ts';
import { parseDurationMs } from '../cluster/durations.ts';
import { didYouMean } from './did-you-mean.ts';

const OPTION_PREFIX = 'vke-autoscaler-';

interface PoolOptions {
  readonly options: NodeGroupOptions;
  /** Sentences that name the label and what was expected of it. */
  readonly problems: readonly string[];
}

/** Reads one label's value; `undefined` when it cannot be read. */
type Reader = (text: string) => NodeGroupOptions | undefined;

interface PoolOption {
  readonly expected: string;
  readonly read: Reader;
}

const RATIO = 'a number from 0 to 1, such as 0.5';
const DURATION = 'a duration such as 10m or 1h30m';
const ratio =
  (make: (value: number) => NodeGroupOptions): Reader =>
  (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= 0 && value <= 1 ? make(value) : undefined;
  };
const duration =
  (make: (ms: number) => NodeGroupOptions): Reader =>
  (text) => {
    const ms = parseDurationMs(text);
    return ms === undefined || ms < 0 ? undefined : make(ms);
  };
const OPTIONS: ReadonlyMap<string, PoolOption> = new Map([
  ['scale-down-utilization-threshold', { expected: RATIO, read: ratio((v) => ({ scaleDownUtilizationThreshold: v })) }],
  [
    'scale-down-gpu-utilization-threshold',
    { expected: RATIO, read: ratio((v) => ({ scaleDownGpuUtilizationThreshold: v })) },
  ],
  ['scale-down-unneeded-time', { expected: DURATION, read: duration((ms) => ({ scaleDownUnneededTimeMs: ms })) }],
  ['scale-down-unready-time', { expected: DURATION, read: duration((ms) => ({ scaleDownUnreadyTimeMs: ms })) }],
  ['max-node-provision-time', { expected: DURATION, read: duration((ms) => ({ maxNodeProvisionTimeMs: ms })) }],
  [
    'ignore-daemonsets-utilization',
    {
      expected: 'true or false',
      read: (text) =>
        text === 'true' || text === 'false' ? { ignoreDaemonSetsUtilization: text === 'true' } : undefined,
    },
  ],
]);

export function readPoolOptions(labels: Labels): PoolOptions {
  let options: NodeGroupOptions = {};
  const problems: string[] = [];
  for (const [key, text] of Object.entries(labels)) {
    if (!key.startsWith(OPTION_PREFIX)) continue;
    const name = key.slice(OPTION_PREFIX.length);
    const known = OPTIONS.get(name);
    const read = known?.read(text.trim());
    if (known === undefined) problems.push(`label "${key}" sets no option${didYouMean(name, [...OPTIONS.keys()])}`);
    else if (read === undefined) problems.push(`label "${key}" is "${text}", expected ${known.expected}`);
    else options = { ...options, ...read };
  }
  return { options, problems };
}
