import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { attribute, Collector } from '../../../test/support/collector.ts';
import { type LogLine, recordingLogger } from '../../../test/support/recording-logger.ts';
import { aRecord } from '../../explain/record.test-support.ts';
import { realClock } from '../../runtime/clock.ts';
import { type HttpTransport, TransportError } from '../../runtime/http.ts';
import { DECISION } from './pass-traces.ts';
import { startTraces, type Traces } from './traces.ts';

const POOLS = '/v2/kubernetes/clusters/3f0e1c2a-9b4d-4e6f-8a7b-000000000001/node-pools';

/** What the exporter reads by itself, too: for the test's time it is in the environment of this process. */
async function tracing(context: TestContext, env: Readonly<Record<string, string>>) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  context.after(() => {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const lines: LogLine[] = [];
  const logger = recordingLogger((line) => void lines.push(line));
  const traces = await startTraces({ env, clock: realClock, logger, version: '1.2.3' });
  return { traces, lines };
}

async function collected(context: TestContext, env: Readonly<Record<string, string>> = {}) {
  const collector = await Collector.start();
  context.after(() => collector.close());
  const { traces } = await tracing(context, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, ...env });
  assert.ok(traces !== undefined, 'traces are wanted');
  return { collector, traces };
}

async function* noBody(): AsyncGenerator<Uint8Array> {
  // Nothing.
}

function answering(status: number): HttpTransport {
  return () => Promise.resolve({ status, headers: {}, body: noBody() });
}

const asking = aRecord({
  id: 'k3f9a-17',
  triggers: ['pod-unschedulable'],
  actions: [{ kind: 'resize', group: 'web', from: 1, to: 2, pods: 3, because: 'least-waste', pricePerHour: undefined }],
});

/** A pass that reads the cloud and decides. */
async function aPass(traces: Traces): Promise<void> {
  traces.passBegan();
  await traces.traced(answering(200))({ method: 'GET', path: `${POOLS}?per_page=500`, headers: {} });
  traces.took('cloudProviderRefresh');
  traces.record(asking);
  traces.passEnded({ kind: 'decided' });
}

describe('traces', () => {
  it('have a span for the pass, its decision and its calls, each with the id of the decision', async (context) => {
    const { collector, traces } = await collected(context);
    await aPass(traces);
    await traces.end();
    const [pass] = collector.named('pass');
    const [decision] = collector.named('decision');
    const [call] = collector.named('GET /v2/kubernetes/clusters/{id}/node-pools');
    assert.equal(collector.spans.length, 3);
    assert.deepEqual(
      [pass, decision, call].map((span) => attribute(span, DECISION)),
      ['k3f9a-17', 'k3f9a-17', 'k3f9a-17'],
    );
    assert.ok(pass !== undefined && decision !== undefined && call !== undefined);
    assert.deepEqual([decision.parentSpanId, call.parentSpanId], [pass.spanId, pass.spanId]);
    assert.deepEqual([decision.traceId, call.traceId], [pass.traceId, pass.traceId]);
    assert.deepEqual(
      decision.events.map(({ name }) => name),
      ['resize'],
    );
    assert.equal(attribute(call, 'url.path'), POOLS);
    assert.ok(BigInt(pass.startTimeUnixNano) <= BigInt(decision.startTimeUnixNano));
    assert.ok(BigInt(decision.endTimeUnixNano) <= BigInt(pass.endTimeUnixNano));
    assert.deepEqual(
      [collector.resource.get('service.name'), collector.resource.get('service.version')],
      ['vke-autoscaler', '1.2.3'],
    );
    assert.deepEqual([...new Set(collector.requests)], ['/v1/traces application/json ']);
  });

  it('have what is called long after under the decision that asked for it, whatever passes have come', async (context) => {
    const { collector, traces } = await collected(context);
    await aPass(traces);
    traces.passBegan();
    const send = traces.traced(answering(503));
    await traces.onBehalf('k3f9a-17', async () => {
      await realClock.nextTurn();
      await send({ method: 'PATCH', path: POOLS, headers: {} });
    });
    traces.record(aRecord({ id: 'k3f9a-18' }));
    traces.passEnded({ kind: 'decided' });
    await traces.end();
    const [call] = collector.named('PATCH /v2/kubernetes/clusters/{id}/node-pools');
    const first = collector.named('decision').find((span) => attribute(span, DECISION) === 'k3f9a-17');
    assert.equal(attribute(call, DECISION), 'k3f9a-17');
    assert.deepEqual([call?.parentSpanId, call?.traceId], [first?.spanId, first?.traceId]);
    assert.equal(call?.status.code, 2);
  });

  it('say of a call that is not answered what went wrong, and change nothing about it', async (context) => {
    const { collector, traces } = await collected(context);
    const lost = new TransportError('reply-lost', 'the connection broke');
    const send = traces.traced(() => Promise.reject(lost));
    await assert.rejects(send({ method: 'GET', path: POOLS, headers: {} }), lost);
    await traces.end();
    const [call] = collector.spans;
    assert.deepEqual(call?.status, { code: 2, message: 'the connection broke' });
    assert.equal(attribute(call, 'error.type'), 'TransportError');
  });

  it('have no passes of a replica that does not lead', async (context) => {
    const { collector, traces } = await collected(context);
    traces.passBegan();
    traces.passEnded({ kind: 'not-leading' });
    await traces.end();
    assert.deepEqual(collector.spans, []);
  });

  it('follow the standard variables: another path, headers, names', async (context) => {
    const collector = await Collector.start();
    context.after(() => collector.close());
    const { traces } = await tracing(context, {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.endpoint}/mine`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=shop',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'scaler',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    });
    assert.ok(traces !== undefined);
    await aPass(traces);
    await traces.end();
    assert.deepEqual([...new Set(collector.requests)], ['/mine application/json shop']);
    assert.equal(collector.resource.get('service.name'), 'scaler');
    assert.equal(collector.resource.get('deployment.environment'), 'test');
  });

  it('are off unless a variable says where they go, and where another says that they are', async (context) => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' },
      { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    ]) {
      const { traces, lines } = await tracing(context, env);
      assert.deepEqual([traces, lines], [undefined, []], JSON.stringify(env));
    }
    const { traces, lines } = await tracing(context, {
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    assert.equal(traces, undefined);
    assert.match(lines[0]?.message ?? '', /no traces: OTLP is spoken over HTTP as JSON alone/);
  });

  it('that nobody takes are told of once, and hold nobody up', async (context) => {
    const gone = await Collector.start();
    gone.close();
    const { traces, lines } = await tracing(context, {
      OTEL_EXPORTER_OTLP_ENDPOINT: gone.endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    assert.ok(traces !== undefined);
    await aPass(traces);
    const sinceMs = performance.now();
    await traces.end();
    assert.ok(performance.now() - sinceMs < 10_000);
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['traces cannot be sent'],
    );
  });
});
