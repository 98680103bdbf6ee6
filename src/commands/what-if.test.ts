/** `snapshot`, `replay` and `what-if` as they are typed, against an autoscaler on a socket and on files. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { aCluster, aNode, podsOf } from '../cluster/fixtures.test-support.ts';
import type { DecisionInput } from '../loop/decide.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { parseOptions } from '../options/options.ts';
import { wholeSnapshotHandler } from '../report/http/snapshots.ts';
import { serveHttpSurface } from '../report/http/server.ts';
import { realClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import { failure, success } from '../runtime/result.ts';
import { takeSnapshot } from '../snapshot/snapshot.ts';
import { writeSnapshot } from '../snapshot/snapshot-file.ts';
import type { Command, CommandContext } from './command.ts';
import { replayCommand, snapshotCommand } from './snapshot.ts';
import { buildInfo } from './version.ts';
import { whatIfCommand } from './what-if.ts';

/** Pool ci at its maximum, and pods that wait for more. */
function input(): DecisionInput {
  const parsed = parseOptions([]);
  assert.ok(parsed.ok);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds, loop } = parsed.value.options;
  const { maxLaunchesPerHour } = loop;
  const nodes = [aNode({ name: 'ci-1', cpu: 4000 })];
  const pods = podsOf('build', 4, { cpu: 3500 });
  const node = { cpu: 4000, labels: { 'node.kubernetes.io/instance-type': 'vc2-4c-8gb' } };
  return {
    world: {
      cluster: aCluster({ nodes, pods }),
      groups: [aGroup({ name: 'ci', node, nodes, minSize: 1, maxSize: 1, pricePerHour: 0.05 })],
      removals: [],
    },
    memory: FIRST_MEMORY,
    options: { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour },
    pass: { number: 5, now: 1_767_225_600_000, triggers: ['timer'], run: 'ab1cd' },
  };
}

function saved(): string {
  return writeSnapshot(takeSnapshot(input()), buildInfo().version);
}

interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function typed(
  command: Command,
  words: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<Typed> {
  let [out, err] = ['', ''];
  const output = { isTerminal: false, columns: () => 80 };
  const context: CommandContext = {
    env: {},
    streams: {
      stdout: { ...output, write: (text) => void (out += text) },
      stderr: { ...output, write: (text) => void (err += text) },
    },
    signal: new AbortController().signal,
    readFile: (path) => (files[path] === undefined ? failure(`${path}: no such file`) : success(files[path])),
  };
  const code = await command.execute(words, context);
  return { code, out, err };
}

async function anAutoscaler(context: TestContext): Promise<string> {
  const parts = { clock: realClock, isLeader: () => true, decisionInput: input, version: buildInfo().version };
  const address = { host: '127.0.0.1', port: 0 };
  const surface = await serveHttpSurface({
    address,
    logger: silentLogger,
    clock: realClock,
    handlers: [wholeSnapshotHandler(parts)],
  });
  context.after(() => surface.close());
  return `http://127.0.0.1:${surface.port}`;
}

describe('snapshot and replay', () => {
  it('what is saved is decided from again, and it is the same', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'now.json');
    const taken = await typed(snapshotCommand, [`--url=${await anAutoscaler(context)}`, '-o', path]);
    assert.deepEqual(taken, {
      code: 0,
      out: `${path}: 1 node, 4 pods and 1 pool at 2026-01-01T00:00:00Z\n`,
      err: '',
    });
    assert.equal(statSync(path).mode & 0o077, 0, 'for nobody else');
    const replayed = await typed(replayCommand, [path], { [path]: readFileSync(path, 'utf8') });
    assert.equal(replayed.code, 0, replayed.err);
    assert.match(replayed.out, /^ab1cd-5 {2}2026-01-01T00:00:00Z {2}timer\n/);
    assert.match(replayed.out, /As it was decided at 2026-01-01T00:00:00Z, byte for byte\./);
  });

  it('prints the record for programs, and ends with 1 where another was made', async () => {
    const text = saved();
    const replayed = await typed(replayCommand, ['s.json', '-o=json'], { 's.json': text });
    assert.equal(replayed.code, 0);
    assert.ok(text.includes(`"id":"ab1cd-5"`) && replayed.out.startsWith('{"schema":1,"id":"ab1cd-5"'));
    const snapshot = takeSnapshot(input());
    const other = { ...snapshot, decision: { ...snapshot.decision, pass: 6 } };
    const differing = await typed(replayCommand, ['s.json'], { 's.json': writeSnapshot(other, '0.0.9') });
    assert.equal(differing.code, 1);
    assert.match(differing.err, /not what was decided at 2026-01-01T00:00:00Z \(by version 0\.0\.9, and this is /);
  });

  it('names the file that is no snapshot', async () => {
    const cut = await typed(replayCommand, ['s.json'], { 's.json': saved().slice(0, 100) });
    assert.deepEqual(cut, {
      code: 2,
      out: '',
      err: 'vke-autoscaler: s.json: it is no JSON; it may have been cut short\n',
    });
    assert.match((await typed(replayCommand, ['gone.json'])).err, /gone\.json: no such file/);
  });
});

function ask(...words: readonly string[]): Promise<Typed> {
  return typed(whatIfCommand, ['--snapshot=s.json', ...words], { 's.json': saved() });
}

describe('what-if', () => {
  it('answers in words: what is decided, what is different, why, and what it costs', async () => {
    const { code, out } = await ask('--pool=ci', '--max=12');
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        'What if pool ci had a maximum of 12? By the state of 2026-01-01T00:00:00Z; nothing is changed.',
        '',
        'Decided as it is: nothing.',
        'Decided then:',
        '  pool ci 1 → 4 nodes for 3 pods, +$0.150/h: least-waste: 13 % of CPU and 100 % of memory unused',
        '',
        'What is different:',
        '  pool ci',
        '    as it is  1 of 1 to 1 nodes at $0.050/h, does not grow: at its maximum of 1 node',
        '    then      1 of 1 to 12 nodes at $0.050/h',
        '  pods of ReplicaSet default/build',
        '    as it is  1 wait: fits ci-1, the scheduler will place it; 3 cannot be helped (ci: at its maximum of 1 node)',
        '    then      1 wait: fits ci-1, the scheduler will place it; 3 on new nodes of ci',
        '  node ci-1',
        '    as it is  stays: its group is at its minimum of 1 node',
        '    then      stays: 88 % of its CPU is used, threshold 50 %',
        '',
        '$ an hour    now  once done  once unneeded nodes have gone',
        'as it is   0.050      0.050                          0.050',
        'then       0.050      0.200                          0.200',
        '',
      ].join('\n'),
    );
  });

  it('answers in JSON, and asks a running autoscaler', async (context) => {
    const url = await anAutoscaler(context);
    const { code, out } = await typed(whatIfCommand, [`--url=${url}`, '--pool=ci', '--max=3', '-o=json']);
    assert.equal(code, 0);
    const answer: unknown = JSON.parse(out);
    assert.ok(typeof answer === 'object' && answer !== null && 'with' in answer && 'takenAt' in answer);
    assert.match(JSON.stringify(answer.with), /"kind":"resize","group":"ci","from":1,"to":3/);
  });

  const refused: readonly (readonly [words: readonly string[], message: RegExp])[] = [
    [[], /what if … what\? Such as --pool=web --max=12/],
    [['--max=3'], /--max: --pool says of which pool/],
    [['--pool=ci'], /--pool: what of it\? Add --min or --max/],
    [['--pool=ci', '--max=0'], /--max: 0 is not from 1 to 100000 nodes/],
    [['--pool=cii', '--max=3'], /--pool: there is no pool cii; did you mean ci\?/],
    [['--scale=deploy/web'], /--scale: "deploy\/web" is no workload with a number, such as deploy\/web=40/],
    [['--scale=deplyo/web=3'], /--scale: "deplyo" is no kind of workload; did you mean deploy\?/],
    [['--scale=ds/agent=3'], /--scale: a DaemonSet has a pod on each node/],
    [
      ['--scale=rs/biuld=3'],
      /--scale: there is no workload with pods default\/ReplicaSet\/biuld; did you mean default\/ReplicaSet\/build\?/,
    ],
    [['--price=vc2=cheap'], /--price: "vc2=cheap" is no plan with a price, such as vc2-4c-8gb=0\.055/],
    [['--remove-node=ci-2'], /--remove-node: there is no node ci-2; did you mean ci-1\?/],
    [['--remove-node=ci-1'], /--remove-node: ci-1 is the last node of pool ci/],
  ];
  for (const [words, message] of refused) {
    it(`refuses "${words.join(' ')}" with the flag at fault`, async () => {
      const { code, err, out } = await ask(...words);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, message);
    });
  }
});
