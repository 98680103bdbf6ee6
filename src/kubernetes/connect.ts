/** From options to a client over sockets: the kubeconfig that is named, else the service account of our own pod. */
import type { Clock } from '../runtime/clock.ts';
import { success, type Result } from '../runtime/result.ts';
import type { AccessError, AccessHost } from './access.ts';
import { realAccessHost } from './access-host.ts';
import { kubernetesClient, type KubernetesClient } from './client.ts';
import { inClusterAccess } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';
import { kubernetesTransport } from './transport.ts';

export interface ConnectOptions {
  /** A file's path; `undefined` or empty: the service account. */
  readonly kubeconfig: string | undefined;
  /** Instead of the kubeconfig's current context. */
  readonly context?: string;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly host?: AccessHost;
}

export interface Connection {
  readonly client: KubernetesClient;
  readonly server: string;
  /** Where the address and the credentials come from, for people. */
  readonly source: string;
  close(): Promise<void>;
}

/** Reads the configuration; nothing is sent yet. */
export function connectToCluster(options: ConnectOptions): Result<Connection, AccessError> {
  const { kubeconfig, context, clock, userAgent, host = realAccessHost } = options;
  const access =
    kubeconfig === undefined || kubeconfig === ''
      ? inClusterAccess(clock, host)
      : kubeconfigAccess({ path: kubeconfig, context, clock, host });
  if (!access.ok) return access;
  const transport = kubernetesTransport(access.value);
  return success({
    client: kubernetesClient({ transport: transport.send, clock, userAgent }),
    server: access.value.server,
    source: access.value.source,
    close: () => transport.close(),
  });
}
