/** A collector of traces, as small as it can be: takes OTLP over HTTP as JSON and keeps the spans. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
});
const attributes = z.array(z.object({ key: z.string(), value })).default([]);
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  events: z.array(z.object({ name: z.string() })).default([]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).default({}),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type CollectedSpan = z.infer<typeof span>;

export class Collector {
  readonly spans: CollectedSpan[] = [];
  /** Of the process that sends them. */
  readonly resource = new Map<string, string | undefined>();
  /** Path and content type of each request. */
  readonly requests: string[] = [];
  readonly endpoint: string;
  readonly #close: () => void;

  private constructor(endpoint: string, close: () => void) {
    this.endpoint = endpoint;
    this.#close = close;
  }

  /** On a port of its own; told of each request that has come. */
  static async start(onRequest: () => void = () => undefined): Promise<Collector> {
    const server = createServer((asked, answer) => {
      const take = async (): Promise<void> => {
        const body = await json(asked);
        const said = [asked.url, asked.headers['content-type'], asked.headers['x-tenant']];
        collector.requests.push(said.map((word) => String(word ?? '')).join(' '));
        collector.#take(body);
        answer.setHeader('content-type', 'application/json').end('{}');
        onRequest();
      };
      void take();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const close = (): void => {
      server.closeAllConnections();
      server.close();
    };
    const collector = new Collector(`http://127.0.0.1:${port}`, close);
    return collector;
  }

  named(name: string): readonly CollectedSpan[] {
    return this.spans.filter((one) => one.name === name);
  }

  close(): void {
    this.#close();
  }

  #take(body: unknown): void {
    for (const { resource, scopeSpans } of request.parse(body).resourceSpans) {
      for (const one of resource.attributes) this.resource.set(one.key, one.value.stringValue);
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
  }
}

export function attribute(of: CollectedSpan | undefined, key: string): string | undefined {
  return of?.attributes.find((one) => one.key === key)?.value.stringValue;
}
