/**
 * Traces by OpenTelemetry: a span for each pass, its decision and each call to the cloud. Off, and not even loaded, unless a
 * variable says where they go.
 */
import type { OnBehalf } from '../../actuation/acting.ts';
import type { DecisionRecord } from '../../explain/record.ts';
import type { PassOutcome, PassPart } from '../../loop/stopwatch.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpTransport } from '../../runtime/http.ts';
import type { Logger } from '../../runtime/log.ts';

/** Watches the loop and the calls to the cloud. Never throws, and never holds anything up. */
export interface Traces {
  passBegan(): void;
  took(part: PassPart): void;
  record(record: DecisionRecord): void;
  passEnded(outcome: PassOutcome): void;
  /** Calls made within carry the decision's id. */
  readonly onBehalf: OnBehalf;
  /** The transport to the cloud, each of its calls a span. */
  traced(send: HttpTransport): HttpTransport;
  /** Sends what is left, though not for long. */
  end(): Promise<void>;
}

export interface TracesParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}

/** `undefined`: nobody wants them, or they are wanted in a form that this program has not. */
export async function startTraces(parts: TracesParts): Promise<Traces | undefined> {
  const { env, logger } = parts;
  const value = (name: string): string => env[name]?.trim() ?? '';
  if (value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') === '' && value('OTEL_EXPORTER_OTLP_ENDPOINT') === '')
    return undefined;
  if (value('OTEL_SDK_DISABLED').toLowerCase() === 'true' || value('OTEL_TRACES_EXPORTER') === 'none') return undefined;
  const protocol = value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || value('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== '' && protocol !== 'http/json') {
    logger.warn('no traces: OTLP is spoken over HTTP as JSON alone (http/json)', { protocol });
    return undefined;
  }
  // A tenth of a second that only those pay who want traces.
  const { otlpTraces } = await import('./otlp.ts');
  return otlpTraces(parts);
}
