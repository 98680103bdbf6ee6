import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { seededRandom } from '../runtime/random.ts';
import type { ClusterAccess, ProgramEnd } from './access.ts';
import { realAccessHost } from './access-host.ts';
import { kubeconfigAccess } from './kubeconfig.ts';
import { CA, CLIENT_CERTIFICATE, CLIENT_KEY } from './testing/certificates.ts';
import { FakeHost } from './testing/fake-access-host.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';

function kubeconfig(user: object, more: { cluster?: object; context?: string } = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': more.context ?? 'vke',
    contexts: [{ name: 'vke', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/', ...more.cluster } }],
    users: [{ name: 'u', user }],
  });
}

function open(text: string, context?: string) {
  const host = new FakeHost();
  const clock = new VirtualClock();
  host.files.set('/home/kube/config', text);
  host.files.set('/home/kube/ca.pem', CA);
  host.files.set('/home/kube/token', 'first\n');
  const access = kubeconfigAccess({ path: '/home/kube/config', context, clock, host });
  return { host, clock, access };
}

function opened(text: string) {
  const { access, ...world } = open(text);
  return { ...world, access: access.ok ? access.value : assert.fail(access.error.message) };
}

async function headerOf(access: ClusterAccess): Promise<string | undefined> {
  const presented = await access.present();
  return presented.ok ? presented.value.authorization?.reveal() : assert.fail(presented.error.message);
}

test('a token, a CA from a file beside the kubeconfig, the server without its trailing slash', async () => {
  const { access } = opened(kubeconfig({ token: 'abc' }, { cluster: { 'certificate-authority': 'ca.pem' } }));
  assert.equal(access.server, 'https://10.0.0.1:6443');
  const presented = await access.present();
  assert.ok(presented.ok);
  assert.equal(presented.value.authorization?.reveal(), 'Bearer abc');
  assert.equal(presented.value.tls.ca, CA);
  assert.ok(!inspect(presented, { depth: null }).includes('abc'));
});

test('a CA file that was replaced is read anew at once when the server’s certificate was refused', async () => {
  const { access, host } = opened(kubeconfig({ token: 'abc' }, { cluster: { 'certificate-authority': 'ca.pem' } }));
  const authority = async (): Promise<string | undefined> => {
    const presented = await access.present();
    return presented.ok ? presented.value.tls.ca : assert.fail(presented.error.message);
  };
  assert.equal(await authority(), CA);
  host.files.set('/home/kube/ca.pem', CLIENT_CERTIFICATE);
  assert.equal(await authority(), CA);
  access.refused();
  assert.equal(await authority(), CLIENT_CERTIFICATE);
});

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

test('certificates may be given as data', async () => {
  const { access } = opened(
    kubeconfig(
      { 'client-certificate-data': base64(CLIENT_CERTIFICATE), 'client-key-data': base64(CLIENT_KEY) },
      { cluster: { 'certificate-authority-data': base64(CA), 'tls-server-name': 'api' } },
    ),
  );
  const presented = await access.present();
  assert.ok(presented.ok);
  const { tls } = presented.value;
  assert.deepEqual(
    [tls.ca, tls.clientCertificate, tls.clientKey?.reveal(), tls.serverName],
    [CA, CLIENT_CERTIFICATE, CLIENT_KEY, 'api'],
  );
  assert.ok(!inspect(tls).includes('PRIVATE KEY'));
});

test('a token file is read again as it rotates, at once when the token is refused', async () => {
  const { access, host, clock } = opened(kubeconfig({ tokenFile: 'token', token: 'ignored' }));
  assert.equal(await headerOf(access), 'Bearer first');
  host.files.set('/home/kube/token', 'second');
  assert.equal(await headerOf(access), 'Bearer first');
  await clock.runFor(61_000);
  assert.equal(await headerOf(access), 'Bearer second');
  host.files.set('/home/kube/token', 'third');
  access.refused();
  assert.equal(await headerOf(access), 'Bearer third');
  host.files.delete('/home/kube/token');
  access.refused();
  assert.equal(await headerOf(access), 'Bearer third');
});

test('the context may be chosen; a wrong one is told with those that exist', () => {
  const { access } = open(kubeconfig({ token: 'a' }), 'prod');
  assert.deepEqual(access, {
    ok: false,
    error: { kind: 'invalid', message: 'kubeconfig /home/kube/config: contexts: no entry named "prod"; there is vke' },
  });
});

test('each mistake names file, field and fix', () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'vke-login' };
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /config: not YAML: /],
    ['just text', /config: not a kubeconfig/],
    [kubeconfig({}, { context: '' }), /current-context: missing; set it with `kubectl config use-context/],
    [kubeconfig({ token: 5 }), /users\[u\]\.token: not a text/],
    [
      kubeconfig({}, { cluster: { server: 'ftp://x' } }),
      /clusters\[c\]\.server: "ftp:\/\/x" is no http or https address/,
    ],
    [kubeconfig({}, { cluster: { 'proxy-url': 'http://p' } }), /clusters\[c\]\.proxy-url: proxies are not supported/],
    [
      kubeconfig({}, { cluster: { 'certificate-authority': 'no.pem' } }),
      /clusters\[c\]\.certificate-authority: cannot read \/home\/kube\/no\.pem .*check the path/,
    ],
    [
      kubeconfig({}, { cluster: { 'certificate-authority-data': 'AAAA' } }),
      /certificate-authority-data: not a PEM text in base64/,
    ],
    [
      kubeconfig({}, { cluster: { 'certificate-authority': 'ca.pem', 'insecure-skip-tls-verify': true } }),
      /insecure-skip-tls-verify: cannot be combined/,
    ],
    [kubeconfig({ 'client-certificate': 'ca.pem' }), /client-certificate and client-key belong together/],
    [kubeconfig({ 'auth-provider': { name: 'gcp' } }), /auth-provider: auth providers are no longer supported/],
    [kubeconfig({ username: 'a', password: 'b' }), /user names with passwords are not supported/],
    [
      kubeconfig({ exec: { ...exec, apiVersion: 'client.authentication.k8s.io/v1alpha1' } }),
      /users\[u\]\.exec\.apiVersion: .*v1beta1/,
    ],
    [kubeconfig({ exec: { ...exec, interactiveMode: 'Always' } }), /interactiveMode: Always needs a person/],
    [kubeconfig({ exec: { apiVersion: exec.apiVersion } }), /users\[u\]\.exec\.command: missing/],
  ];
  for (const [text, expected] of cases) {
    const { access } = open(text);
    assert.match(access.ok ? 'accepted' : access.error.message, expected);
  }
});

test('a token file that is missing is told at the first request', async () => {
  const presented = await opened(kubeconfig({ tokenFile: 'none' })).access.present();
  assert.match(presented.ok ? '' : presented.error.message, /users\[u\]\.tokenFile: cannot read \/home\/kube\/none/);
});

const EXEC = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'vke-login',
  args: ['token'],
  env: [{ name: 'REGION', value: 'ams' }],
  installHint: 'install vke-login',
  provideClusterInfo: true,
};

function credential(status: object, apiVersion = EXEC.apiVersion): ProgramEnd {
  return { exitCode: 0, stdout: JSON.stringify({ apiVersion, kind: 'ExecCredential', status }), stderr: '' };
}

test('an exec plugin runs once for many requests, again shortly before its credential expires, and when it is refused', async () => {
  const { access, host, clock } = opened(kubeconfig({ exec: EXEC }));
  host.variables['PATH'] = '/bin';
  let runs = 0;
  host.plugin = () => {
    runs += 1;
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    return credential({ token: `t${runs}`, expirationTimestamp });
  };
  assert.deepEqual(await Promise.all([headerOf(access), headerOf(access)]), ['Bearer t1', 'Bearer t1']);
  await clock.runFor(585_000);
  assert.equal(await headerOf(access), 'Bearer t1');
  await clock.runFor(6_000);
  assert.equal(await headerOf(access), 'Bearer t2');
  access.refused();
  assert.equal(await headerOf(access), 'Bearer t3');
  const [run] = host.runs;
  assert.deepEqual([run?.command, run?.args], ['vke-login', ['token']]);
  assert.deepEqual([run?.environment['PATH'], run?.environment['REGION']], ['/bin', 'ams']);
  const info: unknown = JSON.parse(run?.environment['KUBERNETES_EXEC_INFO'] ?? '');
  assert.deepEqual(info, {
    apiVersion: EXEC.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: 'https://10.0.0.1:6443/', 'insecure-skip-tls-verify': false } },
  });
});

test('an exec plugin may give a client certificate; the same one keeps the same connection', async () => {
  const { access, host } = opened(kubeconfig({ exec: EXEC }));
  host.plugin = () => credential({ clientCertificateData: CLIENT_CERTIFICATE, clientKeyData: CLIENT_KEY });
  const [first, second] = [await access.present(), await access.present()];
  assert.ok(first.ok && second.ok);
  assert.equal(first.value.tls.clientCertificate, CLIENT_CERTIFICATE);
  assert.equal(first.value.tls, second.value.tls);
});

test('what a plugin does wrong is told, without showing what it printed', async () => {
  const cases: readonly (readonly [() => ProgramEnd | Promise<ProgramEnd>, RegExp])[] = [
    [
      () => Promise.reject(new Error('spawn vke-login ENOENT')),
      /users\[u\]\.exec: the credential plugin "vke-login" cannot be run \(spawn vke-login ENOENT\); install vke-login/,
    ],
    [() => ({ exitCode: 2, stdout: '', stderr: 'not logged in\n' }), /ended with code 2: not logged in/],
    [() => ({ exitCode: 0, stdout: 'hidden-token', stderr: '' }), /did not print JSON$/],
    [() => credential({}), /gave neither a token nor a client certificate/],
    [
      () => credential({ token: 'x' }, 'client.authentication.k8s.io/v1beta1'),
      /printed apiVersion .*v1beta1, but .*v1 is configured/,
    ],
    [() => credential({ clientCertificateData: CLIENT_CERTIFICATE }), /a client certificate without its key/],
    [() => credential({ token: 'x', expirationTimestamp: 'soon' }), /expirationTimestamp that is no time/],
  ];
  for (const [plugin, expected] of cases) {
    const { access, host } = opened(kubeconfig({ exec: EXEC }));
    host.plugin = plugin;
    const presented = await access.present();
    assert.match(presented.ok ? 'accepted' : presented.error.message, expected);
  }
});

test('a plugin that hangs is ended', async () => {
  const { access, host, clock } = opened(kubeconfig({ exec: EXEC }));
  host.plugin = (run) =>
    new Promise((_, reject) => run.signal.addEventListener('abort', () => reject(new Error('killed'))));
  const presented = access.present();
  await clock.runFor(60_000);
  const result = await presented;
  assert.match(result.ok ? '' : result.error.message, /did not end within 60 s; install vke-login/);
});

const run = (script: string): Promise<ProgramEnd> =>
  realAccessHost.runProgram({
    command: process.execPath,
    args: ['-e', script],
    environment: { ...process.env, GREETING: 'hello' },
    signal: new AbortController().signal,
  });
assert.deepEqual(await run('process.stdout.write(process.env.GREETING)'), {
  exitCode: 0,
  stdout: 'hello',
  stderr: '',
});

test('a real program is run with its environment, and its exit code is told', async () => {
  assert.deepEqual(await run('console.error("no"); process.exit(3)'), { exitCode: 3, stdout: '', stderr: 'no\n' });
});

test('no text of a kubeconfig makes it throw', () => {
  const random = seededRandom(11).stream('kubeconfig');
  const good = kubeconfig({ exec: EXEC, token: 't' }, { cluster: { 'certificate-authority': 'ca.pem' } });
  for (let i = 0; i < 300; i++) {
    const at = random.integer(0, good.length - 1);
    const damaged =
      good.slice(0, at) + random.pick(['', '[', '"', '5', 'null', ': ']) + good.slice(at + random.integer(0, 6));
    const { access } = open(damaged);
    assert.ok(
      access.ok || access.error.message.includes('/home/kube/config') || access.error.message.includes('--kubeconfig'),
      damaged,
    );
  }
});
