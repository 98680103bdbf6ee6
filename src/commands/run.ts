/**
 * `run`, the program proper: reads the flags and the cloud-config, asks both APIs whether it may, and then looks after
 * the cluster until it is told to stop.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { hostname } from 'node:os';
import { type Autoscaler, buildAutoscaler } from '../autoscaler.ts';
import { type ExpanderService, expanderService } from '../expander-grpc/expander-service.ts';
import type { ClusterAccess, AccessError } from '../kubernetes/access.ts';
import { inClusterAccess } from '../kubernetes/in-cluster.ts';
import { kubeconfigAccess, plainAccess } from '../kubernetes/kubeconfig.ts';
import { type KubernetesTransport, kubernetesTransport } from '../kubernetes/transport.ts';
import { flagFamilies } from '../options/flag-table.ts';
import { type KubernetesOptions, type Options, optionsFrom } from '../options/options.ts';
import { recordLog } from '../report/record-log.ts';
import { startLogThread } from '../report/decision-log/worker-thread.ts';
import { Reporting } from '../report/reporting.ts';
import { startTraces } from '../report/traces/traces.ts';
import { realClock } from '../runtime/clock.ts';
import { type Logger, type LogLevel, adjustableLogger } from '../runtime/log.ts';
import { unseededRandom } from '../runtime/random.ts';
import { type Result, success } from '../runtime/result.ts';
import { type ReadConfig, parseCloudConfig } from '../vultr/cloud-config.ts';
import { type ClosableTransport, socketTransport } from '../vultr/transport.ts';
import { type CommandContext, EXIT, PROGRAM, defineCommand, usageFailure } from './command.ts';
import { checkKubernetes, checkVultr } from './preflight.ts';
import { type StartInput, followFiles } from './followed-files.ts';
import { readExpanderServer } from './expander-server.ts';
import { gateOf, openSurface } from './surface.ts';
import { readSchedulerProfile } from './scheduler-profile.ts';
import { buildInfo } from './version.ts';

const SOURCES =
  'Each flag may also be set by an environment variable (VKE_AUTOSCALER_MAX_NODES_TOTAL sets --max-nodes-total) or in the YAML file of --config (max-nodes-total: 10). The command line goes before the environment, the environment before the file. The file is read again when it changes, for the flags marked live; all others wait for a restart.';

export const runCommand = defineCommand({
  name: 'run',
  summary: 'Scale the node pools of a VKE cluster (the default command).',
  description: SOURCES,
  families: flagFamilies,
  readsEnvironment: true,
  positionals: [],
  async run(input) {
    const { streams, signal } = input;
    const checked = optionsFrom(input.flags);
    if (!checked.ok) return usageFailure(streams, checked.error, 'run');
    const { options, warnings } = checked.value;
    const profile = readSchedulerProfile(options, input);
    if (!profile.ok) return usageFailure(streams, profile.error, 'run');
    const config = readCloudConfig(options, input);
    if (!config.ok) return fail(input, config.error, EXIT.usage);
    const expander = readExpanderServer(options, input);
    if (!expander.ok) return usageFailure(streams, expander.error, 'run');
    const access = clusterAccess(options.kubernetes.connection);
    if (!access.ok) return fail(input, access.error.message, EXIT.usage);

    const { logger, setLevel } = adjustableLogger(options.logging.level);
    for (const { message } of [...warnings, ...config.value.warnings]) logger.warn('option', { message });
    const kubernetes = kubernetesTransport(access.value);
    const vultr = socketTransport(config.value.config.apiUrl);
    const service = expander.value === undefined ? undefined : expanderService(expander.value, realClock, logger);
    try {
      const apis = { kubernetes, vultr, logger, expanderService: service };
      return await serve({ input, options, setLevel, profile: profile.value, config: config.value, ...apis }, signal);
    } finally {
      service?.close();
      await Promise.all([kubernetes.close(), vultr.close()]);
    }
  },
});

interface Serving {
  readonly input: StartInput;
  readonly options: Options;
  readonly profile: SchedulerProfile | undefined;
  readonly config: ReadConfig;
  readonly kubernetes: KubernetesTransport;
  readonly vultr: ClosableTransport;
  readonly expanderService: ExpanderService | undefined;
  readonly logger: Logger;
  readonly setLevel: (level: LogLevel) => void;
}

async function serve(serving: Serving, signal: AbortSignal): Promise<number> {
  const { input, options, config, logger } = serving;
  const { version } = buildInfo();
  const log = recordLog(logger, options.loop);
  const gate = gateOf(serving, serving.kubernetes.send);
  const traces = await startTraces({ env: input.env, clock: realClock, logger, version });
  let reporting: Reporting | undefined;
  const autoscaler = buildAutoscaler({
    options,
    schedulerProfile: serving.profile,
    clock: realClock,
    random: unseededRandom(),
    logger,
    kubernetes: serving.kubernetes.send,
    vultr: traces?.traced(serving.vultr.send) ?? serving.vultr.send,
    vultrConfig: config.config,
    expanderService: serving.expanderService,
    version,
    identity: `${input.env['POD_NAME'] ?? hostname()}_${crypto.randomUUID()}`,
    reporting: (built) =>
      (reporting = new Reporting({
        options,
        clock: realClock,
        logger,
        version,
        gate,
        startLogThread,
        traces,
        ...built,
      })),
    onRecord: (record) => log.decision(record),
    onOutcome: (outcome) => log.outcome(outcome),
  });
  const problem = await preflight(autoscaler, signal);
  if (problem !== undefined) return fail(input, problem, EXIT.failure);
  reporting?.metrics.addProcess();
  const surface = await openSurface(serving, reporting?.handlers ?? []);
  if (!surface.ok) return fail(input, surface.error, EXIT.failure);
  const { port } = surface.value;
  logger.info('started', { version, cluster: config.config.clusterId, dryRun: options.loop.dryRun, port });
  const { cloudConfigPath } = options.vultr;
  const unfollow = followFiles({ ...serving, autoscaler, vultrConfig: config.config, cloudConfigPath });
  try {
    await autoscaler.run(signal);
  } finally {
    unfollow();
    surface.value.close();
    await reporting?.end();
  }
  logger.info('stopped');
  return EXIT.success;
}

async function preflight(autoscaler: Autoscaler, signal: AbortSignal): Promise<string | undefined> {
  // One after the other: what the second has to say would only hide what the first found.
  const kubernetes = await checkKubernetes(autoscaler.kubernetes, signal);
  if (!kubernetes.ok) return kubernetes.error;
  const vultr = await checkVultr(autoscaler.provider);
  return vultr.ok ? undefined : vultr.error;
}

function readCloudConfig(options: Options, input: CommandContext): Result<ReadConfig, string> {
  const path = options.vultr.cloudConfigPath;
  const text = path === undefined ? success(undefined) : input.readFile(path);
  if (!text.ok) return { ok: false, error: `--cloud-config: ${text.error}` };
  const parsed = parseCloudConfig(text.value, input.env);
  if (parsed.ok) return parsed;
  const from = path === undefined ? 'environment' : `--cloud-config ${path}`;
  return { ok: false, error: parsed.error.map(({ message }) => `${from}: ${message}`).join('\n') };
}

function clusterAccess(connection: KubernetesOptions['connection']): Result<ClusterAccess, AccessError> {
  switch (connection.kind) {
    case 'in-cluster':
      return inClusterAccess(realClock);
    case 'kubeconfig':
      return kubeconfigAccess({ path: connection.path, clock: realClock });
    case 'server':
      return serverAccess(connection);
    default:
      return unreachable(connection);
  }
}

function serverAccess({
  url,
  credentials,
}: Extract<KubernetesOptions['connection'], { kind: 'server' }>): Result<ClusterAccess, AccessError> {
  switch (credentials.kind) {
    case 'none':
      return success(plainAccess(url));
    case 'kubeconfig':
      return withServer(kubeconfigAccess({ path: credentials.path, clock: realClock }), url);
    case 'in-cluster':
    case 'service-account':
      return withServer(inClusterAccess(realClock), url);
    default:
      return unreachable(credentials);
  }
}

/** The credentials of one access for the address of another. */
function withServer(access: Result<ClusterAccess, AccessError>, server: string): Result<ClusterAccess, AccessError> {
  return access.ok && server !== '' ? success({ ...access.value, server }) : access;
}

function fail({ streams }: CommandContext, message: string, code: number): number {
  for (const line of message.split('\n')) streams.stderr.write(`${PROGRAM}: ${line}\n`);
  return code;
}
