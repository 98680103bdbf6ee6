/** What the HTTP surface is asked and answers, free of sockets: the sandbox asks the same handlers in virtual time. */
import { nearestNames } from '../../runtime/nearest.ts';

export interface Question {
  /** Without the query, decoded: `/explain/pods/default/web-1`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The header of that name; absent: it was not sent. */
  readonly authorization?: string | undefined;
  /** Aborts when whoever asks has left. Absent: nobody leaves. */
  readonly left?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** What a browser saves it as; absent: it shows it. */
  readonly fileName?: string;
  /** Seconds after which to ask again. */
  readonly retryAfterSeconds?: number;
}

/** A list of things that goes on until the listener leaves. */
export interface Stream {
  /** Calls `send` for each event until the returned function is called. */
  subscribe(send: (event: { readonly id: string; readonly data: string }) => void): () => void;
}

/** `undefined`: there is nothing at this path. */
export type Handler = (question: Question) => MaybeAnswer | Promise<MaybeAnswer>;

type MaybeAnswer = Answer | { readonly stream: Stream } | undefined;

/** The words of a path, decoded one by one, so that a slash within one is no border; `undefined`: not well formed. */
export function wordsOf(path: string): readonly string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

export function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

/** The same form for everything that is not an answer. */
export function problem(status: number, error: string, more: Readonly<Record<string, unknown>> = {}): Answer {
  return json({ error, ...more }, status);
}

const MOST_NEAR_NAMES = 5;

/** There is no such thing; perhaps one of these was meant. */
export function notFound(what: string, name: string, names: Iterable<string>): Answer {
  const near = nearestNames(name, names, MOST_NEAR_NAMES);
  return problem(404, `there is no ${what} ${name}`, { near });
}

/** What the handlers say to a path with its query. A stream is not an answer. */
export async function ask(handlers: readonly Handler[], target: string): Promise<Answer> {
  const answer = await answerOf(handlers, target);
  return 'stream' in answer ? problem(400, 'this is a stream') : answer;
}

/** The first handler that has an answer gives it. */
export async function answerOf(
  handlers: readonly Handler[],
  target: string,
  asker: Pick<Question, 'authorization' | 'left'> = {},
): Promise<Answer | { readonly stream: Stream }> {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  for (const handler of handlers) {
    const answer = await handler({ ...asker, path, query });
    if (answer !== undefined) return answer;
  }
  return text(404, `not found: ${PATHS}\n`);
}

const PATHS =
  'this address answers /health-check, /metrics, /overview, /explain/…, /decisions, /snapshot and, by flags, /shadow, /snapshotz, /debug/pprof/…';
