/**
 * Puts the autoscaler together from two transports. `run` hands it sockets, the sandbox and the simulator hand it
 * whatever they like: everything in between is the same program.
 */
import { Actuator } from './actuation/actuator.ts';
import type { OnBehalf } from './actuation/acting.ts';
import type { ActuationObservation } from './actuation/observations.ts';
import { Cluster } from './cluster/cluster.ts';
import type { ClusterEvent } from './cluster/facts.ts';
import { invariant } from './cluster/invariant.ts';
import type { SchedulerProfile } from './cluster/scheduler-profile.ts';
import type { DecisionRecord } from './explain/record.ts';
import type { ExpanderService } from './expander-grpc/expander-service.ts';
import { type KubernetesClient, kubernetesClient } from './kubernetes/client.ts';
import { EventRecorder } from './kubernetes/event-recorder.ts';
import { ClusterObserver } from './kubernetes/observer.ts';
import { type ConfigMapName, deleteStatus, writeStatus } from './kubernetes/status-config-map.ts';
import { writeNodeCondition } from './kubernetes/write-node-condition.ts';
import { prioritiesKind, WATCHED_KINDS } from './kubernetes/watched-kind.ts';
import type { DecideOptions, DecisionInput, Found } from './loop/decide.ts';
import { kubernetesWrites } from './loop/kubernetes-writes.ts';
import { type Leadership, leadershipOf } from './loop/leadership.ts';
import { leaderOnly } from './loop/leader-only.ts';
import { Loop } from './loop/loop.ts';
import { MemoryKeeper } from './loop/memory-keeper.ts';
import { runName } from './loop/run-name.ts';
import type { LoopWatch } from './loop/stopwatch.ts';
import { Triggers } from './loop/triggers.ts';
import { Live } from './options/live.ts';
import type { Options } from './options/options.ts';
import type { Cost } from './report/money.ts';
import { NodeConditions } from './report/node-conditions.ts';
import { StatusKeeper } from './report/status/status-keeper.ts';
import type { Clock } from './runtime/clock.ts';
import type { HttpTransport } from './runtime/http.ts';
import type { Logger } from './runtime/log.ts';
import type { Random } from './runtime/random.ts';
import { success } from './runtime/result.ts';
import type { VultrConfig } from './vultr/cloud-config.ts';
import { type VultrProvider, buildVultr } from './vultr/provider.ts';

export interface AutoscalerParts {
  readonly options: Options;
  /** How the cluster's scheduler decides. Default: as kube-scheduler does by itself. */
  readonly schedulerProfile?: SchedulerProfile | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly kubernetes: HttpTransport;
  readonly vultr: HttpTransport;
  readonly vultrConfig: VultrConfig;
  /** Whom the expander grpc asks; absent: nobody, and it has no say. */
  readonly expanderService?: ExpanderService | undefined;
  /** The product's version. */
  readonly version: string;
  /** Unique among replicas: the pod's name. */
  readonly identity: string;
  /** How long each watch is held. Default: minutes. */
  readonly watchSeconds?: { readonly least: number; readonly most: number };
  /** What has to be told of passes, once there is a model and a lease to ask about. */
  readonly reporting?: (built: Pick<Autoscaler, 'cluster' | 'decisionInput' | 'isLeader'>) => PassReport;
  /** Told of each pass. Must not throw. */
  readonly onRecord: (record: DecisionRecord) => void;
  /** Told of what came of each action. Must not throw. */
  readonly onOutcome?: (outcome: ActuationObservation) => void;
}

/** Watches the loop, and is told of each record and outcome. Must not throw. */
interface PassReport extends LoopWatch {
  /** What the nodes cost, by the last record. */
  readonly cost: Cost | undefined;
  /** Makes each call to the cloud that acting asks for. Absent: acting does. */
  readonly onBehalf?: OnBehalf | undefined;
  reconfigure(options: Options): void;
  record(record: DecisionRecord, found: Found): void;
  outcome(outcome: ActuationObservation): void;
}

/** Ours alone, as the status ConfigMap's form is Cluster Autoscaler's. deploy/rbac.yaml names it. */
const STATE_CONFIG_MAP = 'vke-autoscaler-state';

/** A whole autoscaler that has not started yet. */
export interface Autoscaler {
  readonly kubernetes: KubernetesClient;
  readonly provider: VultrProvider;
  /** The live model, empty before the start. */
  readonly cluster: Cluster;
  isLeader(): boolean;
  /** Puts other values of live flags (options/live-flags.ts) into force; all else must be as it was. */
  reconfigure(options: Options): void;
  /** What a pass would decide from now; `undefined`: none has been made by this process, or it does not lead. */
  decisionInput(): DecisionInput | undefined;
  /** Runs until the signal aborts; then ends what is under way, gives the Lease back and closes the watches. */
  run(signal: AbortSignal): Promise<void>;
}

export function buildAutoscaler(parts: AutoscalerParts): Autoscaler {
  const { clock, options } = parts;
  const { userAgent } = options.vultr;
  const client = kubernetesClient({ transport: parts.kubernetes, clock, userAgent });
  const triggers = new Triggers(clock, options.loop);
  const leadership = leadershipOf(parts, client, triggers, () => {
    status?.keeper.begin();
    conditions?.begin();
  });
  const gated = (send: HttpTransport): HttpTransport => leaderOnly(send, () => leadership.isLeader());
  const writer = kubernetesClient({ transport: gated(parts.kubernetes), clock, userAgent });
  const status = statusOf(parts, writer);
  const provider = providerOf({ ...parts, vultr: gated(parts.vultr) });
  const cluster = new Cluster(parts.schedulerProfile);
  const conditions = conditionsOf(parts, writer, cluster);
  const isLeader = (): boolean => leadership.isLeader();
  let loop: Loop | undefined;
  const decisionInput = (): DecisionInput | undefined => loop?.input();
  const report = parts.reporting?.({ cluster, decisionInput, isLeader });
  const live = new Live(options);
  live.follow(({ loop: next }) => triggers.reconfigure(next));
  if (report !== undefined) live.follow((next) => report.reconfigure(next));
  const built = { client, writer, provider, cluster, triggers, leadership, report, status, conditions, live };
  return {
    kubernetes: client,
    provider,
    cluster,
    decisionInput,
    isLeader,
    reconfigure: (next) => live.put(next),
    run: (signal) => run(parts, { ...built, onLoop: (begun) => void (loop = begun) }, signal),
  };
}

interface Built {
  readonly client: KubernetesClient;
  /** For what only the leader may do. */
  readonly writer: KubernetesClient;
  readonly provider: VultrProvider;
  readonly cluster: Cluster;
  readonly triggers: Triggers;
  readonly leadership: Leadership;
  readonly report: PassReport | undefined;
  readonly status: Status | undefined;
  readonly conditions: NodeConditions | undefined;
  readonly live: Live;
  readonly onLoop: (loop: Loop) => void;
}

async function run(parts: AutoscalerParts, built: Built, signal: AbortSignal): Promise<void> {
  const { clock, logger, options, random } = parts;
  const { client, writer, provider, cluster, triggers, leadership, report, status, conditions, live } = built;
  const recorder = new EventRecorder({
    client,
    clock,
    logger,
    component: 'cluster-autoscaler',
    unbounded: ({ kind, name }) => kind === 'ConfigMap' && name === status?.configMap.name,
    ...(options.report.duplicatedEvents ? { repeatEveryMs: 0 } : {}),
  });
  const actuator = new Actuator({
    kubernetes: kubernetesWrites(
      { client: writer, clock, random: random.stream('kubernetes/writes') },
      recorder,
      () => status && { ...status.configMap, uid: status.keeper.uid },
    ),
    provider,
    clock,
    logger,
    mayAct: () => !signal.aborted && leadership.isLeader(),
    onProgress: (isNews) => {
      if (isNews) triggers.note('action-finished');
      loop.progressed();
    },
    cluster,
    scaleDown: live.options.scaleDown,
    dryRun: options.loop.dryRun,
    onBehalf: report?.onBehalf,
  });
  const loop = new Loop({
    cluster,
    provider,
    actuator,
    triggers,
    clock,
    logger,
    options: decideOptionsOf(live.options),
    keeper: options.loop.keepsMemory ? keeperOf(parts, built) : undefined,
    expanderService: parts.expanderService,
    isSynced: () => observer.allSynced(),
    onlyLooks: options.loop.dryRun,
    podsSilentMs: () => observer.silentMs('pods'),
    isLeader: () => leadership.isLeader(),
    run: runName(random),
    watch: report,
    onRecord(record, found) {
      report?.record(record, found);
      status?.keeper.record(record, report?.cost);
      conditions?.record(record);
      parts.onRecord(record);
    },
    onOutcome(outcome) {
      report?.outcome(outcome);
      parts.onOutcome?.(outcome);
    },
  });
  live.follow((next) => {
    loop.reconfigure(decideOptionsOf(next));
    actuator.reconfigure(next.scaleDown);
  });
  built.onLoop(loop);
  const sink = (events: readonly ClusterEvent[]): void => {
    for (const event of events) if (event.kind === 'node') provider.observeNode(event.node);
    loop.observe(events);
  };
  const kinds = options.scaleUp.expanders.includes('priority')
    ? [...WATCHED_KINDS, prioritiesKind(options.kubernetes.namespace)]
    : WATCHED_KINDS;
  const { watchSeconds } = parts;
  const observer = new ClusterObserver({ client, clock, random, logger, sink, watchSeconds, kinds });

  const running = [observer.start(), leadership.start()];
  try {
    await loop.run(signal);
  } finally {
    await recorder.idle();
    await Promise.all([status?.keeper.end(), conditions?.end()]);
    await leadership.stop();
    await observer.stop();
    await provider.cleanup();
    await Promise.all(running);
  }
}

function decideOptionsOf({ scaleUp, scaleDown, limits, nodeGroups, thresholds, loop }: Options): DecideOptions {
  const { maxLaunchesPerHour } = loop;
  return { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour };
}

function keeperOf(
  { clock, identity, logger, options }: AutoscalerParts,
  { client, writer, leadership }: Built,
): MemoryKeeper {
  return new MemoryKeeper({
    reader: client,
    writer,
    configMap: { namespace: options.kubernetes.namespace, name: STATE_CONFIG_MAP },
    identity,
    clock,
    logger,
    isLeader: () => leadership.isLeader(),
    dryRun: options.loop.dryRun,
  });
}

interface Status {
  readonly configMap: ConfigMapName;
  readonly keeper: StatusKeeper;
}

/** `undefined`: none is kept. A dry run writes nothing. */
function statusOf({ clock, logger, options }: AutoscalerParts, writer: KubernetesClient): Status | undefined {
  const { statusConfigMap: name } = options.report;
  if (name === undefined || options.loop.dryRun) return undefined;
  const configMap = { namespace: options.kubernetes.namespace, name };
  const keeper = new StatusKeeper({
    clock,
    logger,
    write: (text) => writeStatus(writer, configMap, text),
    remove: () => deleteStatus(writer, configMap),
  });
  return { configMap, keeper };
}

/** `undefined`: none are written. A dry run writes nothing. */
function conditionsOf(
  { clock, logger, options }: AutoscalerParts,
  writer: KubernetesClient,
  cluster: Cluster,
): NodeConditions | undefined {
  if (!options.report.nodeConditions || options.loop.dryRun) return undefined;
  return new NodeConditions({
    clock,
    logger,
    write(name, condition) {
      const slot = cluster.slotOf(name);
      if (slot === undefined) return Promise.resolve(success({ kind: 'gone' }));
      return writeNodeCondition(writer, { name, uid: cluster.node(slot).uid }, condition, clock.now());
    },
  });
}

function providerOf(parts: AutoscalerParts): VultrProvider {
  const { clock, logger, options, random } = parts;
  const built = buildVultr({
    config: parts.vultrConfig,
    transport: parts.vultr,
    clock,
    random,
    logger,
    version: parts.version,
    specs: options.vultr.specs,
    queries: options.vultr.queries,
    prices: options.vultr.prices,
  });
  invariant(built.ok, 'the options were checked');
  return built.value;
}
