/**
 * A real Kubernetes control plane on loopback: etcd, kube-apiserver (RBAC and audit log on), kube-scheduler and
 * kube-controller-manager. Everything it writes is in one folder.
 *
 * - `admin` may do anything; `autoscaler` is the service account of deploy/rbac.yaml, so that its rights are enforced.
 * - The API server keeps its port and its certificate over a restart, unless told to make a new certificate.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent } from 'undici';
import * as z from 'zod';
import { AUDIT_POLICY } from './audit-log.ts';
import type { Binaries } from './binaries.ts';
import { parseJson } from './json.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { ServerProcess, freePorts } from './server-process.ts';

const AUTOSCALER_USER = 'system:serviceaccount:kube-system:vke-autoscaler';
const etcdStatus = z.object({ header: z.object({ revision: z.string() }) });
const READY_TIMEOUT_MS = 60_000;
const TOKEN_BYTES = 24;

/** Three credentials of the one service account, so that the audit log tells replicas apart. */
export type Replica = 'autoscaler' | 'autoscaler-b' | 'autoscaler-c';
type User = 'admin' | 'scheduler' | 'controllerManager' | Replica;
const REPLICAS: readonly Replica[] = ['autoscaler', 'autoscaler-b', 'autoscaler-c'];

function token(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}

export class ControlPlane {
  readonly folder: string;
  readonly port: number;
  readonly tokens: Readonly<Record<User, string>>;
  readonly #binaries: Binaries;
  readonly #etcdPorts: readonly [client: number, peer: number];
  #etcd: ServerProcess | undefined;
  #apiserver: ServerProcess | undefined;
  #others: ServerProcess[] = [];
  #admin: KubernetesApi | undefined;

  private constructor(binaries: Binaries, folder: string, ports: readonly number[]) {
    const [port = 0, client = 0, peer = 0] = ports;
    this.#binaries = binaries;
    this.folder = folder;
    this.port = port;
    this.#etcdPorts = [client, peer];
    this.tokens = {
      admin: token(),
      scheduler: token(),
      controllerManager: token(),
      autoscaler: token(),
      'autoscaler-b': token(),
      'autoscaler-c': token(),
    };
  }

  static async start(binaries: Binaries, folder: string): Promise<ControlPlane> {
    mkdirSync(folder, { recursive: true });
    const plane = new ControlPlane(binaries, folder, await freePorts(3));
    plane.#writeFiles();
    plane.#etcd = plane.#launch('etcd', binaries.etcd, plane.#etcdArgs());
    await plane.startApiServer();
    plane.#startControllers();
    return plane;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get admin(): KubernetesApi {
    if (this.#admin === undefined) throw new Error('the API server has not started');
    return this.#admin;
  }

  get caPath(): string {
    return this.path('certificates/apiserver.crt');
  }

  get auditPath(): string {
    return this.path('audit.log');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get etcd(): ServerProcess {
    if (this.#etcd === undefined) throw new Error('etcd has not started');
    return this.#etcd;
  }

  async startApiServer(extraArgs: readonly string[] = []): Promise<void> {
    this.#apiserver = this.#launch('apiserver', this.#binaries.apiserver, [...this.#apiserverArgs(), ...extraArgs]);
    await this.#apiserver.ready(READY_TIMEOUT_MS, async () => {
      const api = this.client('admin');
      if ((await api.raw('GET', '/readyz')).status !== 200) {
        await api.close();
        return false;
      }
      await this.#admin?.close();
      this.#admin = api;
      return true;
    });
  }

  /** A client of the server as it is now; whoever asks for it closes it. */
  client(user: User): KubernetesApi {
    return new KubernetesApi({ url: this.url, ca: readFileSync(this.caPath, 'utf8'), token: this.tokens[user] });
  }

  /** `crash`: without a word to anybody. */
  async stopApiServer(how: 'crash' | 'orderly'): Promise<void> {
    await (how === 'crash' ? this.#apiserver?.kill() : this.#apiserver?.stop());
  }

  /** They read the server's certificate only when they start. */
  async restartControllers(): Promise<void> {
    await Promise.all(this.#others.map(async (other) => other.kill()));
    this.#startControllers();
  }

  /** The next start makes another certificate, which nobody trusts yet. */
  forgetCertificate(): void {
    rmSync(this.path('certificates'), { recursive: true, force: true });
  }

  /** From its next start the server knows this credential no more. */
  revoke(replica: Replica): void {
    const lines = readFileSync(this.path('tokens.csv'), 'utf8').split('\n');
    writeFileSync(this.path('tokens.csv'), lines.filter((line) => !line.startsWith(this.tokens[replica])).join('\n'));
  }

  /** Forgets every revision of etcd but the current one, as a compaction does: older watches get 410 Gone. */
  async compact(): Promise<void> {
    const etcd = new Agent();
    const ask = async (path: string, body: object): Promise<string> => {
      const origin = `http://127.0.0.1:${this.#etcdPorts[0]}`;
      const reply = await etcd.request({ origin, path, method: 'POST', body: JSON.stringify(body) });
      return reply.body.text();
    };
    const status = parseJson(etcdStatus, await ask('/v3/maintenance/status', {}));
    await ask('/v3/kv/compaction', { revision: status.header.revision, physical: true });
    await etcd.close();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#others.map(async (other) => other.kill()));
    await this.#apiserver?.kill();
    await this.#etcd?.kill();
    await this.#admin?.close();
  }

  /** A kubeconfig for one user; `port` is another way to the same server. */
  kubeconfig(user: User, options: { readonly port?: number; readonly tokenFile?: string } = {}): string {
    const credential =
      options.tokenFile === undefined ? { token: this.tokens[user] } : { tokenFile: options.tokenFile };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'e2e',
          cluster: {
            server: `https://127.0.0.1:${options.port ?? this.port}`,
            'certificate-authority': this.caPath,
          },
        },
      ],
      users: [{ name: user, user: credential }],
      contexts: [{ name: 'e2e', context: { cluster: 'e2e', user } }],
      'current-context': 'e2e',
    });
  }

  #launch(name: string, command: string, args: readonly string[]): ServerProcess {
    return new ServerProcess({ name, command, args, logPath: this.path(`${name}.log`) });
  }

  #startControllers(): void {
    const common = ['--authentication-skip-lookup=true', '--leader-elect=false', '--secure-port=0'];
    // The default limits make 200 pods take seconds; what is measured here is not the controllers.
    const fast = ['--kube-api-qps=1000', '--kube-api-burst=2000'];
    this.#others = [
      this.#launch('scheduler', this.#binaries.scheduler, [
        `--kubeconfig=${this.path('scheduler.kubeconfig')}`,
        ...common,
        ...fast,
      ]),
      this.#launch('controller-manager', this.#binaries.controllerManager, [
        `--kubeconfig=${this.path('controllerManager.kubeconfig')}`,
        '--use-service-account-credentials=true',
        `--service-account-private-key-file=${this.path('service-account.key')}`,
        `--root-ca-file=${this.caPath}`,
        '--node-monitor-grace-period=1h',
        ...common,
        ...fast,
      ]),
    ];
  }

  #writeFiles(): void {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(this.path('service-account.key'), privateKey);
    writeFileSync(this.path('service-account.pub'), publicKey);
    writeFileSync(this.path('audit-policy.json'), JSON.stringify(AUDIT_POLICY));
    const users = [
      [this.tokens.admin, 'admin', 'admin', '"system:masters"'],
      ...REPLICAS.map((replica) => [this.tokens[replica], AUTOSCALER_USER, replica, '"system:serviceaccounts"']),
      [this.tokens.scheduler, 'system:kube-scheduler', 'scheduler', '""'],
      [this.tokens.controllerManager, 'system:kube-controller-manager', 'controller-manager', '""'],
    ];
    writeFileSync(this.path('tokens.csv'), users.map((user) => `${user.join(',')}\n`).join(''));
    for (const user of ['scheduler', 'controllerManager'] as const) {
      writeFileSync(this.path(`${user}.kubeconfig`), this.kubeconfig(user));
    }
  }

  #etcdArgs(): readonly string[] {
    const [client, peer] = this.#etcdPorts.map((port) => `http://127.0.0.1:${port}`);
    return [
      `--data-dir=${this.path('etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ];
  }

  #apiserverArgs(): readonly string[] {
    return [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPorts[0]}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${this.port}`,
      `--cert-dir=${this.path('certificates')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=RBAC',
      `--token-auth-file=${this.path('tokens.csv')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.path('service-account.pub')}`,
      `--service-account-signing-key-file=${this.path('service-account.key')}`,
      '--disable-admission-plugins=ServiceAccount',
      '--endpoint-reconciler-type=none',
      `--audit-policy-file=${this.path('audit-policy.json')}`,
      `--audit-log-path=${this.auditPath}`,
      // One file for the whole run: the stories read it.
      '--audit-log-maxsize=4096',
    ];
  }
}
