/**
 * Options that one pool sets for itself, as labels on the pool. The keys are plain words behind a prefix, without dots or
 * slashes (whether VKE's pool labels may hold those is not documented), and named like the flags:
 *
 *     vke-autoscaler-scale-down-utilization-threshold      0.5
 *     vke-autoscaler-scale-down-gpu-utilization-threshold  0.5
 *     vke-autoscaler-scale-down-unneeded-time              10m
 *     vke-autoscaler-scale-down-unready-time               20m
 *     vke-autoscaler-max-node-provision-time               15m
 *     vke-autoscaler-max-node-startup-time                 15m
 *     vke-autoscaler-ignore-daemonsets-utilization         true
 *     vke-autoscaler-zero-or-max-node-scaling              true
 *     vke-autoscaler-allow-non-atomic-scale-up-to-max      true
 *     vke-autoscaler-dry-run                               true
 *     vke-autoscaler-min-nodes                             1
 *     vke-autoscaler-max-nodes                             10
 *
 * The last two are for pools with auto_scaler=false, whose own bounds need not mean anything; `--nodes` goes before them.
 *
 * VKE passes pool labels on to the nodes, where these do no harm. A value that cannot be read is ignored and told.
 */
import type { Labels } from '../cluster/facts.ts';
import type { NodeGroupOptions } from '../cloud/facts.ts';
import { parseDurationMs } from '../cluster/durations.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Bounds } from './selection.ts';

const OPTION_PREFIX = 'vke-autoscaler-';

export interface PoolOptions {
  readonly options: NodeGroupOptions;
  readonly bounds: Partial<Bounds>;
  /** Sentences that name the label and what was expected of it. */
  readonly problems: readonly string[];
}

type Reading = Partial<Pick<PoolOptions, 'options' | 'bounds'>>;

/** Reads one label's value; `undefined` when it cannot be read. */
type Reader = (text: string) => Reading | undefined;

interface PoolOption {
  readonly expected: string;
  readonly read: Reader;
}

const RATIO = 'a number from 0 to 1, such as 0.5';
const DURATION = 'a duration such as 10m or 1h30m';
const SIZE = 'a whole number of at least 1';
const SWITCH = 'true or false';

function ratio(name: keyof NodeGroupOptions): PoolOption {
  const read: Reader = (text) => {
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= 0 && value <= 1 ? { options: { [name]: value } } : undefined;
  };
  return { expected: RATIO, read };
}

function duration(name: keyof NodeGroupOptions): PoolOption {
  const read: Reader = (text) => {
    const ms = parseDurationMs(text);
    return ms === undefined || ms < 0 ? undefined : { options: { [name]: ms } };
  };
  return { expected: DURATION, read };
}

function yesOrNo(name: keyof NodeGroupOptions): PoolOption {
  const read: Reader = (text) =>
    text === 'true' || text === 'false' ? { options: { [name]: text === 'true' } } : undefined;
  return { expected: SWITCH, read };
}

function size(name: keyof Bounds): PoolOption {
  const read: Reader = (text) => (/^[1-9]\d{0,8}$/.test(text) ? { bounds: { [name]: Number(text) } } : undefined);
  return { expected: SIZE, read };
}

const OPTIONS: ReadonlyMap<string, PoolOption> = new Map([
  ['scale-down-utilization-threshold', ratio('scaleDownUtilizationThreshold')],
  ['scale-down-gpu-utilization-threshold', ratio('scaleDownGpuUtilizationThreshold')],
  ['scale-down-unneeded-time', duration('scaleDownUnneededTimeMs')],
  ['scale-down-unready-time', duration('scaleDownUnreadyTimeMs')],
  ['max-node-provision-time', duration('maxNodeProvisionTimeMs')],
  ['max-node-startup-time', duration('maxNodeStartupTimeMs')],
  ['ignore-daemonsets-utilization', yesOrNo('ignoreDaemonSetsUtilization')],
  ['zero-or-max-node-scaling', yesOrNo('zeroOrMaxNodeScaling')],
  ['allow-non-atomic-scale-up-to-max', yesOrNo('allowNonAtomicScaleUpToMax')],
  ['dry-run', yesOrNo('dryRun')],
  ['min-nodes', size('minSize')],
  ['max-nodes', size('maxSize')],
]);

export function readPoolOptions(labels: Labels): PoolOptions {
  let options: NodeGroupOptions = {};
  let bounds: Partial<Bounds> = {};
  const problems: string[] = [];
  for (const [key, text] of Object.entries(labels)) {
    if (!key.startsWith(OPTION_PREFIX)) continue;
    const name = key.slice(OPTION_PREFIX.length);
    const known = OPTIONS.get(name);
    const read = known?.read(text.trim());
    if (known === undefined) problems.push(`label "${key}" sets no option${didYouMean(name, [...OPTIONS.keys()])}`);
    else if (read === undefined) problems.push(`label "${key}" is "${text}", expected ${known.expected}`);
    else {
      options = { ...options, ...read.options };
      bounds = { ...bounds, ...read.bounds };
    }
  }
  return { options, bounds, problems };
}
