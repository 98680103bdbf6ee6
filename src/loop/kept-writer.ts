/**
 * Writes the kept state, one write at a time; of several that wait only the newest is sent.
 *
 * 1. A write names the version that it replaces. A conflict, or a reply that was lost, is resolved by reading; then it is
 *    written once more, unless it is there already.
 * 2. Nothing is written without the lease (I5): it is asked for before each write, also after a conflict, which may
 *    mean that another process has taken over.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesError, KubernetesResult } from '../kubernetes/errors.ts';
import { type ConfigMapName, type KeptConfigMap, readKept, writeKept } from '../kubernetes/kept-config-map.ts';
import { type KeptData, saysTheSame } from './kept-form.ts';

export interface KeptWriterParts {
  readonly reader: KubernetesClient;
  /** Sends nothing without the lease. */
  readonly writer: KubernetesClient;
  readonly configMap: ConfigMapName;
  /** Whether this process holds the lease. */
  readonly mayWrite: () => boolean;
  /** How a write ended; `undefined`: it is there. */
  readonly onEnd: (error: KubernetesError | undefined) => void;
}

/** A conflict is rare; another one at once is somebody who does not stop. */
const ATTEMPTS = 3;

export class KeptWriter {
  readonly #parts: KeptWriterParts;
  #version: string | undefined;
  #waiting: KeptData | undefined;
  #turn: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: KeptWriterParts) {
    this.#parts = parts;
  }

  /** What is there. */
  async read(): Promise<KubernetesResult<KeptConfigMap | undefined>> {
    const read = await readKept(this.#parts.reader, this.#parts.configMap);
    if (read.ok) this.#version = read.value?.resourceVersion;
    return read;
  }

  /** Settles when this, or something newer, is written or has failed. Never rejects. */
  write(data: KeptData): Promise<void> {
    this.#waiting = data;
    if (this.#turn !== undefined) return this.#turn;
    const turn = this.#last.then(() => {
      const newest = this.#waiting ?? data;
      this.#turn = undefined;
      this.#waiting = undefined;
      return this.#send(newest);
    });
    this.#turn = turn;
    this.#last = turn;
    return turn;
  }

  async #send(data: KeptData): Promise<void> {
    const { configMap, mayWrite, onEnd, reader, writer } = this.#parts;
    let error: KubernetesError | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && mayWrite(); attempt++) {
      const written = await writeKept(writer, { ...configMap, resourceVersion: this.#version }, data);
      if (written.ok) {
        this.#version = written.value;
        onEnd(undefined);
        return;
      }
      ({ error } = written);
      if (!isResolvedByReading(error)) break;
      const found = await readKept(reader, configMap);
      if (!found.ok) break;
      this.#version = found.value?.resourceVersion;
      if (found.value !== undefined && saysTheSame(found.value.data, data)) {
        onEnd(undefined);
        return;
      }
    }
    if (error !== undefined) onEnd(error);
  }
}

function isResolvedByReading(error: KubernetesError): boolean {
  switch (error.kind) {
    case 'conflict':
    case 'already-exists':
    case 'not-found':
    case 'gone':
    case 'unknown-outcome':
    case 'malformed-reply':
      return true;
    case 'unauthorized':
    case 'forbidden':
    case 'too-many-requests':
    case 'invalid':
    case 'server-error':
    case 'unreachable':
    case 'aborted':
      return false;
    default:
      return unreachable(error);
  }
}
