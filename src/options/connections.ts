/** From flags to the options of the loop and of whatever reaches outside. */
import type {
  HttpOptions,
  KubernetesOptions,
  LeaderElectionOptions,
  LoggingOptions,
  LoopOptions,
  ReportOptions,
  VultrOptions,
} from './options.ts';
import {
  type NodeGroupSpec,
  parseApiServer,
  parseDiscovery,
  parseListenAddress,
  parseNodeGroupSpec,
  parsePrice,
} from './forms.ts';
import type { Findings } from './findings.ts';
import { formatDurationMs } from '../cluster/durations.ts';
import { quoted } from './problem.ts';

/** Longer would no longer be a pause to settle, but a delay of every decision. */
const LONGEST_SETTLE_WINDOW_MS = 10_000;

/** `-v` from here on shows what helps in debugging. */
const DEBUG_VERBOSITY = 4;

/** Retries are spread by up to this share, as client-go does. */
const RETRY_JITTER_FACTOR = 1.2;

/** Names of namespaces and of leases (RFC 1123). */
const DNS_NAME = /^[a-z\d]([a-z\d.-]{0,251}[a-z\d])?$/;

export function readLoop(findings: Findings): LoopOptions {
  const launches = findings.number('max-node-launches-per-hour');
  return {
    scanIntervalMs: findings.duration('scan-interval', { atLeast: 1 }),
    settleWindowMs: findings.duration('settle-window', { atMost: LONGEST_SETTLE_WINDOW_MS }),
    dryRun: findings.flags.get('dry-run') || findings.flags.get('shadow'),
    shadow: findings.flags.get('shadow'),
    keepsMemory: findings.flags.get('compatibility') !== 'cluster-autoscaler',
    maxLaunchesPerHour: launches < 0 ? Number.MAX_SAFE_INTEGER : launches,
  };
}

export function readKubernetes(findings: Findings): KubernetesOptions {
  return {
    connection: readConnection(findings),
    contentType: findings.flags.get('kube-api-content-type').endsWith('json') ? 'json' : 'protobuf',
    namespace: dnsName(findings, 'namespace'),
  };
}

function readConnection(findings: Findings): KubernetesOptions['connection'] {
  const path = findings.flags.get('kubeconfig');
  const url = findings.flags.get('kubernetes');
  if (path !== '') return { kind: 'kubeconfig', path };
  const address = url === '' ? undefined : findings.parsed('kubernetes', url, parseApiServer);
  return address === undefined ? { kind: 'in-cluster' } : { kind: 'server', ...address };
}

export function readVultr(findings: Findings): VultrOptions {
  const path = findings.flags.get('cloud-config');
  return {
    cloudConfigPath: path === '' ? undefined : path,
    userAgent: findings.text('user-agent'),
    specs: readSpecs(findings),
    queries: findings.flags
      .get('node-group-auto-discovery')
      .map((text) => findings.parsed('node-group-auto-discovery', text, parseDiscovery))
      .filter((query) => query !== undefined),
    prices: readPrices(findings),
  };
}

function readPrices(findings: Findings): Readonly<Record<string, number>> {
  const prices = findings.flags.get('price').flatMap((text) => findings.parsed('price', text, parsePrice) ?? []);
  const seen = new Set<string>();
  for (const { plan } of prices) {
    if (seen.has(plan)) findings.conflict('price', `--price names the plan ${quoted(plan)} twice; give its price once`);
    seen.add(plan);
  }
  return Object.fromEntries(prices.map(({ plan, usdPerHour }) => [plan, usdPerHour]));
}

function readSpecs(findings: Findings): readonly NodeGroupSpec[] {
  const specs = findings.flags.get('nodes').flatMap((text) => findings.parsed('nodes', text, parseNodeGroupSpec) ?? []);
  const seen = new Set<string>();
  for (const { pool, minSize } of specs) {
    if (seen.has(pool))
      findings.conflict('nodes', `--nodes names the pool ${quoted(pool)} twice; give its bounds once`);
    seen.add(pool);
    if (minSize === 0) {
      findings.warn('nodes', `--nodes: the minimum 0 of ${quoted(pool)} is read as 1; a VKE node pool keeps one node`);
    }
  }
  return specs;
}

export function readLeaderElection(findings: Findings): LeaderElectionOptions {
  const election: LeaderElectionOptions = {
    // The Lease is the other autoscaler's.
    enabled: findings.flags.get('leader-elect') && !findings.flags.get('shadow'),
    leaseDurationMs: findings.duration('leader-elect-lease-duration', { atLeast: 1000 }),
    renewDeadlineMs: findings.duration('leader-elect-renew-deadline', { atLeast: 1 }),
    retryPeriodMs: findings.duration('leader-elect-retry-period', { atLeast: 1 }),
    leaseName: dnsName(findings, 'leader-elect-resource-name'),
    leaseNamespace: findings.flags.get('namespace'),
  };
  if (!election.enabled) return election;
  if (election.leaseDurationMs <= election.renewDeadlineMs) {
    findings.conflict(
      'leader-elect-lease-duration',
      `--leader-elect-lease-duration (${formatDurationMs(election.leaseDurationMs)}) must be longer than --leader-elect-renew-deadline (${formatDurationMs(election.renewDeadlineMs)})`,
    );
  }
  if (election.renewDeadlineMs <= election.retryPeriodMs * RETRY_JITTER_FACTOR) {
    findings.conflict(
      'leader-elect-renew-deadline',
      `--leader-elect-renew-deadline (${formatDurationMs(election.renewDeadlineMs)}) must be longer than ${RETRY_JITTER_FACTOR} times --leader-elect-retry-period (${formatDurationMs(election.retryPeriodMs)})`,
    );
  }
  return election;
}

export function readLogging(findings: Findings): LoggingOptions {
  const verbosity = findings.number('v', { atLeast: 0 });
  return { verbosity, level: verbosity >= DEBUG_VERBOSITY ? 'debug' : 'info' };
}

export function readHttp(findings: Findings): HttpOptions {
  const text = findings.flags.get('address');
  return {
    address: findings.parsed('address', text, parseListenAddress) ?? { host: undefined, port: 0 },
    health: {
      maxInactivityMs: findings.duration('max-inactivity', { atLeast: 1 }),
      maxFailingMs: findings.duration('max-failing-time', { atLeast: 1 }),
      maxStartupMs: findings.duration('max-startup-time', { atLeast: 1 }),
    },
    debuggingSnapshot: findings.flags.get('debugging-snapshot-enabled'),
    profiling: findings.flags.get('profiling'),
    authenticated: findings.flags.get('authenticate-requests'),
  };
}

export function readReport(findings: Findings): ReportOptions {
  const { flags } = findings;
  return {
    statusConfigMap: flags.get('write-status-configmap') ? dnsName(findings, 'status-config-map-name') : undefined,
    duplicatedEvents: flags.get('record-duplicated-events'),
    metricsPerNodeGroup: flags.get('emit-per-nodegroup-metrics'),
    removalLatency: flags.get('node-removal-latency-tracking-enabled'),
    nodeConditions: flags.get('node-conditions'),
    ...readDecisionLog(findings),
  };
}

const BYTES_PER_MIB = 2 ** 20;

function readDecisionLog(findings: Findings): Pick<ReportOptions, 'decisionLog'> {
  const path = findings.flags.get('decision-log');
  const maxAgeMs = findings.duration('decision-log-max-age', { atLeast: 0 });
  const maxBytes = findings.number('decision-log-max-size', { atLeast: 1 }) * BYTES_PER_MIB;
  if (path === '') return {};
  const retention = { maxAgeMs: maxAgeMs === 0 ? Number.MAX_SAFE_INTEGER : maxAgeMs, maxBytes };
  return { decisionLog: { path, retention } };
}

type DnsFlag = 'namespace' | 'leader-elect-resource-name' | 'status-config-map-name';

function dnsName(findings: Findings, name: DnsFlag): string {
  const text = findings.flags.get(name);
  if (!DNS_NAME.test(text)) findings.bad(name, text, 'a name of lower-case letters, digits and dashes');
  return text;
}
