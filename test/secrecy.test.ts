/**
 * I9 of the real program as a process: whatever it does, is asked and is told, and at its most talkative, the API keys (the one
 * it began with, the one that its file is given while it runs, the one for the Kubernetes API) are in nothing that leaves it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { request as ask } from 'undici';
import { serveHttp } from '../sandbox/http-server.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { realClock } from '../src/runtime/clock.ts';
import { DECISION } from '../src/report/traces/pass-traces.ts';
import type { HttpTransport } from '../src/runtime/http.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { Secret } from '../src/runtime/secret.ts';
import { attribute, Collector } from './support/collector.ts';
import { deployment } from './support/workloads.ts';
import { aPool } from './support/world.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ROTATED = 'rotated-vultr-key-7d1f';
const KUBERNETES_TOKEN = 'kubernetes-token-93ab';

const PATHS = [
  '/health-check',
  '/metrics',
  '/decisions?limit=256',
  '/explain/pools/web',
  '/explain/pods/default/nobody',
  '/snapshotz',
  '/debug/pprof/heap',
  '/debug/pprof/profile?seconds=1',
  '/nowhere',
  '/explain/nodes/%E0%A4%A',
];

/** Fulfils once the condition holds; it is asked again whenever something was said or sent. */
class Waiting {
  readonly #waiting = new Set<() => void>();

  happened(): void {
    for (const look of this.#waiting) look();
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (!condition()) return;
      this.#waiting.delete(look);
      resolve();
    };
    this.#waiting.add(look);
    return promise;
  }
}

/** A cluster that writes down all it is told, and the program that looks after it. */
async function aRunningProgram(context: TestContext) {
  const sandbox = new Sandbox({ clock: realClock, random: seededRandom(1), region: 'ewr', pools: [aPool('web')] });
  const folder = mkdtempSync(join(tmpdir(), 'vke-secrecy-'));
  const waiting = new Waiting();
  const written: string[] = [];
  const keysSeen = new Set<string>();
  const kubernetes: HttpTransport = (request) => {
    const { authorization: _shown, ...headers } = request.headers;
    const body = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? []).toString();
    written.push(`${request.method} ${request.path} ${JSON.stringify(headers)} ${body}`);
    return sandbox.kubernetes(request);
  };
  const vultr: HttpTransport = (request) => {
    const { authorization = '', ...headers } = request.headers;
    keysSeen.add(authorization);
    const body = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? []).toString();
    written.push(`${request.method} ${request.path} ${JSON.stringify(headers)} ${body}`);
    waiting.happened();
    return sandbox.vultr(request);
  };
  const servers = [
    await serveHttp({ handler: kubernetes, logger: silentLogger }),
    await serveHttp({ handler: vultr, logger: silentLogger }),
  ] as const;
  const cloudConfig = join(folder, 'cloud-config');
  const saveKey = (token: string): void => {
    const text = JSON.stringify({ token, cluster_id: sandbox.clusterId, api_url: servers[1].url });
    writeFileSync(`${cloudConfig}.new`, text);
    renameSync(`${cloudConfig}.new`, cloudConfig);
  };
  saveKey(sandbox.apiKey.reveal());
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: servers[0].url } }],
      users: [{ name: 'u', user: { token: KUBERNETES_TOKEN } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const decisionLog = join(folder, 'decisions.db');
  const config = join(folder, 'flags.yaml');
  writeFileSync(
    config,
    `v: 9\nscan-interval: 1s\ndebugging-snapshot-enabled: true\nprofiling: true\nnode-conditions: true\ndecision-log: ${decisionLog}\n`,
  );
  const collector = await Collector.start(() => waiting.happened());
  const args = [`--kubeconfig=${kubeconfig}`, `--cloud-config=${cloudConfig}`, `--config=${config}`];
  const child = spawn(process.execPath, [MAIN, ...args, '--address=127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { VKE_AUTOSCALER_MAX_NODES_TOTAL: '5', OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.push(String(chunk));
      waiting.happened();
    });
  }
  const ended = once(child, 'close');
  context.after(async () => {
    child.kill('SIGKILL');
    await ended;
    sandbox.stop();
    await Promise.all(servers.map((server) => server.close()));
    collector.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const said = (): string => output.join('');
  const saw = (key: string): boolean => keysSeen.has(`Bearer ${key}`);
  return { sandbox, child, ended, waiting, written, said, saw, saveKey, decisionLog, collector };
}

async function answersOf(port: number): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const path of PATHS) {
    const { headers, body } = await ask(`http://127.0.0.1:${port}${path}`);
    answers.push(`${path} ${JSON.stringify(headers)} ${await body.text()}`);
  }
  const socket = connect(port, '127.0.0.1');
  socket.write('NONSENSE\r\n\r\n');
  socket.on('data', (chunk) => answers.push(String(chunk)));
  await once(socket, 'close');
  return answers;
}

async function stopped(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  await ended;
  assert.equal(child.exitCode, 0);
}

it('no key is in any output, log line, answer, request body, event or object, whatever goes wrong (I9)', async (context) => {
  const { sandbox, child, ended, waiting, written, said, saw, saveKey, decisionLog, collector } =
    await aRunningProgram(context);
  const first = sandbox.apiKey.reveal();
  // Whoever stands between us and Vultr may quote what it was sent.
  sandbox.vultrFaults.add({
    name: 'quotes the key',
    methods: ['PATCH'],
    times: 1,
    effect: { kind: 'respond', status: 400, body: `{"error":"Bearer ${first} may not"}` },
  });
  await waiting.until(() => said().includes('"msg":"started"') || child.exitCode !== null);
  const port = Number(/"port":(\d+)/.exec(said())?.[1]);
  assert.ok(port > 0, said());
  const { resource, object } = deployment('web', 4, { cpu: '2500m' });
  sandbox.store.create(resource, object);
  await waiting.until(() => /\[redacted\] may not/.test(said()));

  // The key is changed at Vultr first: the old one is refused until the file says the new one.
  const rotated = new Secret(ROTATED);
  sandbox.cloud.configure({ apiKey: rotated });
  await waiting.until(() => /401/.test(said()));
  saveKey(ROTATED);
  await waiting.until(() => saw(ROTATED) && said().includes('the API token of the cloud-config was read again'));
  const answers = await answersOf(port);
  assert.match(answers.join('\n'), /"NodeList":\[\{/);
  assert.match(answers.join('\n'), /"state":|"pool":"web"/);
  await stopped(child, ended);

  assert.doesNotMatch(said(), /ExperimentalWarning/);
  const kept = readFileSync(decisionLog, 'latin1');
  assert.match(kept, /\[redacted\] may not/, 'what failed is in the decision log');
  const { spans } = collector;
  const resize = spans.find(({ name, status }) => name.startsWith('PATCH ') && status.code === 2);
  const decided = spans.find(({ spanId }) => spanId === resize?.parentSpanId);
  assert.ok(resize !== undefined && decided?.name === 'decision', 'the call that failed is traced to its decision');
  assert.equal(attribute(resize, DECISION), attribute(decided, DECISION));
  const kinds = ['events', 'configmaps', 'leases', 'nodes', 'pods'] as const;
  const objects = kinds.flatMap((kind) => sandbox.store.list(kind).map((one) => JSON.stringify(one)));
  assert.ok(sandbox.store.list('events').length > 0 && sandbox.store.list('configmaps').length > 0);
  const everything = [said(), kept, JSON.stringify(spans), ...answers, ...written, ...objects].join('\n');
  assert.match(everything, /"level":20/, 'the program was talkative');
  for (const key of [first, ROTATED, KUBERNETES_TOKEN]) {
    const at = everything.indexOf(key);
    assert.equal(at, -1, at === -1 ? '' : `a key is in: ${everything.slice(Math.max(0, at - 300), at + 60)}`);
  }
});
