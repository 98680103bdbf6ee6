/**
 * Access by kubeconfig: contexts, tokens, token files, client certificates, exec plugins, CAs. What is not supported
 * (proxies, the removed auth providers, user names with passwords) is refused with a sentence that says so.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import type { Clock } from '../runtime/clock.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import type { AccessError, AccessHost, ClusterAccess, Presented, TlsMaterial } from './access.ts';
import { realAccessHost } from './access-host.ts';
import { EXEC_API_VERSIONS, ExecCredentialSource, type ExecPlugin } from './exec-credential.ts';
import { PLAIN_TLS } from './in-cluster.ts';
import { KubeconfigReader, KubeconfigError } from './kubeconfig-reader.ts';
import { readAccessFile, RotatingFile } from './rotating-file.ts';

export interface KubeconfigOptions {
  readonly path: string;
  /** Instead of the file's `current-context`. */
  readonly context?: string | undefined;
  readonly clock: Clock;
  readonly host?: AccessHost;
}

export function kubeconfigAccess(options: KubeconfigOptions): Result<ClusterAccess, AccessError> {
  const host = options.host ?? realAccessHost;
  const text = readAccessFile(host, options.path, '--kubeconfig');
  if (!text.ok) return text;
  try {
    return success(accessFrom(parseYaml(text.value, options.path), options, host));
  } catch (error) {
    if (error instanceof KubeconfigError) return failure({ kind: error.kind, message: error.message });
    throw error;
  }
}

function parseYaml(text: string, path: string): KubeconfigReader {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new KubeconfigError(
      `kubeconfig ${path}`,
      `not YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return KubeconfigReader.of(value, `kubeconfig ${path}`);
}

/** Everything that belongs to one user or cluster entry of the file. */
interface Building {
  readonly host: AccessHost;
  readonly clock: Clock;
  /** Relative paths in the file are relative to it. */
  readonly resolve: (path: string) => string;
  /** Certificates and keys, to be read anew when what they hold is refused. */
  readonly files: RotatingFile[];
}

function accessFrom(config: KubeconfigReader, options: KubeconfigOptions, host: AccessHost): ClusterAccess {
  const contextName = options.context ?? config.text('current-context');
  if (contextName === undefined) {
    throw config.error('current-context', 'missing; set it with `kubectl config use-context NAME`');
  }
  const context = config.named('contexts', contextName, 'context');
  const cluster = config.named('clusters', context.required('cluster'), 'cluster');
  const user = config.named('users', context.required('user'), 'user');
  const folder = dirname(options.path);
  const resolve = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const building: Building = { host, clock: options.clock, resolve, files: [] };
  const tls = tlsSource(cluster, user, building);
  const credentials = credentialSource(user, cluster, building);
  return {
    server: serverOf(cluster),
    source: `kubeconfig ${options.path}, context ${contextName}`,
    present: presenter(tls, credentials),
    refused() {
      for (const file of building.files) file.expire();
      credentials.refused();
    },
  };
}

function serverOf(cluster: KubeconfigReader): string {
  const server = cluster.required('server');
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol)) {
    throw cluster.error('server', `"${server}" is no http or https address`);
  }
  if (cluster.text('proxy-url') !== undefined) {
    throw cluster.error(
      'proxy-url',
      'proxies are not supported; remove it and reach the server directly',
      'unsupported',
    );
  }
  return server.replace(/\/+$/, '');
}

/** The certificates of files and data; data win, as they do with kubectl. */
function tlsSource(
  cluster: KubeconfigReader,
  user: KubeconfigReader,
  building: Building,
): () => Result<TlsMaterial, AccessError> {
  const insecure = cluster.boolean('insecure-skip-tls-verify');
  const ca = pemSource(cluster, 'certificate-authority', building);
  if (insecure && ca !== undefined) {
    throw cluster.error(
      'insecure-skip-tls-verify',
      'cannot be combined with a certificate-authority; remove one of the two',
    );
  }
  const certificate = pemSource(user, 'client-certificate', building);
  const key = pemSource(user, 'client-key', building);
  if ((certificate === undefined) !== (key === undefined)) {
    throw user.error('client-certificate', 'client-certificate and client-key belong together; one of them is missing');
  }
  const serverName = cluster.text('tls-server-name');
  let last: TlsMaterial | undefined;
  return () => {
    const parts = [ca?.(), certificate?.(), key?.()] as const;
    const texts: (string | undefined)[] = [];
    for (const part of parts) {
      if (part?.ok === false) return part;
      texts.push(part?.value);
    }
    const [caText, certificateText, keyText] = texts;
    const same =
      last !== undefined &&
      last.ca === caText &&
      last.clientCertificate === certificateText &&
      last.clientKey?.reveal() === keyText;
    last =
      same && last !== undefined
        ? last
        : {
            ca: caText,
            clientCertificate: certificateText,
            clientKey: keyText === undefined ? undefined : new Secret(keyText),
            serverName,
            insecureSkipVerify: insecure,
          };
    return success(last);
  };
}

function pemSource(
  entry: KubeconfigReader,
  field: string,
  building: Building,
): (() => Result<string, AccessError>) | undefined {
  const data = entry.text(`${field}-data`);
  if (data !== undefined) {
    const pem = Buffer.from(data, 'base64').toString('utf8');
    if (!pem.includes('-----BEGIN')) throw entry.error(`${field}-data`, 'not a PEM text in base64');
    return () => success(pem);
  }
  const path = entry.text(field);
  if (path === undefined) return undefined;
  const file = new RotatingFile(
    { path: building.resolve(path), field: entry.path(field) },
    building.host,
    building.clock,
  );
  const first = file.read();
  if (!first.ok) throw new KubeconfigError('', first.error.message, first.error.kind);
  building.files.push(file);
  return () => file.read();
}

interface Credentials {
  get(): Promise<Result<{ token: Secret | undefined; certificate?: { pem: string; key: Secret } }, AccessError>>;
  refused(): void;
}

function credentialSource(user: KubeconfigReader, cluster: KubeconfigReader, building: Building): Credentials {
  if (user.has('auth-provider')) {
    throw user.error('auth-provider', 'auth providers are no longer supported; use an exec plugin', 'unsupported');
  }
  if (user.has('username') || user.has('password')) {
    throw user.error(
      'username',
      'user names with passwords are not supported; use a token or a certificate',
      'unsupported',
    );
  }
  const token = user.text('token');
  const tokenFile = user.text('tokenFile');
  if (tokenFile !== undefined) return tokenFileCredentials(user, tokenFile, building);
  if (token !== undefined) {
    const secret = new Secret(token);
    return { get: () => Promise.resolve(success({ token: secret })), refused: () => undefined };
  }
  const exec = user.object('exec');
  if (exec !== undefined) return execCredentials(execPlugin(exec, cluster, building), building);
  return { get: () => Promise.resolve(success({ token: undefined })), refused: () => undefined };
}

function tokenFileCredentials(user: KubeconfigReader, path: string, building: Building): Credentials {
  const file = new RotatingFile(
    { path: building.resolve(path), field: user.path('tokenFile') },
    building.host,
    building.clock,
  );
  return {
    get() {
      const text = file.read();
      return Promise.resolve(text.ok ? success({ token: new Secret(text.value.trim()) }) : text);
    },
    refused: () => file.expire(),
  };
}

function execCredentials(plugin: ExecPlugin, building: Building): Credentials {
  const source = new ExecCredentialSource(plugin, building.host, building.clock);
  return {
    async get() {
      const held = await source.get();
      if (!held.ok) return held;
      const { token, clientCertificate: pem, clientKey: key } = held.value;
      return success(pem === undefined || key === undefined ? { token } : { token, certificate: { pem, key } });
    },
    refused: () => source.refused(),
  };
}

function execPlugin(exec: KubeconfigReader, cluster: KubeconfigReader, building: Building): ExecPlugin {
  const apiVersion = exec.required('apiVersion');
  if (!EXEC_API_VERSIONS.has(apiVersion)) {
    throw exec.error(
      'apiVersion',
      `"${apiVersion}" is not supported; use ${[...EXEC_API_VERSIONS].join(' or ')}`,
      'unsupported',
    );
  }
  if (exec.text('interactiveMode') === 'Always') {
    throw exec.error('interactiveMode', 'Always needs a person at a terminal; use Never or IfAvailable', 'unsupported');
  }
  const command = exec.required('command');
  return {
    apiVersion,
    command: command.includes('/') ? building.resolve(command) : command,
    args: exec.texts('args'),
    environment: Object.fromEntries(
      exec.objects('env').map((pair) => [pair.required('name'), pair.text('value') ?? '']),
    ),
    installHint: exec.text('installHint') ?? '',
    cluster: exec.boolean('provideClusterInfo') ? clusterInfo(cluster) : undefined,
    field: exec.path(''),
  };
}

function clusterInfo(cluster: KubeconfigReader): Readonly<Record<string, unknown>> {
  return {
    server: cluster.required('server'),
    'insecure-skip-tls-verify': cluster.boolean('insecure-skip-tls-verify'),
    'certificate-authority-data': cluster.text('certificate-authority-data'),
    'tls-server-name': cluster.text('tls-server-name'),
  };
}

/** What to present: the file's certificates, and the user's token or the certificate that a plugin gave. */
function presenter(
  tls: () => Result<TlsMaterial, AccessError>,
  credentials: Credentials,
): () => Promise<Result<Presented, AccessError>> {
  let fromPlugin: { readonly base: TlsMaterial; readonly tls: TlsMaterial } | undefined;
  return async () => {
    const material = tls();
    if (!material.ok) return material;
    const credential = await credentials.get();
    if (!credential.ok) return credential;
    const { token, certificate } = credential.value;
    const authorization = token === undefined ? undefined : new Secret(`Bearer ${token.reveal()}`);
    if (certificate === undefined) return success({ authorization, tls: material.value });
    if (fromPlugin?.base !== material.value || fromPlugin.tls.clientCertificate !== certificate.pem) {
      const withCertificate = { ...material.value, clientCertificate: certificate.pem, clientKey: certificate.key };
      fromPlugin = { base: material.value, tls: withCertificate };
    }
    return success({ authorization, tls: fromPlugin.tls });
  };
}

/** A plain connection, without credentials: for a simulated cluster on loopback. */
export function plainAccess(server: string): ClusterAccess {
  const presented: Presented = { authorization: undefined, tls: PLAIN_TLS };
  return { server, source: server, present: () => Promise.resolve(success(presented)), refused: () => undefined };
}
