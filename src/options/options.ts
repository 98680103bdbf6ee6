/**
 * Everything that a person can set, as one value: checked, complete and frozen. Rooms are given the part they need,
 * never this whole.
 */
import { type AutoscalerFlag, flagTable, removedFlags } from './flag-table.ts';
import type { ApiServerAddress, ListenAddress, NodeGroupSpec, PoolQuery } from './forms.ts';
import { type AutoscalerFlags, Findings, type OptionWarning } from './findings.ts';
import type { LimitsOptions, NodeGroupHealthOptions } from '../node-groups/options.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { readCommandLine, readFlags } from './pflag.ts';
import {
  readHttp,
  readKubernetes,
  readLeaderElection,
  readLogging,
  readLoop,
  readReport,
  readVultr,
} from './connections.ts';
import { readExpanderService } from './expanders.ts';
import { readHealth, readLimits, readScaleDown, readScaleUp, readThresholds } from './scaling.ts';
import type { Retention } from '../report/decision-log/entries.ts';
import type { HealthLimits } from '../report/health.ts';
import type { HealthThresholds } from '../node-groups/health.ts';
import type { LogLevel } from '../runtime/log.ts';
import type { OptionError } from './problem.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import type { ScaleUpOptions } from '../scale-up/options.ts';
import { checkUnused } from './compatibility.ts';
import { invariant } from '../cluster/invariant.ts';

export interface Options {
  readonly loop: LoopOptions;
  readonly scaleUp: ScaleUpOptions;
  readonly scaleDown: ScaleDownOptions;
  /** Whom the expander grpc asks; absent: it is not in the chain. */
  readonly expanderService?: ExpanderServiceOptions;
  readonly limits: LimitsOptions;
  readonly nodeGroups: NodeGroupHealthOptions;
  readonly thresholds: HealthThresholds;
  /** Where the scheduler's configuration stands; '': its default profile is simulated. */
  readonly schedulerConfigPath: string;
  readonly kubernetes: KubernetesOptions;
  readonly vultr: VultrOptions;
  readonly leaderElection: LeaderElectionOptions;
  readonly logging: LoggingOptions;
  readonly http: HttpOptions;
  readonly report: ReportOptions;
}

export interface LoopOptions {
  /** The longest time between two passes. At least 1. */
  readonly scanIntervalMs: number;
  /** How long a change waits for others that belong to it. */
  readonly settleWindowMs: number;
  /** Decide and report, change nothing. */
  readonly dryRun: boolean;
  /** Compare what was decided with what another autoscaler does; a dry run always. */
  readonly shadow: boolean;
  /** What is remembered survives a restart. Not with `--compatibility=cluster-autoscaler`, which forgets as that does. */
  readonly keepsMemory: boolean;
  /** The most nodes launched within an hour; 0: by what the node groups may hold; `Number.MAX_SAFE_INTEGER`: any number. */
  readonly maxLaunchesPerHour: number;
}

export interface KubernetesOptions {
  readonly connection:
    | { readonly kind: 'kubeconfig'; readonly path: string }
    | ({ readonly kind: 'server' } & ApiServerAddress)
    | { readonly kind: 'in-cluster' };
  /** The form in which pods and nodes are asked for. */
  readonly contentType: 'protobuf' | 'json';
  /** Where the lease, the events and the status are written. */
  readonly namespace: string;
}

export interface VultrOptions {
  /** `undefined`: the environment says who we are. */
  readonly cloudConfigPath: string | undefined;
  /** Begins the User-Agent header. */
  readonly userAgent: string;
  /** Pools named one by one; no pool twice. `--nodes` */
  readonly specs: readonly NodeGroupSpec[];
  /** Pools with all labels of one of these are managed. `--node-group-auto-discovery` */
  readonly queries: readonly PoolQuery[];
  /** US dollars an hour, by plan, in the place of the catalogue's. `--price` */
  readonly prices: Readonly<Record<string, number>>;
}

/** The service of the expander grpc. */
export interface ExpanderServiceOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** A file with the certificates, in PEM. */
  readonly caPath: string;
}

export interface LeaderElectionOptions {
  readonly enabled: boolean;
  /** Longer than {@link renewDeadlineMs}, which is longer than {@link retryPeriodMs} with its jitter. */
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly leaseName: string;
  readonly leaseNamespace: string;
}

export interface LoggingOptions {
  /** As `-v` says. */
  readonly verbosity: number;
  readonly level: LogLevel;
}

export interface HttpOptions {
  readonly address: ListenAddress;
  readonly health: HealthLimits;
  /** `/snapshotz`. */
  readonly debuggingSnapshot: boolean;
  /** `/debug/pprof/…`. */
  readonly profiling: boolean;
  /** Everything but health and metrics is for who shows that they may. */
  readonly authenticated: boolean;
}

/** What is written and counted for operators. */
export interface ReportOptions {
  /** The ConfigMap with the state; `undefined`: none is kept. `--write-status-configmap` */
  readonly statusConfigMap: string | undefined;
  /** Repeated events are written each time. */
  readonly duplicatedEvents: boolean;
  readonly metricsPerNodeGroup: boolean;
  readonly removalLatency: boolean;
  /** Why nodes stay is written on them. `--node-conditions` */
  readonly nodeConditions: boolean;
  /** Where decisions are kept beyond this process, and for how long; absent: nowhere. `--decision-log` */
  readonly decisionLog?: { readonly path: string; readonly retention: Retention };
}

/** Options, and what is odd about them though they work. */
export interface CheckedOptions {
  readonly options: Options;
  readonly warnings: readonly OptionWarning[];
}

/** Checks flags against each other and makes options of them. */
export function optionsFrom(flags: AutoscalerFlags): Result<CheckedOptions, readonly OptionError[]> {
  const findings = new Findings(flags);
  const options: Options = {
    loop: readLoop(findings),
    scaleUp: readScaleUp(findings),
    scaleDown: readScaleDown(findings),
    ...readExpanderService(findings),
    limits: readLimits(findings),
    nodeGroups: readHealth(findings),
    thresholds: readThresholds(findings),
    schedulerConfigPath: findings.flags.get('scheduler-config-file'),
    kubernetes: readKubernetes(findings),
    vultr: readVultr(findings),
    leaderElection: readLeaderElection(findings),
    logging: readLogging(findings),
    http: readHttp(findings),
    report: readReport(findings),
  };
  checkUnused(findings);
  if (findings.errors.length > 0) return failure(findings.errors);
  return success({ options: deepFreeze(options), warnings: findings.warnings });
}

/** The options that a command line without a command gives: for the sandbox and for tests. Reads no file. */
export function parseOptions(args: readonly string[]): Result<CheckedOptions, readonly OptionError[]> {
  const line = readCommandLine(args, flagTable, removedFlags);
  const strays = line.positionals.map((word): OptionError => ({
    kind: 'bad-argument',
    flag: '',
    message: `unexpected argument ${word}`,
  }));
  const flags = readFlags<AutoscalerFlag>(flagTable, line.assignments);
  const errors = [...line.errors, ...strays, ...(flags.ok ? [] : flags.error)];
  if (!flags.ok || errors.length > 0) return failure(errors);
  return optionsFrom(flags.value);
}

/** The options when nothing is given. */
export function defaultOptions(): Options {
  const parsed = parseOptions([]);
  invariant(parsed.ok, 'the defaults of the flag table are valid together');
  return parsed.value.options;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
