/**
 * Sends spans as OTLP over HTTP and JSON. Where to, with which headers and how long, the exporter reads from the standard
 * variables itself.
 */
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { sleep } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { PassTraces } from './pass-traces.ts';
import type { Traces, TracesParts } from './traces.ts';

const SERVICE = 'vke-autoscaler';
/** A collector that answers no sooner keeps nobody waiting when the program ends. */
const SEND_MS = 3000;

export function otlpTraces({ clock, logger, version }: TracesParts): Traces {
  const exporter = telling(new OTLPTraceExporter(), logger);
  const ours = resourceFromAttributes({ 'service.name': SERVICE, 'service.version': version });
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(ours)
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  return new PassTraces({
    tracer: provider.getTracer(SERVICE, version),
    clock,
    async end() {
      const enough = new AbortController();
      // What fails has been told of.
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, sleep(clock, SEND_MS, enough.signal)]);
      enough.abort();
    },
  });
}

/** Says once that spans cannot be sent, and once that they are sent again. */
function telling(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fails = result.code === ExportResultCode.FAILED;
        if (fails && !isFailing) logger.warn('traces cannot be sent', { error: result.error?.message ?? '' });
        if (!fails && isFailing) logger.info('traces are sent again');
        isFailing = fails;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
