/**
 * Makes spans of what happens.
 *
 * 1. A pass is a trace: the pass, within it the reading of the cloud and the decision, and within the decision the calls that
 *    it asked for, even where they are made long after.
 * 2. Each carries the decision's id, as logs and events do. What is called before a pass has decided ends as a span with it.
 * 3. Passes of a replica that does not lead are no spans.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { OnBehalf } from '../../actuation/acting.ts';
import type { ActionRecord, DecisionRecord } from '../../explain/record.ts';
import type { PassOutcome, PassPart } from '../../loop/stopwatch.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse, HttpTransport } from '../../runtime/http.ts';
import type { Traces } from './traces.ts';

export interface PassTracesParts {
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly end: () => Promise<void>;
}

interface Pass {
  readonly span: Span;
  /** When its decision began, as far as is known. */
  decidingSinceMs: number;
  /** Ended, and not told until it is known what the pass decides. */
  readonly calls: { readonly span: Span; readonly endedAtMs: number }[];
  decision: string | undefined;
}

export const DECISION = 'vke_autoscaler.decision';
/** Of which calls may still come: drains take hours at most. */
const MOST_DECISIONS = 500;
/** More would make a span that nobody reads. */
const MOST_ACTIONS = 50;

export class PassTraces implements Traces {
  readonly #parts: PassTracesParts;
  readonly #within = new AsyncLocalStorage<string>();
  readonly #decisions = new Map<string, Context>();
  #pass: Pass | undefined;

  constructor(parts: PassTracesParts) {
    this.#parts = parts;
  }

  readonly onBehalf: OnBehalf = (decision, call) =>
    decision === undefined ? call() : this.#within.run(decision, call);

  passBegan(): void {
    const now = this.#now();
    const span = this.#parts.tracer.startSpan('pass', { startTime: now, root: true });
    this.#pass = { span, decidingSinceMs: now, calls: [], decision: undefined };
  }

  took(part: PassPart): void {
    if (part === 'cloudProviderRefresh' && this.#pass !== undefined) this.#pass.decidingSinceMs = this.#now();
  }

  record(record: DecisionRecord): void {
    const pass = this.#pass;
    if (pass === undefined) return;
    const { id, triggers, actions, pods, nodes } = record;
    pass.decision = id;
    pass.span.setAttributes({ [DECISION]: id, 'vke_autoscaler.triggers': [...triggers] });
    const span = this.#parts.tracer.startSpan(
      'decision',
      {
        startTime: pass.decidingSinceMs,
        attributes: {
          [DECISION]: id,
          'vke_autoscaler.pending_pods': pods.reduce((sum, { count }) => sum + count, 0),
          'vke_autoscaler.nodes': nodes.length,
          'vke_autoscaler.actions': actions.length,
        },
      },
      contextOf(pass.span),
    );
    const now = this.#now();
    for (const action of actions.slice(0, MOST_ACTIONS)) span.addEvent(action.kind, attributesOf(action), now);
    span.end(now);
    this.#remember(id, span);
  }

  passEnded(outcome: PassOutcome): void {
    const pass = this.#pass;
    this.#pass = undefined;
    if (pass === undefined) return;
    const { span, calls, decision } = pass;
    for (const call of calls) {
      if (decision !== undefined) call.span.setAttribute(DECISION, decision);
      call.span.end(call.endedAtMs);
    }
    if (outcome.kind === 'not-leading') return;
    span.setAttribute('vke_autoscaler.outcome', outcome.kind);
    if (outcome.kind === 'cloud-unreadable') {
      span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.error.message });
    }
    span.end(this.#now());
  }

  traced(send: HttpTransport): HttpTransport {
    return async (request) => {
      const decision = this.#within.getStore();
      const pass = decision === undefined ? this.#pass : undefined;
      const span = this.#callSpan(request, decision, pass);
      try {
        const response = await send(request);
        tellResponse(span, response);
        return response;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        span.setAttribute('error.type', error instanceof Error ? error.name : 'error');
        span.setStatus({ code: SpanStatusCode.ERROR, message });
        throw error;
      } finally {
        const endedAtMs = this.#now();
        if (pass !== undefined && pass === this.#pass) pass.calls.push({ span, endedAtMs });
        else span.end(endedAtMs);
      }
    };
  }

  end(): Promise<void> {
    return this.#parts.end();
  }

  #callSpan({ method, path }: HttpRequest, decision: string | undefined, pass: Pass | undefined): Span {
    const [route = path] = path.split('?');
    const attributes: Attributes = { 'http.request.method': method, 'url.path': route };
    if (decision !== undefined) attributes[DECISION] = decision;
    const context = decision === undefined ? pass && contextOf(pass.span) : this.#decisions.get(decision);
    const options = { kind: SpanKind.CLIENT, startTime: this.#now(), attributes };
    return this.#parts.tracer.startSpan(`${method} ${withoutIds(route)}`, options, context ?? ROOT_CONTEXT);
  }

  #remember(id: string, span: Span): void {
    this.#decisions.set(id, contextOf(span));
    const [oldest] = this.#decisions.keys();
    if (this.#decisions.size > MOST_DECISIONS && oldest !== undefined) this.#decisions.delete(oldest);
  }

  #now(): number {
    return this.#parts.clock.now();
  }
}

function contextOf(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span);
}

function tellResponse(span: Span, { status }: HttpResponse): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Names of spans are to be few: ids of clusters, pools and nodes are in the path's attribute. */
function withoutIds(path: string): string {
  return path.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '{id}');
}

function attributesOf(action: ActionRecord): Attributes {
  const shared = { group: action.group, because: action.because };
  switch (action.kind) {
    case 'remove-node':
      return { ...shared, node: action.node, cause: action.cause };
    case 'delete-instances':
      return { ...shared, instances: action.instances.length };
    default:
      return { ...shared, from: action.from, to: action.to };
  }
}
