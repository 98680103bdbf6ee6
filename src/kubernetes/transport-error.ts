/** Why an exchange with the API server broke: was anything sent, and what can be done about it, in one sentence. */
import { errors } from 'undici';
import { TransportError, type HttpRequest } from '../runtime/http.ts';
import type { ClusterAccess } from './access.ts';

export function transportError(error: unknown, access: ClusterAccess, request: HttpRequest): TransportError {
  if (error instanceof TransportError) return error;
  if (request.signal?.aborted === true) {
    return new TransportError('aborted', 'given up by the caller', { cause: error });
  }
  const code = codeOf(error);
  const failure = wasNotSent(code, error) ? 'not-sent' : 'reply-lost';
  return new TransportError(failure, explain(code, error, access), { code, cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Several addresses were tried and all failed: the first failure speaks for them.
  if (error instanceof AggregateError) return codeOf(error.errors[0]) ?? ownCode(error);
  return ownCode(error);
}

function ownCode(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const CERTIFICATE_CODES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired; renew it (or check the clock of this machine)',
  CERT_NOT_YET_VALID: 'is not valid yet; check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is not signed by the certificate authority given; check certificate-authority(-data)',
  SELF_SIGNED_CERT_IN_CHAIN: 'is not signed by the certificate authority given; check certificate-authority(-data)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'is not signed by the certificate authority given; check certificate-authority(-data)',
  UNABLE_TO_GET_ISSUER_CERT: 'is not signed by the certificate authority given; check certificate-authority(-data)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'is not signed by the certificate authority given; check certificate-authority(-data)',
  CERT_SIGNATURE_FAILURE: 'is not signed by the certificate authority given; check certificate-authority(-data)',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another name; check the server address, or set tls-server-name',
};

/** Whether the exchange broke because the two sides did not agree on certificates, before anything was sent. */
export function isCertificateFailure(error: unknown): boolean {
  return error instanceof TransportError && error.code !== undefined && error.code in CERTIFICATE_CODES;
}

const CONNECTION_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection; check that it runs and that address and port are right',
  ENOTFOUND: 'has an unknown host name; check the server address and DNS',
  EAI_AGAIN: 'cannot be looked up in DNS just now',
  EHOSTUNREACH: 'cannot be reached from here; check the network and firewalls',
  ENETUNREACH: 'cannot be reached from here; check the network and firewalls',
  ETIMEDOUT: 'does not answer; check the network and firewalls',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer; check the network and firewalls',
  EPROTO: 'does not speak TLS as expected; check whether the address should begin with http or https',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS; check whether the address should begin with http',
};

/** Failures before anything was sent: resolving, connecting, agreeing on the certificate. In doubt it was sent. */
function wasNotSent(code: string | undefined, error: unknown): boolean {
  if (code === undefined) return false;
  if (code in CERTIFICATE_CODES || code === 'UND_ERR_CLOSED' || code === 'UND_ERR_CONNECT_TIMEOUT') return true;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const syscall = first instanceof Error && 'syscall' in first ? first.syscall : undefined;
  return code in CONNECTION_CODES && (syscall === 'connect' || syscall === 'getaddrinfo');
}

function explain(code: string | undefined, error: unknown, access: ClusterAccess): string {
  const where = `the API server ${access.server} (${access.source})`;
  const certificate = code === undefined ? undefined : CERTIFICATE_CODES[code];
  if (certificate !== undefined) return `the certificate of ${where} ${certificate}`;
  const connection = code === undefined ? undefined : CONNECTION_CODES[code];
  if (connection !== undefined) return `${where} ${connection}`;
  if (code?.includes('ALERT_CERTIFICATE_EXPIRED') === true) {
    return `${where} says that the client certificate has expired; renew it`;
  }
  if (code?.includes('ALERT') === true) return `${where} refuses the client certificate (${code})`;
  if (error instanceof errors.SocketError) return `the connection to ${where} broke: ${error.message}`;
  return `the exchange with ${where} failed: ${error instanceof Error ? error.message : String(error)}`;
}
