/**
 * How to reach a cluster and as whom. What is presented may change while the product runs (tokens and CAs rotate, exec
 * plugins issue short-lived credentials), so it is asked for before each request and kept only as long as it is good.
 */
import type { Result } from '../runtime/result.ts';
import type { Secret } from '../runtime/secret.ts';

export interface ClusterAccess {
  /** `https://host:port`, with a path prefix where the server has one; no trailing slash. */
  readonly server: string;
  /** Where this comes from, for messages: `kubeconfig /home/me/.kube/config, context vke`. */
  readonly source: string;
  /** What to present now. The same `tls` object as before means that nothing about the connection has changed. */
  present(): Promise<Result<Presented, AccessError>>;
  /** The server has refused what was presented: read it anew the next time, before its time is up. */
  refused(): void;
}

export interface Presented {
  /** The value of the `authorization` header. */
  readonly authorization: Secret | undefined;
  readonly tls: TlsMaterial;
}

export interface TlsMaterial {
  /** PEM; `undefined`: the system's authorities. */
  readonly ca: string | undefined;
  /** PEM. */
  readonly clientCertificate: string | undefined;
  readonly clientKey: Secret | undefined;
  /** The name that the server's certificate must bear, where it is not the host's. */
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
}

export interface AccessError {
  readonly kind: 'unreadable' | 'invalid' | 'unsupported' | 'plugin-failed';
  /** Names the file, the field and the fix. */
  readonly message: string;
}

/** The files and programs that access may depend on; a port, so that tests need neither. */
export interface AccessHost {
  /** Throws the system's error when the file cannot be read. */
  readFile(path: string): string;
  environment(): Readonly<Record<string, string | undefined>>;
  /** Runs a program to its end. Rejects when it cannot be started. */
  runProgram(program: ProgramRun): Promise<ProgramEnd>;
}

export interface ProgramRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
