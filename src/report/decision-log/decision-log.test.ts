import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as z from 'zod';
import { FIRST_MEMORY } from '../../loop/memory.ts';
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';
import { recordingLogger } from '../../../test/support/recording-logger.ts';
import { Cluster } from '../../cluster/cluster.ts';
import { aGroupExplanation, aRecord } from '../../explain/record.test-support.ts';
import type { DecisionRecord } from '../../explain/record.ts';
import { parseOptions } from '../../options/options.ts';
import { type Clock, realClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/log.ts';
import { ask } from '../http/answer.ts';
import { Reporting } from '../reporting.ts';
import { DecisionLog } from './decision-log.ts';
import type { LogNews, ToThread } from './entries.ts';
import { type LogThread, startLogThread } from './worker-thread.ts';

/** A thread of which the test says when it has written, if ever. */
class FakeThread implements LogThread {
  readonly posted: ToThread[] = [];
  isTerminated = false;
  tell: (news: LogNews) => void = () => undefined;
  die: (error?: Error) => void = () => undefined;

  post(told: ToThread): void {
    this.posted.push(told);
  }

  onNews(listen: (news: LogNews) => void): void {
    this.tell = listen;
  }

  onEnd(listen: (error: Error | undefined) => void): void {
    this.die = listen;
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** What it was given to write, by ids. */
  get batches(): readonly (readonly string[])[] {
    return this.posted.flatMap((told) =>
      told.kind === 'append' ? [told.entries.map((entry) => ('id' in entry ? entry.id : entry.decision))] : [],
    );
  }
}

function scene(clock: Clock = new VirtualClock()) {
  const thread = new FakeThread();
  const warnings: string[] = [];
  const logger = recordingLogger(({ level, message }) => void (level === 'warn' && warnings.push(message)));
  const log = new DecisionLog({ thread, clock, logger, onStored: () => undefined });
  const note = (id: string): void => log.note({ kind: 'decision', id, atMs: 0, document: { id } });
  return { thread, warnings, log, note };
}

describe('the decision log beside the loop', () => {
  it('takes what a pass decides without doing anything yet, and hands it over when the pass has gone on', async () => {
    const clock = new VirtualClock();
    const { thread, note } = scene(clock);
    note('a-1');
    note('a-2');
    assert.deepEqual(thread.batches, []);
    await clock.settle();
    assert.deepEqual(thread.batches, [['a-1', 'a-2']]);
  });

  it('hands over one batch at a time: what comes while the disk is slow goes together', async () => {
    const clock = new VirtualClock();
    const { thread, note } = scene(clock);
    note('a-1');
    await clock.settle();
    note('a-2');
    note('a-3');
    await clock.settle();
    assert.deepEqual(thread.batches, [['a-1']]);
    thread.tell({ kind: 'appended' });
    await clock.settle();
    assert.deepEqual(thread.batches, [['a-1'], ['a-2', 'a-3']]);
  });

  it('loses the oldest when the disk hangs for long, says so once, and ends in time all the same', async () => {
    const clock = new VirtualClock();
    const { thread, warnings, log, note } = scene(clock);
    note('first');
    await clock.settle();
    for (let index = 0; index < 3000; index += 1) note(`d-${index}`);
    await clock.settle();
    assert.deepEqual(thread.batches, [['first']]);
    assert.equal(warnings.length, 1);
    const ending = log.end();
    await clock.runFor(3000);
    await ending;
    assert.ok(thread.isTerminated);
  });

  it('whose thread has died says so once, and asks it nothing more', async () => {
    const clock = new VirtualClock();
    const { thread, warnings, note } = scene(clock);
    note('a-1');
    await clock.settle();
    thread.die(new Error('out of memory'));
    note('a-2');
    await clock.settle();
    assert.deepEqual(thread.batches, [['a-1']]);
    assert.deepEqual(warnings, ['the decision log has ended']);
  });
});

/** A process as far as it tells of its decisions, with its log in the file. */
function aProcess(path: string, ...flags: readonly string[]): { reporting: Reporting; thread: () => LogThread } {
  const parsed = parseOptions([`--decision-log=${path}`, ...flags]);
  assert.ok(parsed.ok);
  let started: LogThread | undefined;
  const reporting = new Reporting({
    options: parsed.value.options,
    clock: realClock,
    logger: silentLogger,
    cluster: new Cluster(),
    isLeader: () => true,
    decisionInput: () => undefined,
    version: '0.0.0-test',
    startLogThread: (input) => (started = startLogThread(input)),
  });
  const thread = (): LogThread => {
    assert.ok(started !== undefined, 'a thread was started');
    return started;
  };
  return { reporting, thread };
}

function asking(id: string, to: number): DecisionRecord {
  const because = 'least-waste';
  return aRecord({
    id,
    atMs: realClock.now(),
    groups: [aGroupExplanation()],
    actions: [{ kind: 'resize', group: 'web', from: 1, to, pods: 3, because, pricePerHour: undefined }],
  });
}

const answer = z.object({ decisions: z.array(z.object({ id: z.string(), outcomes: z.array(z.unknown()) })) });

async function decisionsOf({ reporting }: ReturnType<typeof aProcess>): Promise<readonly [string, number][]> {
  const { body } = await ask(reporting.handlers, '/decisions');
  const { decisions } = answer.parse(JSON.parse(body));
  return decisions.map(({ id, outcomes }) => [id, outcomes.length]);
}

function newPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'vke-log-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'decisions.db');
}

const FOUND = { views: [], memory: FIRST_MEMORY };

describe('a process with --decision-log', () => {
  it('answers /decisions with those of the process before it, and what came of them', async (context) => {
    const path = newPath(context);
    const before = aProcess(path);
    before.reporting.record(asking('a-1', 2), FOUND);
    before.reporting.outcome({ kind: 'resize-accepted', groupId: 'g', delta: 1, atMs: realClock.now() });
    before.reporting.record(asking('a-2', 3), FOUND);
    await before.reporting.end();

    const after = aProcess(path);
    const { promise, resolve } = Promise.withResolvers<void>();
    after.thread().onNews((news) => {
      if (news.kind === 'stored' && news.decision.id === 'a-2') resolve();
    });
    await promise;
    after.reporting.record(asking('b-1', 4), FOUND);
    assert.deepEqual(await decisionsOf(after), [
      ['b-1', 0],
      ['a-2', 0],
      ['a-1', 1],
    ]);
    const { status, body } = await ask(after.reporting.handlers, '/decisions/a-1');
    assert.equal(status, 200);
    assert.match(body, /"what":"resize-accepted","subject":"web"/);
    await after.reporting.end();
  });

  it('goes on without it where the file cannot be made', async () => {
    const process = aProcess('/proc/decisions.db');
    process.reporting.record(asking('a-1', 2), FOUND);
    await process.reporting.end();
    assert.deepEqual(await decisionsOf(process), [['a-1', 0]]);
  });
});
