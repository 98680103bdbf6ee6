/**
 * A file whose content may be replaced while the product runs (a service account's token and CA, mounted by the kubelet).
 * It is read again once a minute, and at once after {@link RotatingFile.expire}. A file that cannot be read for a while
 * (it is just being replaced) leaves the last content in force.
 */
import type { Clock } from '../runtime/clock.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import type { AccessError, AccessHost } from './access.ts';

/** Tokens live for ten minutes at least, and the old one stays good for a while: as often as client-go reads them. */
const REREAD_MS = 60_000;

export class RotatingFile {
  readonly #path: string;
  /** For messages: the field that names the file. */
  readonly #field: string;
  readonly #host: AccessHost;
  readonly #clock: Clock;
  #content: string | undefined;
  #readAtMs = 0;

  constructor(file: { readonly path: string; readonly field: string }, host: AccessHost, clock: Clock) {
    this.#path = file.path;
    this.#field = file.field;
    this.#host = host;
    this.#clock = clock;
  }

  expire(): void {
    this.#readAtMs = -Infinity;
  }

  read(): Result<string, AccessError> {
    const now = this.#clock.monotonic();
    if (this.#content !== undefined && now - this.#readAtMs < REREAD_MS) return success(this.#content);
    const content = readAccessFile(this.#host, this.#path, this.#field);
    if (content.ok) this.#content = content.value;
    else if (this.#content === undefined) return content;
    this.#readAtMs = now;
    return success(this.#content);
  }
}

/** Reads a file that a field names. */
export function readAccessFile(host: AccessHost, path: string, field: string): Result<string, AccessError> {
  try {
    const content = host.readFile(path);
    if (content.trim() !== '') return success(content);
    return failure({ kind: 'invalid', message: `${field}: the file ${path} is empty` });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const message = `${field}: cannot read ${path} (${problem}); check the path and the file's permissions`;
    return failure({ kind: 'unreadable', message });
  }
}
