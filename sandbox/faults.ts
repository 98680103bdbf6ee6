/**
 * Faults, switched per test: a wrapper around a handler or a client's transport that answers wrongly, loses messages,
 * delays them, and cuts or freezes streams. In process the caller sees a {@link TransportError}; behind a socket
 * (http-server.ts) the connection is cut, which a real client sees the same way.
 *
 * 1. The rules are tried in the order in which they were added; the first that fires decides alone.
 * 2. Whether a rule fires depends on its conditions, the clock and its own random stream only, so that one seed gives
 *    one history and a rule added later shifts no other's chances.
 * 3. Every fault that was injected is in the log.
 */
import { type Clock, sleep } from '../src/runtime/clock.ts';
import { type HttpRequest, type HttpResponse, type HttpTransport, TransportError } from '../src/runtime/http.ts';
import type { Random } from '../src/runtime/random.ts';
import { type StreamFault, faultyBody } from './faults-body.ts';

export type FaultEffect =
  /** Answers itself; the request is not delivered. */
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The request never arrives. The caller cannot know: it sees the connection break. */
  | { readonly kind: 'lose-request' }
  /** The request is carried out, then the connection breaks before its answer. */
  | { readonly kind: 'lose-reply' }
  /** No connection comes about: nothing was sent, and the caller knows it. */
  | { readonly kind: 'refuse-connection' }
  /** Silence: no answer until the caller gives up. */
  | { readonly kind: 'hang'; readonly delivered: boolean }
  /** Delivered late, and answered. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answered, but the body ends in the midst: see {@link StreamFault}. */
  | StreamFault;

/** A rule fires for a request that matches all of it, at a time and by a chance that allow it. */
export interface FaultRule {
  /** In the log, and the name of the rule's random stream. */
  readonly name: string;
  /** Default: every method. */
  readonly methods?: readonly HttpRequest['method'][];
  /** Tried on path and query. Default: every path. */
  readonly path?: RegExp;
  /** From 0 to 1. Default: 1. */
  readonly probability?: number;
  /** Fires so many times at most. */
  readonly times?: number;
  /** By the wall clock. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** What happens; a function is asked anew each time the rule fires. */
  readonly effect: FaultEffect | (() => FaultEffect);
}

export interface InjectedFault {
  readonly atMs: number;
  readonly rule: string;
  readonly effect: FaultEffect['kind'];
  readonly method: HttpRequest['method'];
  readonly path: string;
}

/** The oldest entries are dropped past so many, so that days of chaos do not fill the memory. */
const LOG_LIMIT = 100_000;

interface ArmedRule {
  readonly rule: FaultRule;
  timesLeft: number;
}

export class Faults {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rules = new Set<ArmedRule>();
  readonly #log: InjectedFault[] = [];
  #count = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What was injected so far, oldest first. */
  get log(): readonly InjectedFault[] {
    return this.#log;
  }

  /** How many were injected, those dropped from the log included. */
  get count(): number {
    return this.#count;
  }

  /** Adds a rule; the function returned takes it away again. */
  add(rule: FaultRule): () => void {
    const armed = { rule, timesLeft: rule.times ?? Infinity };
    this.#rules.add(armed);
    return () => void this.#rules.delete(armed);
  }

  addAll(rules: readonly FaultRule[]): void {
    for (const rule of rules) this.add(rule);
  }

  /** No more faults. Those under way (a hang, a frozen stream) go on. */
  clear(): void {
    this.#rules.clear();
  }

  /** The same exchange, with faults. */
  wrap(deliver: HttpTransport): HttpTransport {
    return (request) => {
      const effect = this.#choose(request);
      return effect === undefined ? deliver(request) : this.#inject(effect, request, deliver);
    };
  }

  #choose(request: HttpRequest): FaultEffect | undefined {
    const nowMs = this.#clock.now();
    for (const armed of this.#rules) {
      const { rule } = armed;
      if (armed.timesLeft <= 0 || !matches(rule, request, nowMs)) continue;
      const probability = rule.probability ?? 1;
      if (probability < 1 && this.#random.stream(`fault/${rule.name}`).next() >= probability) continue;
      armed.timesLeft--;
      const effect = typeof rule.effect === 'function' ? rule.effect() : rule.effect;
      this.#record({ atMs: nowMs, rule: rule.name, effect: effect.kind, method: request.method, path: request.path });
      return effect;
    }
    return undefined;
  }

  #record(fault: InjectedFault): void {
    this.#count++;
    this.#log.push(fault);
    if (this.#log.length > LOG_LIMIT) this.#log.shift();
  }

  async #inject(effect: FaultEffect, request: HttpRequest, deliver: HttpTransport): Promise<HttpResponse> {
    switch (effect.kind) {
      case 'respond':
        return answerOf(effect);
      case 'lose-request':
        throw new TransportError('reply-lost', 'the connection broke (injected)', { code: 'ECONNRESET' });
      case 'refuse-connection':
        throw new TransportError('not-sent', 'connection refused (injected)', { code: 'ECONNREFUSED' });
      case 'lose-reply':
        await discard(await deliver(request));
        throw new TransportError('reply-lost', 'the connection broke (injected)', { code: 'ECONNRESET' });
      case 'hang':
        if (effect.delivered) await discard(await deliver(request));
        await aborted(request.signal);
        throw new TransportError('aborted', 'the caller gave up');
      case 'delay':
        await sleep(this.#clock, effect.ms, request.signal);
        return deliver(request);
      case 'cut-body':
      case 'freeze-body':
        break;
    }
    const response = await deliver(request);
    return { ...response, body: faultyBody(response.body, effect, { clock: this.#clock, signal: request.signal }) };
  }
}

function matches(rule: FaultRule, request: HttpRequest, nowMs: number): boolean {
  if (rule.fromMs !== undefined && nowMs < rule.fromMs) return false;
  if (rule.untilMs !== undefined && nowMs >= rule.untilMs) return false;
  if (rule.methods !== undefined && !rule.methods.includes(request.method)) return false;
  // `search` starts at the beginning even for a sticky or global expression, unlike `test`.
  return rule.path === undefined || request.path.search(rule.path) >= 0;
}

function answerOf(effect: Extract<FaultEffect, { kind: 'respond' }>): HttpResponse {
  const bytes = new TextEncoder().encode(effect.body ?? '');
  return {
    status: effect.status,
    headers: { 'content-type': 'application/json', ...effect.headers },
    body: oneChunk(bytes),
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  if (bytes.length > 0) yield bytes;
}

/** Closes a response that nobody will read. */
async function discard(response: HttpResponse): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
