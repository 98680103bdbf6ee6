/** Faults by chance: a plan for long simulations, in which everything that can go wrong on a wire does, sometimes. */
import type { RandomStream } from '../src/runtime/random.ts';
import type { FaultEffect, FaultRule } from './faults.ts';

/** Chances per request, from 0 to 1. What is absent does not happen. */
export interface FaultRates {
  readonly rateLimited?: number;
  readonly serverError?: number;
  readonly badGateway?: number;
  readonly unavailable?: number;
  readonly loseRequest?: number;
  readonly loseReply?: number;
  readonly refuseConnection?: number;
  readonly hang?: number;
  readonly delay?: number;
  readonly cutBody?: number;
  readonly freezeBody?: number;
}

export interface FaultScope {
  /** Default: every path. */
  readonly path?: RegExp;
  /** By the wall clock; no faults outside. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** How this API words its errors. Default: as Vultr does. */
  readonly errorBody?: (status: number, message: string) => string;
}

interface Range {
  readonly lowest: number;
  readonly highest: number;
}

/** How long a delay by chance is, and after how long a stream breaks or freezes. */
const DELAY_MS: Range = { lowest: 50, highest: 5000 };
const STRIKE_MS: Range = { lowest: 0, highest: 120_000 };
const RETRY_AFTER_SECONDS: Range = { lowest: 1, highest: 5 };

/** Rules that make faults at these rates. What a fault is like in detail is drawn from `random` each time. */
export function randomFaults(random: RandomStream, rates: FaultRates, scope: FaultScope = {}): readonly FaultRule[] {
  const { errorBody = vultrErrorBody, ...where } = scope;
  const draw = (range: Range): number => random.integer(range.lowest, range.highest);
  const respond = (status: number, message: string): Extract<FaultEffect, { kind: 'respond' }> => ({
    kind: 'respond',
    status,
    body: errorBody(status, message),
  });
  const tooMany = (): FaultEffect => ({
    ...respond(429, 'Too many requests'),
    headers: { 'retry-after': String(draw(RETRY_AFTER_SECONDS)) },
  });
  const effects: readonly (readonly [keyof FaultRates, FaultRule['effect']])[] = [
    ['rateLimited', tooMany],
    ['serverError', respond(500, 'Internal server error')],
    ['badGateway', respond(502, 'Bad gateway')],
    ['unavailable', respond(503, 'Service unavailable')],
    ['loseRequest', { kind: 'lose-request' }],
    ['loseReply', { kind: 'lose-reply' }],
    ['refuseConnection', { kind: 'refuse-connection' }],
    ['hang', () => ({ kind: 'hang', delivered: random.next() < 0.5 })],
    ['delay', () => ({ kind: 'delay', ms: draw(DELAY_MS) })],
    ['cutBody', () => ({ kind: 'cut-body', afterMs: draw(STRIKE_MS) })],
    ['freezeBody', () => ({ kind: 'freeze-body', afterMs: draw(STRIKE_MS) })],
  ];
  return effects.flatMap(([name, effect]) => {
    const probability = rates[name] ?? 0;
    return probability > 0 ? [{ ...where, name, probability, effect }] : [];
  });
}

/** `{"error": …, "status": …}`. */
function vultrErrorBody(status: number, message: string): string {
  return JSON.stringify({ error: message, status });
}

/** A metav1.Status. */
export function kubernetesErrorBody(status: number, message: string): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: status });
}
