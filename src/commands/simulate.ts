/**
 * `simulate`: replays a trace of pods against the autoscaler in virtual time and says what came of it: how long pods
 * waited, what it cost, what it could have cost at the least, and why what was not served was not.
 */
import { writeFileSync } from 'node:fs';
import { newSimulation } from '../../sandbox/simulation.ts';
import { parsePools, type StoryPool } from '../../sandbox/workload/story.ts';
import { formatStoryProblem } from '../../sandbox/workload/story-problems.ts';
import { formatTraceProblem, parseTrace, type TracePod } from '../../sandbox/workload/trace.ts';
import { TracePlayer } from '../../sandbox/workload/trace-player.ts';
import { PLANS } from '../../sandbox/vultr/plans.ts';
import { buildAutoscaler } from '../autoscaler.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { flag } from '../options/flag.ts';
import { flagFamilies, flagTable } from '../options/flag-table.ts';
import { type Options, optionsFrom } from '../options/options.ts';
import { silentLogger } from '../runtime/log.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { type CommandContext, EXIT, PROGRAM, defineCommand, usageFailure } from './command.ts';
import { Progress } from './progress.ts';
import { DEFAULT_POOLS } from './simulate-pools.ts';
import { type SimulationReport, formatReport, simulationReport } from './simulate-report.ts';
import { refuseExpanderService } from './expander-server.ts';
import { refuseSchedulerConfig } from './scheduler-profile.ts';
import { buildInfo } from './version.ts';

/** Whether something comes of the flag is up to the pass that an event or a moment brings; this is only the longest gap. */
const SCAN_INTERVAL_MS = 60 * 60_000;
/** Watches that are opened anew every few minutes would be most of what happens in simulated months. */
const WATCH_SECONDS = { least: 12 * 3600, most: 24 * 3600 };
/** The replay ends when nothing has run, come or gone for so long: longer than any timeout in it. */
const QUIET_MS = 2 * 60 * 60_000;
const MILLISECONDS_A_DAY = 86_400_000;

const simulateFlags = {
  title: 'Simulation',
  flags: [
    flag('pods', 'string', '', 'The trace: a CSV file with name, cpu_milli, memory_mib, num_gpu, creation_time, …'),
    flag(
      'pools',
      'string',
      '',
      'The node pools: a YAML file with region and pools; without it, a set of common plans.',
    ),
    flag('json', 'string', '', 'Also write the report as JSON to this file.'),
    flag('seed', 'string', '1', 'The seed of everything that is left to chance.'),
    flag('evictable', 'bool', 'false', 'Pods may be moved: an evicted one starts anew for the rest of its time.'),
  ],
} as const;

export const simulateCommand = defineCommand({
  name: 'simulate',
  summary: 'Replay a trace of pods in virtual time, and say what it costs.',
  description:
    'The product itself runs against a simulated Vultr and a simulated Kubernetes; months pass in seconds. Scaling flags of run apply; by default leader election is off and a pass runs when something happens, when a moment comes that the last decision named, or every hour.',
  families: [simulateFlags, ...flagFamilies],
  positionals: [],
  async run(input) {
    const { flags, streams, signal } = input;
    const checked = optionsFrom(input.flagsAmong(flagTable));
    if (!checked.ok) return usageFailure(streams, checked.error, 'simulate');
    const refused = [...refuseSchedulerConfig(checked.value.options), ...refuseExpanderService(checked.value.options)];
    if (refused.length > 0) return usageFailure(streams, refused, 'simulate');
    const trace = readTrace(flags.get('pods'), input);
    const pools = readPools(flags.get('pools'), input);
    const problems = [...(trace.ok ? [] : trace.error), ...(pools.ok ? [] : pools.error)];
    if (!trace.ok || !pools.ok) return fail(input, problems);

    const options = forSimulation(checked.value.options, flags.given('scan-interval'));
    const progress = new Progress(streams.stderr);
    const report = await simulate(
      { ...pools.value, pods: trace.value, options, seed: flags.get('seed'), evictable: flags.get('evictable') },
      (done, total, simulatedMs) =>
        progress.show(done / total, `${done} of ${total} pods, day ${Math.floor(simulatedMs / MILLISECONDS_A_DAY)}`),
      signal,
    );
    progress.clear();
    if (report === undefined) return EXIT.failure;
    streams.stdout.write(formatReport(report));
    if (flags.get('json') !== '') writeFileSync(flags.get('json'), `${JSON.stringify(report, null, 2)}\n`);
    return EXIT.success;
  },
});

interface SimulateInput {
  readonly region: string;
  readonly pools: readonly StoryPool[];
  readonly pods: readonly TracePod[];
  readonly options: Options;
  readonly seed: string;
  readonly evictable: boolean;
}

/** `undefined` when the signal aborts it. */
async function simulate(
  input: SimulateInput,
  onProgress: (done: number, total: number, simulatedMs: number) => void,
  signal: AbortSignal,
): Promise<SimulationReport | undefined> {
  const simulation = newSimulation(input);
  const { clock, random, sandbox, journal, meter } = simulation;
  let last: DecisionRecord | undefined;
  const stop = new AbortController();
  const running = buildAutoscaler({
    options: input.options,
    clock,
    random,
    logger: silentLogger,
    kubernetes: sandbox.kubernetes,
    vultr: sandbox.vultr,
    vultrConfig: { clusterId: sandbox.clusterId, token: sandbox.apiKey, apiUrl: 'http://sandbox.invalid' },
    version: buildInfo().version,
    identity: 'simulate',
    watchSeconds: WATCH_SECONDS,
    onRecord(record) {
      last = record;
    },
  }).run(stop.signal);
  const player = new TracePlayer({ pods: input.pods, store: sandbox.store, clock, evictable: input.evictable });
  player.start();
  const quiet = quietness(simulation, player);
  await clock.run(() => {
    const { finished, lost } = player.progress;
    onProgress(finished + lost, input.pods.length, clock.monotonic());
    return signal.aborted || quiet();
  });
  const bill = sandbox.cloud.bill();
  const report = simulationReport({ simulation, bill, pods: input.pods, usage: meter.usage(), last, seed: input.seed });
  stop.abort();
  player.stop();
  await clock.settle();
  await clock.runFor(MILLISECONDS_A_DAY / 24 / 60);
  await running;
  sandbox.stop();
  meter.stop();
  journal.stop();
  return signal.aborted ? undefined : report;
}

/** Whether all pods have come, none runs, and nothing has changed for a while. */
function quietness({ clock, sandbox }: ReturnType<typeof newSimulation>, player: TracePlayer): () => boolean {
  let before = '';
  let sinceMs = clock.monotonic();
  return () => {
    const { pods, created, running, finished, lost } = player.progress;
    if (created < pods || running > 0) return false;
    const now = `${finished} ${lost} ${sandbox.cloud.instances().length}`;
    if (now !== before) {
      before = now;
      sinceMs = clock.monotonic();
    }
    return clock.monotonic() - sinceMs >= QUIET_MS;
  };
}

function forSimulation(options: Options, scanIntervalGiven: boolean): Options {
  return {
    ...options,
    leaderElection: { ...options.leaderElection, enabled: false },
    // Nobody reads it there, and it is written every few seconds, for months.
    report: { ...options.report, statusConfigMap: undefined },
    loop: { ...options.loop, scanIntervalMs: scanIntervalGiven ? options.loop.scanIntervalMs : SCAN_INTERVAL_MS },
  };
}

function readTrace(path: string, context: CommandContext): Result<readonly TracePod[], readonly string[]> {
  if (path === '') return failure(['--pods is missing: the CSV file of the trace to replay']);
  const text = context.readFile(path);
  if (!text.ok) return failure([`--pods: ${text.error}`]);
  const parsed = parseTrace(text.value);
  return parsed.ok ? parsed : failure(parsed.error.map((problem) => formatTraceProblem(path, problem)));
}

interface Pools {
  readonly region: string;
  readonly pools: readonly StoryPool[];
}

function readPools(path: string, context: CommandContext): Result<Pools, readonly string[]> {
  const text = path === '' ? success(DEFAULT_POOLS) : context.readFile(path);
  if (!text.ok) return failure([`--pools: ${text.error}`]);
  const parsed = parsePools(text.value, PLANS);
  if (parsed.ok) return parsed;
  return failure(parsed.error.map((problem) => formatStoryProblem(path === '' ? 'default pools' : path, problem)));
}

function fail({ streams }: CommandContext, problems: readonly string[]): number {
  for (const problem of problems) streams.stderr.write(`${PROGRAM}: ${problem}\n`);
  return EXIT.usage;
}
