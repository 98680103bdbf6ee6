/**
 * Credentials from an exec plugin (client.authentication.k8s.io/v1 and v1beta1): a program that prints an ExecCredential.
 * What it gives is kept until shortly before it expires, or until the server refuses it. Concurrent requests share one run.
 */
import { deadline, type Clock } from '../runtime/clock.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import { parseTimestamp } from '../runtime/timestamps.ts';
import type { AccessError, AccessHost, ProgramEnd } from './access.ts';
import { isRecord } from './json-reader.ts';

export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What to do when the program is missing, as the kubeconfig's author says. */
  readonly installHint: string;
  /** Sent along as the plugin asks with `provideClusterInfo`; `undefined` otherwise. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
  /** The field that defines it, for messages: `kubeconfig /…: users[vke].exec`. */
  readonly field: string;
}

export interface ExecCredential {
  readonly token: Secret | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: Secret | undefined;
  /** `undefined`: good until refused. */
  readonly expiresAtMs: number | undefined;
}

export const EXEC_API_VERSIONS: ReadonlySet<string> = new Set([
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
]);

/** A plugin that talks to a cloud may take some seconds; one that waits for a person would wait for ever. */
const RUN_TIMEOUT_MS = 60_000;
/** Renewed this long before it expires, so that no request travels with one about to expire. */
const EXPIRY_MARGIN_MS = 10_000;
/** Of a plugin's error output, for the message. */
const ERROR_OUTPUT_LIMIT = 500;

export class ExecCredentialSource {
  readonly #plugin: ExecPlugin;
  readonly #host: AccessHost;
  readonly #clock: Clock;
  #held: ExecCredential | undefined;
  #running: Promise<Result<ExecCredential, AccessError>> | undefined;

  constructor(plugin: ExecPlugin, host: AccessHost, clock: Clock) {
    this.#plugin = plugin;
    this.#host = host;
    this.#clock = clock;
  }

  /** The credential to use now: the one held while it is good, else what the plugin gives. */
  async get(): Promise<Result<ExecCredential, AccessError>> {
    const held = this.#held;
    if (held !== undefined && !this.#isExpired(held)) return success(held);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  refused(): void {
    this.#held = undefined;
  }

  #isExpired(credential: ExecCredential): boolean {
    return credential.expiresAtMs !== undefined && this.#clock.now() >= credential.expiresAtMs - EXPIRY_MARGIN_MS;
  }

  async #run(): Promise<Result<ExecCredential, AccessError>> {
    const { command, args } = this.#plugin;
    const limit = deadline(this.#clock, RUN_TIMEOUT_MS);
    let end: ProgramEnd;
    try {
      end = await this.#host.runProgram({ command, args, environment: this.#environment(), signal: limit.signal });
    } catch (error) {
      const problem = limit.signal.aborted
        ? `did not end within ${RUN_TIMEOUT_MS / 1000} s`
        : `cannot be run (${error instanceof Error ? error.message : String(error)})`;
      return this.#failed(`${problem}${this.#plugin.installHint === '' ? '' : `; ${this.#plugin.installHint}`}`);
    } finally {
      limit.release();
    }
    if (end.exitCode !== 0) {
      return this.#failed(`ended with code ${end.exitCode}: ${end.stderr.trim().slice(0, ERROR_OUTPUT_LIMIT)}`);
    }
    const credential = this.#parse(end.stdout);
    if (credential.ok) this.#held = credential.value;
    return credential;
  }

  #environment(): Readonly<Record<string, string | undefined>> {
    const info = {
      apiVersion: this.#plugin.apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, ...(this.#plugin.cluster === undefined ? {} : { cluster: this.#plugin.cluster }) },
    };
    return {
      ...this.#host.environment(),
      ...this.#plugin.environment,
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    };
  }

  #parse(output: string): Result<ExecCredential, AccessError> {
    let value: unknown;
    try {
      value = JSON.parse(output);
    } catch {
      // The output may hold a token: it is not shown.
      return this.#failed('did not print JSON');
    }
    if (!isRecord(value) || value['kind'] !== 'ExecCredential') return this.#failed('did not print an ExecCredential');
    if (value['apiVersion'] !== this.#plugin.apiVersion) {
      return this.#failed(
        `printed apiVersion ${String(value['apiVersion'])}, but ${this.#plugin.apiVersion} is configured`,
      );
    }
    const status = isRecord(value['status']) ? value['status'] : {};
    const token = textOf(status['token']);
    const clientCertificate = textOf(status['clientCertificateData']);
    const clientKey = textOf(status['clientKeyData']);
    if ((clientCertificate === undefined) !== (clientKey === undefined)) {
      return this.#failed('gave a client certificate without its key, or a key without its certificate');
    }
    if (token === undefined && clientCertificate === undefined) {
      return this.#failed('gave neither a token nor a client certificate');
    }
    const expiry = textOf(status['expirationTimestamp']);
    const expiresAtMs = expiry === undefined ? undefined : parseTimestamp(expiry);
    if (expiry !== undefined && expiresAtMs === undefined)
      return this.#failed('gave an expirationTimestamp that is no time');
    return success({ token: secretOf(token), clientCertificate, clientKey: secretOf(clientKey), expiresAtMs });
  }

  #failed(problem: string): Result<never, AccessError> {
    const { field, command } = this.#plugin;
    return failure({ kind: 'plugin-failed', message: `${field}: the credential plugin "${command}" ${problem}` });
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}
