import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { realClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import { DecisionStore } from '../report/decision-log/decision-store.ts';
import { type Handler, json, notFound } from '../report/http/answer.ts';
import { serveHttpSurface } from '../report/http/server.ts';
import { decisionsCommand, explainCommand } from './explain.ts';
import type { CommandContext } from './command.ts';

const ANSWER = {
  schema: 1,
  decision: 'k3f9a-17',
  decidedAt: '2026-01-01T00:06:54Z',
  kind: 'pool',
  pool: 'web',
  summary: 'It does not grow: at its maximum of 3 nodes.',
  sizes: { minSize: 1, maxSize: 3, targetSize: 3, registered: 3, ready: 3, upcoming: 0 },
  pricePerNodeHour: 0.055,
  pricePerHour: 0.165,
  reason: {
    code: 'GroupAtMaxSize',
    check: 'pool maximum',
    message: 'at its maximum of 3 nodes',
    advice: "Raise the node pool's maximum.",
    amounts: { maxSize: 3, targetSize: 3 },
    docs: 'docs/reasons.md#groupatmaxsize',
  },
};

const autoscaler: Handler = ({ path }) => {
  if (path === '/explain/pools/web') return json(ANSWER);
  if (path === '/decisions') return json({ decisions: [] });
  return notFound('pool', path.split('/').at(-1) ?? '', ['web']);
};

interface Typed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command with these words, asked of an autoscaler on a socket. */
async function typed(
  context: TestContext,
  command: typeof explainCommand,
  ...words: readonly string[]
): Promise<Typed> {
  const address = { host: '127.0.0.1', port: 0 };
  const surface = await serveHttpSurface({ address, logger: silentLogger, handlers: [autoscaler], clock: realClock });
  context.after(() => surface.close());
  let [out, err] = ['', ''];
  const output = { isTerminal: false, columns: () => 80 };
  const given: CommandContext = {
    env: {},
    streams: {
      stdout: { ...output, write: (text) => void (out += text) },
      stderr: { ...output, write: (text) => void (err += text) },
    },
    signal: new AbortController().signal,
    readFile: () => ({ ok: false, error: 'no files here' }),
  };
  const code = await command.execute([`--url=http://127.0.0.1:${surface.port}/`, ...words], given);
  return { code, out, err };
}

describe('explain', () => {
  it('prints the answer in words, with what to do and the decision it is taken from', async (context) => {
    const { code, out } = await typed(context, explainCommand, 'pool', 'web');
    assert.equal(code, 0);
    assert.equal(
      out,
      [
        'pool web: It does not grow: at its maximum of 3 nodes.',
        '3 nodes wanted of 1 to 3, 3 ready, 0 on their way; $0.165/h, $0.055/h a node.',
        '',
        "GroupAtMaxSize: Raise the node pool's maximum.",
        'Decision k3f9a-17 of 2026-01-01T00:06:54Z.',
        '',
      ].join('\n'),
    );
  });

  it('prints it as it came where JSON is asked for', async (context) => {
    for (const flag of ['-o=json', '--output=json']) {
      const { out } = await typed(context, explainCommand, 'pool', 'web', flag);
      assert.deepEqual(JSON.parse(out), ANSWER);
    }
  });

  it('offers near names for what is not there, and ends with 1', async (context) => {
    assert.deepEqual(await typed(context, explainCommand, 'pool', 'wbe'), {
      code: 1,
      out: '',
      err: 'vke-autoscaler: there is no pool wbe; did you mean web?\n',
    });
  });

  it('says what is wrong with an address or a kind', async (context) => {
    const address = await typed(context, explainCommand, 'pool', 'web', '--url=nowhere');
    assert.equal(address.code, 2);
    assert.match(address.err, /--url: "nowhere" is no address such as http:\/\/localhost:8085/);
    const kind = await typed(context, explainCommand, 'pods', 'web');
    assert.equal(kind.code, 2);
    assert.match(kind.err, /"pods" is not one of pod, node, pool/);
  });
});

/** A file of `--decision-log` in which an autoscaler has kept two decisions; where it is. */
function aDecisionLog(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'vke-log-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'decisions.db');
  const store = DecisionStore.open(path);
  assert.ok(store.ok);
  const resize = { kind: 'resize', group: 'web', from: 1, to: 2, because: 'least-waste' };
  const entries = [
    { id: 'a-1', at: '2026-01-01T00:00:00Z', triggers: ['timer'], actions: [], pods: [] },
    { id: 'a-2', at: '2026-01-01T00:01:00Z', triggers: ['pod-unschedulable'], actions: [resize], pods: [] },
  ].map((document) => ({ kind: 'decision', id: document.id, atMs: 0, json: JSON.stringify(document) }) as const);
  const outcome = { what: 'nodes-ready', subject: 'web', afterSeconds: 90 };
  const joined = { kind: 'outcome', decision: 'a-2', json: JSON.stringify(outcome) } as const;
  assert.ok(store.value.append([...entries, joined], 0, { maxAgeMs: 1, maxBytes: 1e6 }).ok);
  store.value.close();
  return path;
}

describe('decisions', () => {
  it('reads a decision log and asks nobody', async (context) => {
    const path = aDecisionLog(context);
    const lines = [
      'a-2  2026-01-01T00:01:00Z  pod-unschedulable',
      '  pool web 1 → 2 nodes: least-waste',
      '  → nodes-ready web after 90 s',
    ];
    const { code, out } = await typed(context, decisionsCommand, `--log=${path}`);
    assert.deepEqual([code, out.trimEnd().split('\n')], [0, [...lines, 'a-1  2026-01-01T00:00:00Z  timer']]);
    const latest = await typed(context, decisionsCommand, `--log=${path}`, '--limit=1');
    assert.deepEqual(latest.out.trimEnd().split('\n'), lines);
    const asJson = await typed(context, decisionsCommand, `--log=${path}`, '-o=json');
    assert.match(asJson.out, /^\{"decisions":\[\{"id":"a-2",/);
  });

  it('says what is wrong with a file, and leaves it as it is', async (context) => {
    const missing = await typed(context, decisionsCommand, '--log=/nowhere/decisions.db');
    assert.deepEqual([missing.code, missing.err], [1, 'vke-autoscaler: --log: /nowhere/decisions.db: no such file\n']);
    const path = aDecisionLog(context);
    for (const text of ['', 'a letter to the editor\n'.repeat(100)]) {
      writeFileSync(path, text);
      const { code, err } = await typed(context, decisionsCommand, `--log=${path}`);
      assert.equal(code, 1);
      assert.match(err, /decisions\.db(?: is no decision log|: file is not a database)/);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
  });

  it('says so when there is none', async (context) => {
    assert.deepEqual(await typed(context, decisionsCommand), { code: 0, out: 'No decision yet.\n', err: '' });
  });
});
