/**
 * Keeps the memory in the cluster, so that a restart goes on where this process was, and so does a replica that takes
 * over (I8): in one ConfigMap of our own (kept-form.ts).
 *
 * 1. Before nodes are asked for, it is kept that they may have been.
 * 2. Requests, backoffs and cool-downs are kept at once; the rest at most every {@link INTERVAL_MS}. While something is
 *    timed that has to be watched, a sign of life is kept every {@link SIGN_OF_LIFE_MS}.
 * 3. Nothing that fails here stops the autoscaler: it says so, and goes on as if it kept nothing.
 */
import type { KubernetesClient } from '../kubernetes/client.ts';
import type { KubernetesError } from '../kubernetes/errors.ts';
import type { ConfigMapName } from '../kubernetes/kept-config-map.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Kept } from './kept-belief.ts';
import { type KeptData, type WrittenMemory, isBlank, readMemory, saysTheSame, writeMemory } from './kept-form.ts';
import { KeptWriter } from './kept-writer.ts';
import type { Memory } from './memory.ts';

export interface MemoryKeeperParts {
  readonly reader: KubernetesClient;
  /** Sends nothing without the lease. */
  readonly writer: KubernetesClient;
  readonly configMap: ConfigMapName;
  /** Of this process, unique among all. */
  readonly identity: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process holds the lease. */
  readonly isLeader: () => boolean;
  /** What is kept is read and not written. */
  readonly dryRun: boolean;
}

export type KeptReading =
  | { readonly kind: 'kept'; readonly kept: Kept }
  /** There is nothing that is better than what this process knows. */
  | { readonly kind: 'nothing' }
  /** It could not be read just now. */
  | { readonly kind: 'not-yet' };

const INTERVAL_MS = 10_000;
/** Well within what counts as a short absence (kept-belief.ts). */
const SIGN_OF_LIFE_MS = 60_000;
/** Pods wait meanwhile. An API server that takes longer is in trouble, and the lease is about to be lost. */
const LONGEST_WAIT_MS = 3_000;
/** A start waits for so long for what was kept; then it goes on without. */
const LONGEST_UNREADABLE_MS = 30_000;

export class MemoryKeeper {
  readonly #parts: MemoryKeeperParts;
  readonly #writer: KeptWriter;
  /** What was sent last, when (monotonic), and what of it does not wait. */
  #sent: { readonly data: KeptData; readonly atMs: number; readonly urgent: string } | undefined;
  /** When (monotonic) it was last looked whether there is something new to keep. */
  #lookedAtMs = -Infinity;
  /** There is no ConfigMap, as far as is known. */
  #isMissing = false;
  #failing = false;
  #leftOut = '';
  #unreadableSinceMs: number | undefined;

  constructor(parts: MemoryKeeperParts) {
    const { reader, writer, configMap, isLeader } = parts;
    this.#parts = parts;
    const onEnd = (error: KubernetesError | undefined): void => this.#ended(error);
    this.#writer = new KeptWriter({ reader, writer, configMap, mayWrite: isLeader, onEnd });
  }

  /** What was kept. To be asked whenever the lease has come to this process. */
  async read(): Promise<KeptReading> {
    const { configMap, identity, logger } = this.#parts;
    const read = await this.#writer.read();
    if (!read.ok) return this.#unreadable(read.error);
    this.#unreadableSinceMs = undefined;
    this.#isMissing = read.value === undefined;
    const found = read.value === undefined ? undefined : readMemory(read.value.data);
    // What this process wrote is no newer than what it remembers.
    if (found?.kind === 'read' && found.by === identity && this.#sent !== undefined) return { kind: 'nothing' };
    // Whatever another process wrote, what is known here is news.
    this.#sent = undefined;
    this.#lookedAtMs = -Infinity;
    if (found === undefined) return { kind: 'nothing' };
    if (found.kind === 'unreadable') {
      logger.warn('what was kept is set aside', { configMap: configMap.name, problem: found.problem });
      return { kind: 'nothing' };
    }
    for (const problem of found.problems) {
      logger.warn('a part of what was kept is set aside', { configMap: configMap.name, problem });
    }
    return { kind: 'kept', kept: found };
  }

  /** Settles when it is kept, or when that has failed or takes too long. Never rejects. */
  async keepNow(memory: Memory): Promise<void> {
    const { clock, dryRun, isLeader, logger } = this.#parts;
    if (dryRun || !isLeader()) return;
    const done = new AbortController();
    const written = this.#send(memory, this.#written(memory)).then(() => done.abort());
    await Promise.race([written, sleep(clock, LONGEST_WAIT_MS, done.signal)]);
    if (!done.signal.aborted) logger.warn('the state is not kept in time; going on', { waitedMs: LONGEST_WAIT_MS });
  }

  /** To be told what is remembered whenever that may have changed; returns at once. */
  note(memory: Memory): void {
    const { clock, dryRun, isLeader } = this.#parts;
    if (dryRun || !isLeader()) return;
    const now = clock.monotonic();
    const isUrgent = !this.#failing && urgentOf(memory) !== this.#sent?.urgent;
    if (!isUrgent && now - this.#lookedAtMs < INTERVAL_MS) return;
    this.#lookedAtMs = now;
    const written = this.#written(memory);
    if (this.#sent === undefined ? this.#isMissing && isBlank(written.data) : this.#isKept(memory, written.data))
      return;
    void this.#send(memory, written);
  }

  #written(memory: Memory): WrittenMemory {
    const { clock, identity } = this.#parts;
    return writeMemory(memory, { by: identity, atMs: clock.now() });
  }

  /** What is there says the same, and is young enough where that matters. */
  #isKept(memory: Memory, data: KeptData): boolean {
    if (this.#failing || this.#sent === undefined || !saysTheSame(data, this.#sent.data)) return false;
    return !isWatching(memory) || this.#parts.clock.monotonic() - this.#sent.atMs < SIGN_OF_LIFE_MS;
  }

  #send(memory: Memory, { data, leftOut }: WrittenMemory): Promise<void> {
    const { clock, logger } = this.#parts;
    if (leftOut.join() !== this.#leftOut && leftOut.length > 0) {
      logger.warn('there is too much to keep it all', { leftOut });
    }
    this.#leftOut = leftOut.join();
    this.#sent = { data, atMs: clock.monotonic(), urgent: urgentOf(memory) };
    this.#lookedAtMs = this.#sent.atMs;
    return this.#writer.write(data);
  }

  #ended(error: KubernetesError | undefined): void {
    const { configMap, logger } = this.#parts;
    if (error === undefined && this.#failing) logger.info('the state is kept again', { configMap: configMap.name });
    if (error !== undefined && !this.#failing) {
      const fields = { configMap: configMap.name, error: error.message };
      logger.warn('the state cannot be kept: a restart would forget timers and backoffs', fields);
    }
    this.#failing = error !== undefined;
  }

  #unreadable(error: KubernetesError): KeptReading {
    const { clock, logger } = this.#parts;
    const now = clock.monotonic();
    this.#unreadableSinceMs ??= now;
    const mayPass = error.kind !== 'forbidden';
    if (mayPass && now - this.#unreadableSinceMs < LONGEST_UNREADABLE_MS) return { kind: 'not-yet' };
    this.#unreadableSinceMs = undefined;
    logger.warn('what was kept cannot be read; starting without', { error: error.message });
    return { kind: 'nothing' };
  }
}

/** What must not be forgotten by a kill a moment later. Cheap: it is asked after each pass. */
function urgentOf({ nodeGroups, scaleDown }: Memory): string {
  const { inFlight, scaleUpRequests, backoffs } = nodeGroups;
  return JSON.stringify([
    Object.entries(inFlight).map(([id, { to }]) => [id, to]),
    Object.entries(scaleUpRequests).map(([id, { untilMs }]) => [id, untilMs]),
    Object.entries(backoffs).map(([id, { untilMs, durationMs, cause }]) => [id, untilMs, durationMs, cause]),
    nodeGroups.givenUp,
    scaleDown.lastDeleteAtMs,
    scaleDown.lastFailureAtMs,
  ]);
}

/** Something is timed that counts only as far as somebody watched. */
function isWatching({ nodeGroups, scaleDown, predictions }: Memory): boolean {
  const { givenUp, inFlight, scaleUpRequests, unregisteredSince } = nodeGroups;
  return (
    scaleDown.unneeded.size > 0 ||
    predictions.promises.length > 0 ||
    [givenUp, inFlight, scaleUpRequests, unregisteredSince].some((timed) => Object.keys(timed).length > 0)
  );
}
