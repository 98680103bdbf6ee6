/**
 * The real program as a process: what a person gets to read when something about the command line, the files, the keys
 * or the rights is wrong. One clear message that names the field or right and the fix; exit code 2 for usage, 1 for failure.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type HttpServer, serveHttp } from '../sandbox/http-server.ts';
import { AccessControl } from '../sandbox/kubernetes/access-control.ts';
import { ApiServer } from '../sandbox/kubernetes/api-server.ts';
import { textAt } from '../sandbox/kubernetes/json.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { realClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { aPool } from './support/world.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** Each start takes most of a core: no more at a time than a small machine has, and one. */
const AT_A_TIME = 3;
const NO_SUCH_CLUSTER = '00000000-0000-4000-8000-000000000000';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  said(): string;
} {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, ended, said: () => stderr };
}

function type(...args: readonly string[]): Promise<Ended> {
  return start(args).ended;
}

function run(kubeconfig: string, cloudConfig: string): Promise<Ended> {
  return type(`--kubeconfig=${kubeconfig}`, `--cloud-config=${cloudConfig}`);
}

/** The message is there, and says nothing of stacks or keys. */
function assertSays({ code, stderr }: Ended, expected: number, ...words: readonly RegExp[]): void {
  for (const word of words) assert.match(stderr, word);
  assert.doesNotMatch(stderr, /\n\s+at |sandbox-api-key/, 'no stack and no key');
  assert.equal(code, expected, stderr);
}

describe('the program', { concurrency: AT_A_TIME }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vke-command-line-'));
  const servers: HttpServer[] = [];
  const sandboxes: Sandbox[] = [];
  let kubernetes = '';
  let vultr = '';
  let sandbox: Sandbox;

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const aSandbox = (): Sandbox => {
    const made = new Sandbox({ clock: realClock, random: seededRandom(1), region: 'ewr', pools: [aPool('web')] });
    sandboxes.push(made);
    return made;
  };
  const kubeconfig = (name: string, server: string): string => {
    const lists = `clusters: [{ name: c, cluster: { server: '${server}' } }]\nusers: [{ name: u, user: {} }]`;
    const contexts = 'contexts: [{ name: x, context: { cluster: c, user: u } }]\ncurrent-context: x';
    return file(name, `apiVersion: v1\nkind: Config\n${lists}\n${contexts}\n`);
  };
  const cloudConfig = (name: string, config: Readonly<Record<string, string>>): string =>
    file(name, JSON.stringify({ token: sandbox.apiKey.reveal(), cluster_id: sandbox.clusterId, ...config }));

  before(async () => {
    sandbox = aSandbox();
    const served = await sandbox.serve(silentLogger);
    servers.push(served.kubernetes, served.vultr);
    kubernetes = kubeconfig('kubeconfig', served.kubernetes.url);
    vultr = served.vultr.url;
  });

  after(async () => {
    for (const one of sandboxes) one.stop();
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the flag that was meant', async () => {
    assertSays(
      await type('--scale-down-uneeded-time=3m'),
      2,
      /--scale-down-uneeded-time/,
      /--scale-down-unneeded-time/,
    );
  });

  it('names the variable that was meant, and the line of a file', async () => {
    const variable = await start(['run'], { VKE_AUTOSCALER_MAX_NODE_TOTAL: '3' }).ended;
    assertSays(
      variable,
      2,
      /VKE_AUTOSCALER_MAX_NODE_TOTAL: there is no flag/,
      /did you mean VKE_AUTOSCALER_MAX_NODES_TOTAL/,
    );
    const flags = file('flags.yaml', 'v: 1\nscan-interval: 10\nmax-drain-parallelism: 0\n');
    assertSays(await start(['run'], { VKE_AUTOSCALER_CONFIG: flags }).ended, 2, /flags\.yaml:2: --scan-interval: "10"/);
    assertSays(
      await type('run', `--config=${flags}`, '--scan-interval=9s'),
      2,
      /flags\.yaml:3: --max-drain-parallelism/,
    );
  });

  it('does not let an environment that was made for a pod change what a command on a desk does', async () => {
    const { code } = await start(['version'], { VKE_AUTOSCALER_MAX_NODE_TOTAL: '3' }).ended;
    assert.equal(code, 0);
  });

  it('says how a duration is written', async () => {
    assertSays(await type('--scan-interval=ten'), 2, /--scan-interval/, /"?ten"?/, /such as 10m, 1h30m or 300ms/);
  });

  it('says what a command might have been', async () => {
    assertSays(await type('simulat'), 2, /unknown command "simulat"; did you mean simulate\?/);
  });

  it('says where the JSON of the cloud-config ends to be JSON', async () => {
    const broken = file('broken.json', '{\n  "token": "abc",\n  "cluster_id": \n}\n');
    assertSays(await run(kubernetes, broken), 2, /--cloud-config .*broken\.json/, /JSON/, /line|position/i);
  });

  it('names what is missing in the cloud-config', async () => {
    const config = file('no-cluster.json', '{ "token": "abc" }');
    assertSays(await run(kubernetes, config), 2, /no-cluster\.json/, /cluster_id/);
  });

  it('names the file that it cannot read', async () => {
    const missing = join(folder, 'nowhere.json');
    assertSays(await run(kubernetes, missing), 2, /--cloud-config/, /nowhere\.json/, /no such file/);
  });

  it('says that the API key is wrong, and where it is set', async () => {
    const config = cloudConfig('wrong-token.json', { token: 'wrong', api_url: vultr });
    assertSays(await run(kubernetes, config), 1, /401/, /"token" of the cloud-config/);
  });

  it('says that the address is not on the list of the API key', async () => {
    const fenced = aSandbox();
    fenced.cloud.configure({ allowedAddresses: ['203.0.113.7'] });
    const server = await serveHttp({ handler: fenced.vultr, logger: silentLogger });
    servers.push(server);
    const config = cloudConfig('fenced.json', { cluster_id: fenced.clusterId, api_url: server.url });
    assertSays(await run(kubernetes, config), 1, /address/, /access control list of the API key/);
  });

  it('says that there is no such cluster, and which field names it', async () => {
    const config = cloudConfig('no-such.json', { cluster_id: NO_SUCH_CLUSTER, api_url: vultr });
    assertSays(await run(kubernetes, config), 1, new RegExp(NO_SUCH_CLUSTER), /"cluster_id"/);
  });

  it('says that the API server cannot be reached, and at which address', async () => {
    const closed = await serveHttp({ handler: sandbox.kubernetes, logger: silentLogger });
    await closed.close();
    const config = cloudConfig('fine.json', { api_url: vultr });
    const ended = await run(kubeconfig('closed', closed.url), config);
    assertSays(ended, 1, new RegExp(`127\\.0\\.0\\.1:${closed.port}`), /refuses the connection; check that it runs/);
  });

  it('names the right that is missing', async () => {
    const access = new AccessControl();
    access.deny({ verb: 'list', resource: 'pods' });
    const { store } = sandbox;
    const api = new ApiServer({ store, clock: realClock, random: seededRandom(1).stream('rbac'), access });
    const server = await serveHttp({ handler: api.handle, logger: silentLogger });
    servers.push(server);
    const config = cloudConfig('rbac.json', { api_url: vultr });
    assertSays(await run(kubeconfig('rbac', server.url), config), 1, /"list pods"/, /ClusterRole/);
  });

  it('says which row and column of a trace is bad', async () => {
    const header = 'name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time';
    const trace = file('trace.csv', `${header}\np1,1000,1024,0,0,60\np2,lots,1024,0,5,60\n`);
    assertSays(await type('simulate', `--pods=${trace}`), 2, /trace\.csv/, /3/, /cpu_milli/, /lots/);
  });

  it('says which line and field of a pools file is bad', async () => {
    const trace = file(
      'good.csv',
      'name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time\np1,1000,1024,0,0,60\n',
    );
    const pools = file('pools.yaml', 'region: ewr\npools:\n  - { label: web, plan: vc2-4c-8gbb, min: 1, max: 3 }\n');
    assertSays(
      await type('simulate', `--pods=${trace}`, `--pools=${pools}`),
      2,
      /pools\.yaml/,
      /3/,
      /plan/,
      /vc2-4c-8gbb/,
    );
  });

  it('shows its help, its version and completions', async () => {
    const [help, version, completion] = await Promise.all([type('help'), type('version'), type('completion', 'bash')]);
    assert.deepEqual([help.code, version.code, completion.code], [0, 0, 0]);
    assert.match(help.stdout, /simulate/);
    assert.match(version.stdout, /\d+\.\d+\.\d+/);
    assert.match(completion.stdout, /complete /);
    assert.equal(help.stderr + version.stderr + completion.stderr, '');
  });

  it('ends with 0 at SIGTERM, and gives the Lease back', async () => {
    const config = cloudConfig('run.json', { api_url: vultr });
    const running = start([`--kubeconfig=${kubernetes}`, `--cloud-config=${config}`, '--address=127.0.0.1:0']);
    const holder = (): string =>
      sandbox.store.list('leases', 'kube-system').map((lease) => textAt(lease, 'spec', 'holderIdentity'))[0] ?? '';
    const leading = Promise.withResolvers<void>();
    const unwatch = sandbox.store.watch('leases', () => {
      if (holder() !== '') leading.resolve();
    });
    await Promise.race([leading.promise, running.ended]);
    unwatch();
    assert.notEqual(holder(), '', running.said());
    running.child.kill('SIGTERM');
    assertSays(await running.ended, 0, /stopped/);
    assert.equal(holder(), '');
  });
});
