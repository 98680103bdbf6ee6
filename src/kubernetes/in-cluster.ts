/** Access with the service account that Kubernetes gives the product's own pod. */
import type { Clock } from '../runtime/clock.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import type { AccessError, AccessHost, ClusterAccess, TlsMaterial } from './access.ts';
import { realAccessHost } from './access-host.ts';
import { RotatingFile } from './rotating-file.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export function inClusterAccess(clock: Clock, host: AccessHost = realAccessHost): Result<ClusterAccess, AccessError> {
  const environment = host.environment();
  const address = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (address === undefined || address === '' || port === undefined || port === '') {
    const message =
      'not inside a cluster (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set): pass --kubeconfig FILE';
    return failure({ kind: 'invalid', message });
  }
  const token = new RotatingFile({ path: `${FOLDER}/token`, field: 'service account token' }, host, clock);
  const ca = new RotatingFile({ path: `${FOLDER}/ca.crt`, field: 'service account CA' }, host, clock);
  const first = token.read();
  if (!first.ok) return first;
  const firstCa = ca.read();
  if (!firstCa.ok) return firstCa;
  return success(
    serviceAccount(address.includes(':') ? `https://[${address}]:${port}` : `https://${address}:${port}`, token, ca),
  );
}

function serviceAccount(server: string, token: RotatingFile, ca: RotatingFile): ClusterAccess {
  let tls: TlsMaterial | undefined;
  return {
    server,
    source: 'in-cluster service account',
    present() {
      const bearer = token.read();
      const authority = ca.read();
      if (!bearer.ok) return Promise.resolve(bearer);
      if (!authority.ok) return Promise.resolve(authority);
      if (tls?.ca !== authority.value) tls = { ...PLAIN_TLS, ca: authority.value };
      return Promise.resolve(success({ authorization: new Secret(`Bearer ${bearer.value.trim()}`), tls }));
    },
    refused() {
      token.expire();
      ca.expire();
    },
  };
}

export const PLAIN_TLS: TlsMaterial = {
  ca: undefined,
  clientCertificate: undefined,
  clientKey: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
};
