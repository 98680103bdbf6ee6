/**
 * The screen of the sandbox: lines, each with the story's time, of what people do, what the autoscaler decides and why,
 * and what comes of it.
 */
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { nodeStatus, podSpec, podStatus } from '../../sandbox/controllers/shapes.ts';
import type { KubeObject, StoreEvent } from '../../sandbox/kubernetes/object.ts';
import type { WaitStatistics } from '../../sandbox/workload/pod-journal.ts';
import type { Story } from '../../sandbox/workload/story.ts';
import type { ToldEvent } from '../../sandbox/workload/story-player.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { type Narration, Narrator, narrateOutcome } from '../report/narrator.ts';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Account } from './sandbox-ledger.ts';
import { table } from './table.ts';
import type { Output } from './terminal.ts';

interface ScreenOptions {
  readonly output: Output;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  readonly inColour: boolean;
}

type Kind = 'story' | 'pods' | 'node' | 'now' | Narration['kind'];

/** What stands at the beginning of a line, and its colour (SGR). */
const LABELS: Readonly<Record<Kind, readonly [label: string, colour: string]>> = {
  story: ['story', '1;35'],
  pods: ['pods', '33'],
  node: ['node', '36'],
  now: ['now', '2'],
  'scale-up': ['scale up', '1;32'],
  'scale-down': ['scale down', '1;34'],
  waiting: ['pods', '33'],
  blocked: ['blocked', '1;31'],
};
const LABEL_WIDTH = 10;
/** Between lines that say how things stand, in the story's time. */
const STATUS_EVERY_MS = 10 * 60_000;
/** A burst of pods is told in one line. */
const PODS_SETTLE_MS = 300;

export class SandboxScreen {
  readonly #options: ScreenOptions;
  readonly #startedAtMs: number;
  readonly #narrator = new Narrator();
  readonly #waiting = new Set<string>();
  readonly #ready = new Set<string>();
  #toldWaiting = 0;
  readonly #unwatch: readonly (() => void)[];
  #podsTimer: Timer | undefined;
  #statusTimer: Timer | undefined;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.monotonic();
    this.#unwatch = [
      options.sandbox.store.watch('pods', (event) => this.#onPod(event)),
      options.sandbox.store.watch('nodes', (event) => this.#onNode(event)),
    ];
  }

  opening(
    story: Story,
    files: { readonly kubeconfig: string; readonly cloudConfig: string; readonly url: string },
  ): void {
    const { output } = this.#options;
    const pools = story.pools.map(({ label, plan, min, max }) => `${label} (${plan}, ${min} to ${max} nodes)`);
    output.write(`${this.#paint('1', story.title ?? 'A story')}\n`);
    output.write(`A simulated VKE cluster in ${story.region}: ${pools.join(', ')}.\n`);
    output.write(`kubeconfig   ${files.kubeconfig}\ncloud-config ${files.cloudConfig}\n`);
    output.write(`ask it       npx vke-autoscaler top --url ${files.url}\n\n`);
    this.#tick();
  }

  told({ text, refusal }: ToldEvent): void {
    this.#line('story', refusal === undefined ? text : `${text} Refused: ${refusal}`);
  }

  decision(record: DecisionRecord): void {
    for (const { kind, text } of this.#narrator.narrate(record)) this.#line(kind, text);
  }

  outcome(outcome: ActuationObservation): void {
    const narration = narrateOutcome(outcome);
    if (narration !== undefined) this.#line(narration.kind, narration.text);
  }

  /** The story is over: from now on only what happens is told. */
  endStatus(): void {
    this.#statusTimer?.cancel();
  }

  /** No more lines by itself. */
  close(): void {
    this.endStatus();
    this.#podsTimer?.cancel();
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** The cluster did not come to rest: what is left, and why. */
  unrest(record: DecisionRecord | undefined): void {
    for (const node of record?.nodes ?? []) {
      this.#line('blocked', `${node.node} of ${node.group}: ${JSON.stringify(node.outcome)}`);
    }
  }

  summary({ hours, pools }: Account, statistics: WaitStatistics): void {
    const { output } = this.#options;
    const rows = pools.map((pool) => [
      pool.pool,
      pool.plan,
      String(pool.peak),
      String(pool.added),
      String(pool.removed),
      pool.nodeHours.toFixed(1),
      pool.usd.toFixed(2),
      pool.fixedUsd.toFixed(2),
    ]);
    const usd = sum(pools.map((pool) => pool.usd));
    const fixed = sum(pools.map((pool) => pool.fixedUsd));
    const total = [
      'all',
      '',
      String(sum(pools.map((pool) => pool.peak))),
      String(sum(pools.map((pool) => pool.added))),
      String(sum(pools.map((pool) => pool.removed))),
      sum(pools.map((pool) => pool.nodeHours)).toFixed(1),
      usd.toFixed(2),
      fixed.toFixed(2),
    ];
    const header = ['pool', 'plan', 'peak', 'added', 'removed', 'node-hours', '$', '$ at fixed size'];
    const wait = statistics.waitMs;
    output.write(
      [
        '',
        this.#paint('1', `Summary of ${hours.toFixed(1)} hours`),
        ...table(header, [...rows, total]),
        '',
        `Pods  ${statistics.served} of ${statistics.pods} served; wait p50 ${seconds(wait.p50)}, p99 ${seconds(wait.p99)} (creation to running)`,
        `Cost  $${usd.toFixed(2)} against $${fixed.toFixed(2)} for a cluster that keeps its peak size: ${(100 * (1 - usd / fixed)).toFixed(0)} % saved`,
        '',
      ].join('\n'),
    );
  }

  #onPod({ type, object }: StoreEvent): void {
    const waits =
      type !== 'DELETED' && (podSpec(object).nodeName ?? '') === '' && podStatus(object).phase === 'Pending';
    if (waits) this.#waiting.add(object.metadata.uid);
    else this.#waiting.delete(object.metadata.uid);
    this.#podsTimer ??= this.#options.clock.setTimer(PODS_SETTLE_MS, () => {
      this.#podsTimer = undefined;
      this.#tellWaiting();
    });
  }

  #tellWaiting(): void {
    const waiting = this.#waiting.size;
    if (waiting > this.#toldWaiting) this.#line('pods', `${waiting} wait for a node`);
    if (waiting === 0 && this.#toldWaiting > 0) this.#line('pods', 'none waits any more');
    this.#toldWaiting = waiting;
  }

  #onNode({ type, object }: StoreEvent): void {
    const { name } = object.metadata;
    if (type === 'DELETED') {
      if (this.#ready.delete(name)) this.#line('node', `${name} is gone, ${this.#price()}`);
    } else if (isReady(object) && !this.#ready.has(name)) {
      this.#ready.add(name);
      this.#line('node', `${name} is ready, ${this.#price()}`);
    }
  }

  #tick(): void {
    const { clock, sandbox } = this.#options;
    this.#statusTimer = clock.setTimer(STATUS_EVERY_MS, () => {
      const pools = sandbox.cloud.pools().map(({ label, active, pending }) => {
        return `${label} ${active}${pending > 0 ? `+${pending}` : ''}`;
      });
      const pods = sandbox.store.list('pods').filter((pod) => podStatus(pod).phase === 'Running').length;
      this.#line('now', `nodes: ${pools.join(', ')}; ${pods} pods run, ${this.#waiting.size} wait; ${this.#price()}`);
      this.#tick();
    });
  }

  #price(): string {
    return `$${this.#options.sandbox.cloud.hourlyUsd().toFixed(3)}/h now`;
  }

  #line(kind: Kind, text: string): void {
    const [label, colour] = LABELS[kind];
    const time = this.#paint('2', clockTime(this.#options.clock.monotonic() - this.#startedAtMs));
    this.#options.output.write(`${time}  ${this.#paint(colour, label.padEnd(LABEL_WIDTH))}  ${text}\n`);
  }

  #paint(colour: string, text: string): string {
    return this.#options.inColour ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }
}

function isReady(node: KubeObject): boolean {
  return nodeStatus(node).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** `1:02:05` */
function clockTime(ms: number): string {
  const total = Math.floor(ms / 1000);
  return `${Math.floor(total / 3600)}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
