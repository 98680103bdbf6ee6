/**
 * `sandbox`, which `npm start` runs: VKE in a box on real sockets, a story that happens in it, and the autoscaler, whole
 * and unchanged, looking after it. The screen tells what happens and why; a summary says what it was worth.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { acceleratedClock } from '../../sandbox/time/accelerated-clock.ts';
import { PLANS } from '../../sandbox/vultr/plans.ts';
import { vultrControls } from '../../sandbox/workload/cloud-controls.ts';
import { PodJournal } from '../../sandbox/workload/pod-journal.ts';
import { type Story, parseStory } from '../../sandbox/workload/story.ts';
import { StoryPlayer } from '../../sandbox/workload/story-player.ts';
import { formatStoryProblem } from '../../sandbox/workload/story-problems.ts';
import { buildAutoscaler } from '../autoscaler.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { kubeconfigAccess } from '../kubernetes/kubeconfig.ts';
import { kubernetesTransport } from '../kubernetes/transport.ts';
import { type AutoscalerFlag, flagFamilies, flagTable } from '../options/flag-table.ts';
import { flag } from '../options/flag.ts';
import type { ListenAddress } from '../options/forms.ts';
import { type Options, optionsFrom } from '../options/options.ts';
import type { ParsedFlags } from '../options/pflag.ts';
import type { Handler } from '../report/http/answer.ts';
import { type HttpSurface, serveHttpSurface } from '../report/http/server.ts';
import { Reporting } from '../report/reporting.ts';
import { type Clock, realClock, sleep } from '../runtime/clock.ts';
import { jsonLogger, silentLogger } from '../runtime/log.ts';
import { type Random, seededRandom } from '../runtime/random.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { socketTransport } from '../vultr/transport.ts';
import { type CommandContext, EXIT, PROGRAM, defineCommand, usageFailure } from './command.ts';
import { wantsColour } from './colour.ts';
import { cloudConfigOf, kubeconfigOf } from './sandbox-files.ts';
import { SandboxScreen } from './sandbox-screen.ts';
import { SandboxLedger } from './sandbox-ledger.ts';
import { refuseExpanderService } from './expander-server.ts';
import { refuseSchedulerConfig } from './scheduler-profile.ts';
import { buildInfo } from './version.ts';

// The build puts the story in (scripts/build.ts); in a checkout it is a file.
declare const VKE_AUTOSCALER_STORY: string | undefined;

/** In the sandbox an evening has to do: what a cluster waits for ten minutes, it waits for three. */
const SHORTER: Partial<Options['scaleDown']> = { unneededTimeMs: 3 * 60_000, delayAfterAddMs: 3 * 60_000 };
/** After the story's end: time for the last nodes to go, simulated. */
const SETTLE_LIMIT_MS = 40 * 60_000;
const SETTLE_POLL_MS = 5_000;

/** Where it answers, unless said otherwise: the port of a real one, for this machine only. */
const LOOPBACK = { host: '127.0.0.1', port: 8085 };

const sandboxFlags = {
  title: 'Sandbox',
  flags: [
    flag('story', 'string', '', 'A story to play instead of the built-in one: a YAML file.'),
    flag('speed', 'float', '60', 'How many times as fast as real time the clock of the sandbox runs.'),
    flag('seed', 'string', '', "The seed of everything that is left to chance, instead of the story's own."),
    flag('keep', 'bool', 'false', 'Keep the sandbox up after the story, for kubectl and other clients, until Ctrl-C.'),
  ],
} as const;

export const sandboxCommand = defineCommand({
  name: 'sandbox',
  summary: 'Watch it at work: a simulated VKE cluster, a story, and the autoscaler.',
  description:
    'Starts a simulated Vultr API and a simulated Kubernetes API on loopback sockets, plays a story of deployments, jobs and shortages, and runs the autoscaler against both. Scaling flags of run apply.',
  families: [sandboxFlags, ...flagFamilies],
  positionals: [],
  async run(input) {
    const { flags, signal, streams } = input;
    const scaling = input.flagsAmong(flagTable);
    const checked = optionsFrom(scaling);
    if (!checked.ok) return usageFailure(streams, checked.error, 'sandbox');
    const { options } = checked.value;
    const refused = [...refuseSchedulerConfig(options), ...refuseExpanderService(options)];
    if (refused.length > 0) return usageFailure(streams, refused, 'sandbox');
    if (flags.get('speed') <= 0) return fail(input, '--speed must be above 0, such as --speed=60');
    const story = readStory(flags.get('story'), input);
    if (!story.ok) return fail(input, story.error);
    const folder = mkdtempSync(join(tmpdir(), 'vke-sandbox-'));
    try {
      const show = new Show(input, {
        story: story.value,
        options: forSandbox(checked.value.options, scaling),
        clock: acceleratedClock(realClock, flags.get('speed')),
        random: seededRandom(flags.get('seed') === '' ? story.value.seed : flags.get('seed')),
        folder,
        keep: flags.get('keep'),
        address: scaling.given('address') ? options.http.address : LOOPBACK,
      });
      return await show.run(signal);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

interface ShowSetting {
  readonly story: Story;
  readonly options: Options;
  readonly clock: Clock;
  readonly random: Random;
  /** For the kubeconfig and the cloud-config. */
  readonly folder: string;
  readonly keep: boolean;
  /** Where the autoscaler answers. */
  readonly address: ListenAddress;
}

/** One performance, from an empty stage to the summary. */
class Show {
  readonly #input: CommandContext;
  readonly #setting: ShowSetting;
  readonly #sandbox: Sandbox;
  readonly #screen: SandboxScreen;
  readonly #ledger: SandboxLedger;
  readonly #journal: PodJournal;
  #last: DecisionRecord | undefined;

  constructor(input: CommandContext, setting: ShowSetting) {
    const { clock, random, story } = setting;
    this.#input = input;
    this.#setting = setting;
    this.#sandbox = new Sandbox({
      clock,
      random,
      region: story.region,
      pools: story.pools.map(({ min, max, ...pool }) => ({ ...pool, minNodes: min, maxNodes: max })),
    });
    this.#ledger = new SandboxLedger(this.#sandbox, clock);
    this.#journal = new PodJournal({ store: this.#sandbox.store, clock });
    this.#screen = new SandboxScreen({
      output: input.streams.stdout,
      sandbox: this.#sandbox,
      clock,
      inColour: wantsColour(input),
    });
  }

  async run(signal: AbortSignal): Promise<number> {
    const { clock, options, folder, keep, random } = this.#setting;
    const servers = await this.#sandbox.serve(jsonLogger('warn'));
    const kubeconfig = join(folder, 'kubeconfig');
    const cloudConfig = join(folder, 'cloud-config');
    writeFileSync(kubeconfig, kubeconfigOf(servers.kubernetes.url));
    writeFileSync(cloudConfig, cloudConfigOf(this.#sandbox, servers.vultr.url));
    const access = kubeconfigAccess({ path: kubeconfig, clock: realClock });
    if (!access.ok) throw new Error(access.error.message);
    const kubernetes = kubernetesTransport(access.value);
    const vultr = socketTransport(servers.vultr.url);
    const stop = new AbortController();
    const { version } = buildInfo();
    let reporting: Reporting | undefined;
    const autoscaler = buildAutoscaler({
      options,
      clock,
      random,
      logger: options.logging.verbosity > 0 ? jsonLogger(options.logging.level) : silentLogger,
      kubernetes: kubernetes.send,
      vultr: vultr.send,
      vultrConfig: { clusterId: this.#sandbox.clusterId, token: this.#sandbox.apiKey, apiUrl: servers.vultr.url },
      version,
      identity: 'sandbox',
      reporting: (built) => (reporting = new Reporting({ options, clock, logger: silentLogger, version, ...built })),
      onRecord: (record) => {
        this.#last = record;
        this.#screen.decision(record);
      },
      onOutcome: (outcome) => this.#screen.outcome(outcome),
    });
    const surface = await answering(this.#setting.address, reporting?.handlers ?? []);
    const autoscaling = autoscaler.run(stop.signal);
    try {
      const url = `http://127.0.0.1:${surface.port}`;
      this.#screen.opening(this.#setting.story, { kubeconfig, cloudConfig, url });
      const settled = await this.#play(signal);
      if (signal.aborted) return EXIT.failure;
      this.#screen.endStatus();
      this.#screen.summary(this.#ledger.account(), this.#journal.statistics());
      if (keep) await this.#keepUp({ kubeconfig, url }, signal);
      return settled || keep ? EXIT.success : EXIT.failure;
    } finally {
      stop.abort();
      await autoscaling;
      surface.close();
      this.#screen.close();
      this.#sandbox.stop();
      await Promise.all([kubernetes.close(), vultr.close(), servers.kubernetes.close(), servers.vultr.close()]);
    }
  }

  /** Plays the story and waits for the cluster to come to rest; whether it did. */
  async #play(signal: AbortSignal): Promise<boolean> {
    const { clock, random, story } = this.#setting;
    const sandbox = this.#sandbox;
    const cloud = vultrControls({
      clock,
      random: random.stream('story'),
      vultr: sandbox.cloud,
      faults: sandbox.vultrFaults,
    });
    const player = new StoryPlayer({
      story,
      store: sandbox.store,
      clock,
      cloud,
      onEvent: (told) => this.#screen.told(told),
    });
    player.start();
    while (!player.isOver && !signal.aborted) await sleep(clock, SETTLE_POLL_MS, signal);
    const giveUpAtMs = clock.monotonic() + SETTLE_LIMIT_MS;
    while (!this.#isAtRest() && !signal.aborted && clock.monotonic() < giveUpAtMs)
      await sleep(clock, SETTLE_POLL_MS, signal);
    player.stop();
    if (!this.#isAtRest() && !signal.aborted) this.#screen.unrest(this.#last);
    return this.#isAtRest();
  }

  /** No pod waits that could be helped, and every pool is back at its minimum. */
  #isAtRest(): boolean {
    const helpable = this.#last?.pods.some(
      ({ outcome }) => outcome.kind === 'helped' || outcome.kind === 'partly-helped',
    );
    const nodes = this.#sandbox.store.list('nodes').length;
    const least = this.#setting.story.pools.reduce((sum, { min }) => sum + min, 0);
    const resting = this.#sandbox.cloud.pools().every(({ quantity, minNodes }) => quantity === minNodes);
    return helpable === false && resting && nodes === least;
  }

  async #keepUp(reach: { readonly kubeconfig: string; readonly url: string }, signal: AbortSignal): Promise<void> {
    const lines = [
      '',
      'The sandbox stays up until Ctrl-C. In another terminal:',
      '',
      `  export KUBECONFIG=${reach.kubeconfig}`,
      '  kubectl get nodes,pods -A',
      `  npx vke-autoscaler what-if --url ${reach.url} --scale deploy/web=40`,
      '',
    ];
    this.#input.streams.stdout.write(lines.join('\n'));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** At the address, or where that is taken on a free port of this machine. */
async function answering(address: ListenAddress, handlers: readonly Handler[]): Promise<HttpSurface> {
  try {
    return await serveHttpSurface({ address, logger: silentLogger, clock: realClock, handlers });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return serveHttpSurface({ address: { ...LOOPBACK, port: 0 }, logger: silentLogger, clock: realClock, handlers });
  }
}

function forSandbox(options: Options, flags: ParsedFlags<AutoscalerFlag>): Options {
  const { leaderElection } = options;
  return {
    ...options,
    // The only replica; and a Lease of seconds, at sixty times the speed, is lost whenever the machine is busy.
    leaderElection: { ...leaderElection, enabled: flags.given('leader-elect') && leaderElection.enabled },
    scaleDown: {
      ...options.scaleDown,
      ...(!flags.given('scale-down-unneeded-time') && { unneededTimeMs: SHORTER.unneededTimeMs }),
      ...(!flags.given('scale-down-delay-after-add') && { delayAfterAddMs: SHORTER.delayAfterAddMs }),
    },
  };
}

function readStory(path: string, context: CommandContext): Result<Story, string> {
  const name = path === '' ? 'built-in story' : path;
  const text = path === '' ? success(builtInStory()) : context.readFile(path);
  if (!text.ok) return failure(`--story: ${text.error}`);
  const parsed = parseStory(text.value, PLANS);
  return parsed.ok ? parsed : failure(parsed.error.map((problem) => formatStoryProblem(name, problem)).join('\n'));
}

function builtInStory(): string {
  if (typeof VKE_AUTOSCALER_STORY === 'string') return VKE_AUTOSCALER_STORY;
  return readFileSync(new URL('../../sandbox/stories/evening.yaml', import.meta.url), 'utf8');
}

function fail({ streams }: CommandContext, message: string): number {
  for (const line of message.split('\n')) streams.stderr.write(`${PROGRAM}: ${line}\n`);
  return EXIT.usage;
}
