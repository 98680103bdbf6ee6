/** One running autoscaler in a world: a process of its own, with its own connections and the faults on them. */
import assert from 'node:assert/strict';
import { Faults } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { type Autoscaler, buildAutoscaler } from '../../src/autoscaler.ts';
import type { ExpanderService } from '../../src/expander-grpc/expander-service.ts';
import type { DecisionRecord } from '../../src/explain/record.ts';
import type { Options } from '../../src/options/options.ts';
import { type Answer, ask } from '../../src/report/http/answer.ts';
import { Reporting } from '../../src/report/reporting.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import type { Random } from '../../src/runtime/random.ts';
import { takeSnapshot } from '../../src/snapshot/snapshot.ts';
import { writeSnapshot } from '../../src/snapshot/snapshot-file.ts';
import type { Invariants } from './invariants.ts';
import { SimulatedProcess } from './process.ts';
import { judgeAnswer, judgePublished } from './schema-judge.ts';
import { type LogLine, recordingLogger } from './recording-logger.ts';

export interface ReplicaParts {
  readonly identity: string;
  readonly options: Options;
  readonly sandbox: Sandbox;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly invariants: Invariants;
  readonly watchSeconds: { readonly least: number; readonly most: number };
  readonly onRecord: (record: DecisionRecord) => void;
  /** Told what each pass decides from, just before it does. */
  readonly onDeciding?: ((snapshot: string) => void) | undefined;
  readonly onLog: (line: LogLine) => void;
  readonly expanderService: ExpanderService | undefined;
}

const VERSION = '0.0.0-test';
/** To end after the signal it may take the longest write, its retries and the release of the Lease. */
const LONGEST_STOP_MS = 5 * 60_000;

export class Replica {
  readonly identity: string;
  readonly process: SimulatedProcess;
  /** On this replica's connections alone; those of the sandbox are on everybody's. */
  readonly kubernetesFaults: Faults;
  readonly vultrFaults: Faults;
  readonly records: DecisionRecord[] = [];
  readonly #parts: ReplicaParts;
  readonly #autoscaler: Autoscaler;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #reporting: Reporting | undefined;
  #ended = false;

  constructor(parts: ReplicaParts) {
    const { identity, sandbox, clock, random, invariants } = parts;
    this.#parts = parts;
    this.identity = identity;
    this.process = new SimulatedProcess(clock);
    this.kubernetesFaults = new Faults(clock, random);
    this.vultrFaults = new Faults(clock, random);
    const kubernetes = invariants.kubernetes(identity, sandbox.apiServer.handle);
    const vultr = invariants.vultr(identity, sandbox.cloud.handle);
    const shared = { kubernetes: sandbox.kubernetesFaults.wrap(kubernetes), vultr: sandbox.vultrFaults.wrap(vultr) };
    this.#autoscaler = buildAutoscaler({
      options: parts.options,
      expanderService: parts.expanderService,
      clock: this.process.clock,
      random,
      logger: recordingLogger((line) => this.#logged(line)),
      kubernetes: this.process.connect(this.kubernetesFaults.wrap(shared.kubernetes)),
      vultr: this.process.connect(invariants.client(this.vultrFaults.wrap(shared.vultr))),
      vultrConfig: { clusterId: sandbox.clusterId, token: sandbox.apiKey, apiUrl: 'http://vultr.invalid' },
      version: VERSION,
      identity,
      watchSeconds: parts.watchSeconds,
      reporting: (built) => {
        const { onDeciding, options } = parts;
        const reporting = (this.#reporting = new Reporting({
          options,
          clock: this.process.clock,
          logger: silentLogger,
          version: VERSION,
          ...built,
        }));
        return onDeciding === undefined ? reporting : watched(reporting, () => this.#deciding(onDeciding));
      },
      onRecord: (record) => this.#recorded(record),
      onOutcome: (outcome) => invariants.secrecy('an outcome', JSON.stringify(outcome)),
    });
    this.#running = this.#autoscaler.run(this.#stop.signal).finally(() => {
      this.#ended = true;
    });
  }

  /** What it answers over HTTP. */
  async ask(path: string): Promise<Answer> {
    const answer = await ask(this.#reporting?.handlers ?? [], path);
    this.#parts.invariants.secrecy(`the answer to ${path}`, answer.body);
    if (path.startsWith('/decisions') && answer.status === 200) judgeAnswer(answer.body);
    return answer;
  }

  /** Other values of live flags, as a changed file of `--config` brings them. */
  reconfigure(options: Options): void {
    this.#autoscaler.reconfigure(options);
  }

  #deciding(onDeciding: (snapshot: string) => void): void {
    const input = this.#autoscaler.decisionInput();
    assert.ok(input !== undefined, 'a pass decides from something');
    const snapshot = writeSnapshot(takeSnapshot(input), VERSION);
    this.#parts.invariants.secrecy('a snapshot', snapshot);
    onDeciding(snapshot);
  }

  get isLeader(): boolean {
    return this.process.isAlive && !this.#ended && this.#autoscaler.isLeader();
  }

  /** Has ended by itself: stopped, or by a bug, which `stopped` rejects with. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** As a signal to the program does. Resolves when it has ended, which may need time to pass. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#running;
  }

  /** The same, letting the time pass that it takes. */
  async stopped(): Promise<void> {
    const ending = this.stop();
    const outcome = await this.#parts.clock.run(() => this.#ended, { limitMs: LONGEST_STOP_MS });
    if (outcome !== 'reached') throw new Error(`${this.identity} does not stop`);
    await ending;
  }

  /** As a lost machine: nothing is finished, given back or told. */
  kill(): void {
    this.process.kill();
  }

  #recorded(record: DecisionRecord): void {
    this.records.push(record);
    this.#parts.invariants.record(record);
    judgePublished(record);
    this.#parts.onRecord(record);
  }

  #logged(line: LogLine): void {
    const text = JSON.stringify(line);
    this.#parts.invariants.secrecy('a log line', text);
    this.#parts.onLog(line);
  }
}

/** The same report, and before each decision `onDeciding` is called. */
function watched(reporting: Reporting, onDeciding: () => void): Reporting {
  const time = reporting.time.bind(reporting);
  reporting.time = (part, work) => {
    // The first that a decision does; nothing is tried out on the model yet.
    if (part === 'updateClusterState') onDeciding();
    return time(part, work);
  };
  return reporting;
}
