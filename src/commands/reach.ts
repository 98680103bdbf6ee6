/**
 * How a command reaches a running autoscaler: through the API server's proxy with the user's own kubeconfig, or directly
 * with `--url`.
 *
 * Through a Service any replica may answer, and only the one that leads knows: a replica that does not says so, and is
 * asked again. Where there is no such Service, the Lease names the pod that leads.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClusterAccess } from '../kubernetes/access.ts';
import { resourcePath } from '../kubernetes/api-path.ts';
import { isRecord } from '../kubernetes/json-reader.ts';
import { kubeconfigAccess, plainAccess } from '../kubernetes/kubeconfig.ts';
import { kubernetesTransport } from '../kubernetes/transport.ts';
import { flag } from '../options/flag.ts';
import type { ParsedFlags } from '../options/pflag.ts';
import { type Clock, realClock } from '../runtime/clock.ts';
import { type HttpTransport, readText, TransportError } from '../runtime/http.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import { readTextFile } from './terminal.ts';

export const reachFlags = {
  title: 'Reaching the autoscaler',
  flags: [
    {
      ...flag('kubeconfig', 'string', '', 'Kubeconfig of whoever asks; by default as kubectl finds it.'),
      valueName: 'FILE',
    },
    flag('context', 'string', '', 'The context of the kubeconfig; by default its current one.'),
    flag('namespace', 'string', 'kube-system', 'The namespace that the autoscaler runs in.'),
    flag('service', 'string', 'vke-autoscaler', 'The Service of the autoscaler, asked through the API server.'),
    flag('port', 'string', '8085', 'The port of the Service, by number or name; of the pod where there is none.'),
    flag('leader-elect-resource-name', 'string', 'cluster-autoscaler', 'The Lease, which names the pod that leads.'),
    flag('url', 'string', '', 'Ask there directly, without the API server: http://localhost:8085.'),
    {
      ...flag(
        'token-file',
        'string',
        '',
        'With --url: shows the token of this file, where the autoscaler runs with --authenticate-requests.',
      ),
      valueName: 'FILE',
    },
  ],
} as const;

export const outputFlags = {
  title: 'Output',
  flags: [
    { ...flag('output', 'string', 'text', 'How the answer is printed.'), choices: ['text', 'json'] },
    { ...flag('o', 'string', '', 'The same, shorter.'), choices: ['', 'text', 'json'] },
  ],
} as const;

type OutputFlags = ParsedFlags<(typeof outputFlags)['flags'][number]>;

export function asksForJson(flags: OutputFlags): boolean {
  return (flags.get('o') || flags.get('output')) === 'json';
}

export type ReachFlags = ParsedFlags<(typeof reachFlags)['flags'][number]>;

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** Asks the leader; the error is for people. */
export type Ask = (path: string) => Promise<Result<Reply, string>>;

export interface Reached {
  readonly ask: Ask;
  close(): Promise<void>;
}

/** More than any answer has; the decisions of hours are some megabytes. */
const REPLY_LIMIT_BYTES = 64 * 1024 * 1024;
/** Of two replicas one leads: that so many random choices all miss it is as good as impossible. */
const MOST_ATTEMPTS = 12;

export function reach(flags: ReachFlags, env: Readonly<Record<string, string | undefined>>): Result<Reached, string> {
  const url = flags.get('url');
  const access = url === '' ? kubeconfigOf(flags, env) : urlAccess(url);
  if (!access.ok) return access;
  const transport = kubernetesTransport(access.value);
  const where = {
    namespace: flags.get('namespace'),
    service: flags.get('service'),
    port: flags.get('port'),
    lease: flags.get('leader-elect-resource-name'),
  };
  const token = tokenOf(flags);
  if (!token.ok) return token;
  const direct = token.value === undefined ? transport.send : showing(token.value, transport.send);
  const ask = url === '' ? throughApiServer(transport.send, where) : (path: string) => send(direct, path);
  return success({ ask, close: () => transport.close() });
}

function urlAccess(url: string): Result<ClusterAccess, string> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return failure(`--url: ${JSON.stringify(url)} is no address such as http://localhost:8085`);
  }
  return success(plainAccess(url.replace(/\/+$/, '')));
}

/** `undefined`: none is to be shown. */
function tokenOf(flags: ReachFlags): Result<Secret | undefined, string> {
  const path = flags.get('token-file');
  if (path === '') return success(undefined);
  if (flags.get('url') === '') {
    return failure('--token-file goes with --url: the API server passes no token on to what is behind it');
  }
  const text = readTextFile(path);
  return text.ok ? success(new Secret(text.value.trim())) : failure(`--token-file: ${text.error}`);
}

function showing(token: Secret, transport: HttpTransport): HttpTransport {
  return (request) =>
    transport({ ...request, headers: { ...request.headers, authorization: `Bearer ${token.reveal()}` } });
}

function kubeconfigOf(
  flags: ReachFlags,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock = realClock,
): Result<ClusterAccess, string> {
  const given = flags.get('kubeconfig');
  // As kubectl does; of several files in the variable the first counts.
  const path =
    given === '' ? (env['KUBECONFIG']?.split(':')[0] ?? join(env['HOME'] ?? homedir(), '.kube/config')) : given;
  const context = flags.get('context');
  const access = kubeconfigAccess({ path, clock, context: context === '' ? undefined : context });
  return access.ok ? access : failure(access.error.message);
}

export interface Whereabouts {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly lease: string;
}

export function throughApiServer(transport: HttpTransport, where: Whereabouts): Ask {
  const { namespace, service, port } = where;
  const inNamespace = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  // The colon stands as it is, as kubectl writes it.
  const proxy = (kind: 'services' | 'pods', name: string): string =>
    `${inNamespace}/${kind}/${encodeURIComponent(name)}:${encodeURIComponent(port)}/proxy`;
  return async (path) => {
    let reply = await send(transport, `${proxy('services', service)}${path}`);
    for (let attempt = 1; attempt < MOST_ATTEMPTS && reply.ok && isNotLeading(reply.value); attempt++) {
      reply = await send(transport, `${proxy('services', service)}${path}`);
    }
    if (!reply.ok || !isStatus(reply.value)) return reply;
    // Not the autoscaler's words: the API server knows no such Service, or nobody behind it.
    const leader = await leaderPod(transport, where);
    if (leader === undefined)
      return failure(`cannot reach Service ${namespace}/${service}: ${statusMessage(reply.value)}`);
    const direct = await send(transport, `${proxy('pods', leader)}${path}`);
    if (!direct.ok || !isStatus(direct.value)) return direct;
    return failure(`cannot reach pod ${namespace}/${leader}: ${statusMessage(direct.value)}`);
  };
}

async function send(transport: HttpTransport, path: string): Promise<Result<Reply, string>> {
  try {
    const { status, body } = await transport({ method: 'GET', path, headers: { accept: 'application/json' } });
    return success({ status, body: await readText(body, REPLY_LIMIT_BYTES) });
  } catch (error) {
    if (error instanceof TransportError) return failure(error.message);
    throw error;
  }
}

/** The pod that holds the Lease: the holder is its name, an underscore and a word of its own. */
async function leaderPod(transport: HttpTransport, { namespace, lease }: Whereabouts): Promise<string | undefined> {
  const path = resourcePath({ api: '/apis/coordination.k8s.io/v1', resource: 'leases', namespace, name: lease });
  const reply = await send(transport, path);
  if (!reply.ok || reply.value.status !== 200) return undefined;
  const spec = parsed(reply.value.body)['spec'];
  const holder = isRecord(spec) ? spec['holderIdentity'] : undefined;
  if (typeof holder !== 'string' || holder === '') return undefined;
  const end = holder.lastIndexOf('_');
  return end === -1 ? holder : holder.slice(0, end);
}

function isNotLeading({ status, body }: Reply): boolean {
  return status === 503 && parsed(body)['reason'] === 'not-leading';
}

/** The API server speaks for itself. */
function isStatus({ status, body }: Reply): boolean {
  return status >= 400 && parsed(body)['kind'] === 'Status';
}

function statusMessage({ body }: Reply): string {
  const { message } = parsed(body);
  return typeof message === 'string' ? message : body;
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
