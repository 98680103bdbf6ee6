import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { type Handler, json, problem } from '../report/http/answer.ts';
import { serveHttpSurface } from '../report/http/server.ts';
import { realClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import type { CommandContext } from './command.ts';
import type { Terminal } from './terminal.ts';
import { topCommand } from './top.ts';
import { FIRST_PLACE, moved, moveOf, type Place, screenLines } from './top-screen.ts';
import { type TopView, topView } from './top-view.ts';

const GiB = 2 ** 30;

function aNode(node: string, milliCpu: number, why = 'It stays: its group is at its minimum of 1 node.'): object {
  return {
    node,
    pool: 'web',
    state: 'stays',
    why,
    ageSeconds: 3 * 3600 + 300,
    pods: 7,
    cpu: { requested: milliCpu, allocatable: 4000 },
    memory: { requested: 2 * GiB, allocatable: 8 * GiB },
    pricePerHour: 0.055,
  };
}

function anOverview(...nodes: readonly object[]): object {
  return {
    schema: 1,
    decision: 'ab1cd-7',
    decidedSecondsAgo: 4,
    pricePerHour: 0.11,
    pools: [
      { pool: 'web', minSize: 1, maxSize: 4, targetSize: 2, ready: 2, upcoming: 0, pricePerHour: 0.055, blocked: '' },
      { pool: 'ci', minSize: 1, maxSize: 1, targetSize: 1, ready: 1, upcoming: 0, blocked: 'at its maximum of 1 node' },
    ],
    nodes,
    pending: [{ pods: 'Job default/build', count: 3, state: 'cannot-be-helped', why: 'ci: at its maximum of 1 node' }],
  };
}

const DECISIONS = {
  decisions: [
    {
      id: 'ab1cd-7',
      at: '2026-01-01T00:06:54Z',
      triggers: ['timer'],
      actions: [{ kind: 'resize', group: 'web', from: 1, to: 2, because: 'least-waste: 10 % unused' }],
    },
    { id: 'ab1cd-6', at: '2026-01-01T00:06:00Z', triggers: ['start'], actions: [] },
  ],
};

function viewOf(...nodes: readonly object[]): TopView {
  const view = topView(JSON.stringify(anOverview(...nodes)), JSON.stringify(DECISIONS));
  assert.ok(view !== undefined);
  return view;
}

const SIZE = { rows: 14, columns: 150 };
const TWO_NODES = viewOf(aNode('web-2', 1000), aNode('web-1', 4000));

function press(place: Place, key: string): Place {
  const move = moveOf(key);
  assert.ok(move !== undefined && move !== 'quit');
  return moved(place, move, TWO_NODES, SIZE);
}

describe('the screen of top', () => {
  it('shows nodes as bars of what is requested, with price, age, state and reason', () => {
    assert.deepEqual(screenLines(TWO_NODES, FIRST_PLACE, SIZE, ''), [
      'vke-autoscaler   2 nodes   $0.110/h   3 pods waiting   decision ab1cd-7, 4s ago',
      '[nodes 2]  pools 2   pending 1   decisions 2 ',
      '',
      '  NODE   POOL  CPU REQUESTED       MEMORY REQUESTED    PODS    $/H  AGE    STATE  WHY',
      '▶ web-1  web   ████████████ 100 %  ███·········  25 %     7  0.055  3h05m  stays  It stays: its group is at its minimum of 1 node.',
      '  web-2  web   ███·········  25 %  ███·········  25 %     7  0.055  3h05m  stays  It stays: its group is at its minimum of 1 node.',
      '',
      '',
      '',
      '',
      '',
      '',
      'web-1: It stays: its group is at its minimum of 1 node.',
      'q quit   tab ← → list   ↑ ↓ item   g first   G last',
    ]);
  });

  it('is never longer or wider than the terminal, keeps the marked item in sight, and lets no message move the cursor', () => {
    const many = viewOf(
      ...Array.from({ length: 100 }, (_, index) => aNode(`web-${100 + index}`, 10, 'It \u001b[2J stays')),
    );
    for (const size of [SIZE, { rows: 9, columns: 40 }, { rows: 3, columns: 10 }, { rows: 1, columns: 1 }]) {
      for (const item of [0, 50, 99]) {
        const lines = screenLines(many, { list: 'nodes', item }, size, '');
        assert.ok(lines.length <= size.rows && lines.every((line) => line.length <= size.columns));
        assert.ok(lines.every((line) => !line.includes('\u001b')));
        if (size.rows > 7) assert.ok(lines.some((line) => line.startsWith(`▶ web-${100 + item}`)));
      }
    }
  });

  it('goes through the lists and their items with the keys', () => {
    const right = press(FIRST_PLACE, '\u001b[C');
    assert.deepEqual(right, { list: 'pools', item: 0 });
    assert.deepEqual(press(right, '\u001b[D'), FIRST_PLACE);
    assert.deepEqual(press(FIRST_PLACE, '\u001b[Z'), { list: 'decisions', item: 0 });
    assert.deepEqual(press(press(FIRST_PLACE, '\u001b[B'), '\u001b[B'), { list: 'nodes', item: 1 });
    assert.deepEqual(press(FIRST_PLACE, '\u001b[A'), FIRST_PLACE);
    assert.deepEqual(press(FIRST_PLACE, 'G'), { list: 'nodes', item: 1 });
    assert.equal(moveOf('x'), undefined);
  });
});

interface Watched {
  readonly context: CommandContext;
  readonly out: () => string;
  readonly type: (key: string) => void;
  readonly drawn: (what: RegExp) => Promise<void>;
}

/** A person at a terminal, or a program that reads. */
function reader(isTerminal: boolean): Watched {
  let out = '';
  let onKey: ((key: string) => void) | undefined;
  let waiting: { readonly what: RegExp; readonly resolve: () => void } | undefined;
  const terminal: Terminal = {
    rows: () => SIZE.rows,
    onKey(listener) {
      onKey = listener;
      return () => (onKey = undefined);
    },
    onResize: () => () => undefined,
  };
  const output = { isTerminal, columns: () => SIZE.columns };
  const write = (text: string): void => {
    out += text;
    if (waiting?.what.test(out) === true) waiting.resolve();
  };
  return {
    context: {
      env: { NO_COLOR: '1' },
      streams: {
        stdout: { ...output, write },
        stderr: { ...output, write },
        terminal: isTerminal ? terminal : undefined,
      },
      signal: new AbortController().signal,
      readFile: () => ({ ok: false, error: 'no files here' }),
    },
    out: () => out,
    type: (key) => onKey?.(key),
    drawn: (what) => (what.test(out) ? Promise.resolve() : new Promise((resolve) => (waiting = { what, resolve }))),
  };
}

async function serving(context: TestContext, overview: () => ReturnType<typeof json>): Promise<string> {
  const handler: Handler = ({ path }) => {
    if (path === '/overview') return overview();
    return path === '/decisions' ? json(DECISIONS) : undefined;
  };
  const address = { host: '127.0.0.1', port: 0 };
  const surface = await serveHttpSurface({ address, logger: silentLogger, clock: realClock, handlers: [handler] });
  context.after(() => surface.close());
  return `--url=http://127.0.0.1:${surface.port}`;
}

describe('top', () => {
  it('prints all lists once, as text, where there is no terminal', async (context) => {
    const { context: given, out } = reader(false);
    const url = await serving(context, () => json(anOverview(aNode('web-1', 4000))));
    assert.equal(await topCommand.execute([url], given), 0);
    assert.match(out(), /^1 node {3}\$0\.110\/h {3}3 pods waiting/);
    assert.match(out(), /\nPOOLS \(2\)\nPOOL .*\nweb .* may grow\nci .* at its maximum of 1 node\n/);
    assert.match(out(), /\nPENDING \(1\)\n.*\nJob default\/build {2,}3 {2}cannot-be-helped {2}ci: at its maximum/);
    assert.match(
      out(),
      /\nab1cd-7 .* pool web 1 → 2 nodes: least-waste: 10 % unused\nab1cd-6 .* nothing to do \(start\)\n/,
    );
    assert.doesNotMatch(out(), /\p{Cc}(?<!\n)/u);
  });

  it('is live on a terminal: keys move through it, a failure is told, q leaves the screen as it was', async (context) => {
    const { context: given, drawn, out, type } = reader(true);
    let answer = json(anOverview(aNode('web-1', 4000)));
    const url = await serving(context, () => answer);
    const running = topCommand.execute([url, '--interval=200ms'], given);
    await drawn(/\[nodes 1\]/);
    type('\t');
    await drawn(/\[pools 2\]/);
    answer = problem(503, 'no pass has been made yet; ask again in a moment');
    await drawn(/not fresh: no pass has been made yet/);
    answer = json(anOverview(aNode('web-1', 4000), aNode('web-2', 1)));
    await drawn(/nodes 2 {2}\[pools 2\]/);
    type('q');
    assert.equal(await running, 0);
    assert.ok(out().startsWith('\u001b[?1049h') && out().endsWith('\u001b[?1049l'));
  });

  it('says so when there is no autoscaler, or one of another version', async (context) => {
    const { context: given, out } = reader(false);
    const url = await serving(context, () => json({ schema: 2 }));
    assert.equal(await topCommand.execute([url], given), 1);
    assert.match(out(), /the autoscaler is of another version/);
    assert.equal(await topCommand.execute(['--url=http://127.0.0.1:1'], given), 1);
  });
});
