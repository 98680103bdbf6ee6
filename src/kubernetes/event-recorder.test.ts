import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { TransportError } from '../runtime/http.ts';
import { silentLogger } from '../runtime/log.ts';
import { kubernetesClient } from './client.ts';
import { EventRecorder, type ObjectEvent } from './event-recorder.ts';
import { isRecord } from './json-reader.ts';
import { FakeTransport, jsonReply, statusReply, type Exchange, type Reply } from './testing/fake-transport.ts';

function recorder(answer: (exchange: Exchange) => Reply) {
  const clock = new VirtualClock();
  const transport = new FakeTransport(answer);
  const client = kubernetesClient({ transport: transport.send, clock });
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const events = new EventRecorder({ client, clock, logger, component: 'cluster-autoscaler' });
  return { clock, transport, events, warnings };
}

/** Of the Events that were created. */
function namesOf(exchanges: readonly Exchange[]): readonly string[] {
  return exchanges.flatMap(({ body }) =>
    isRecord(body) && isRecord(body['metadata']) ? [String(body['metadata']['name'])] : [],
  );
}

const scaledUp = (name: string): ObjectEvent => ({
  object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` },
  type: 'Normal',
  reason: 'TriggeredScaleUp',
  message: 'pod triggered scale-up',
});

test('a repeated event is one Event whose count grows, written at most every five minutes', async () => {
  const { events, clock, transport } = recorder(() => jsonReply({}, 201));
  for (let i = 0; i < 4; i++) events.record(scaledUp('a'));
  await events.idle();
  await clock.runFor(60_000);
  events.record(scaledUp('a'));
  await events.idle();
  assert.deepEqual(transport.asked, ['POST /api/v1/namespaces/shop/events']);
  await clock.runFor(240_000);
  events.record(scaledUp('a'));
  await events.idle();
  const [created, patched] = transport.exchanges;
  assert.ok(isRecord(created?.body) && isRecord(created.body['metadata']) && isRecord(patched?.body));
  assert.equal(created.body['count'], 4);
  assert.equal(patched.request.method, 'PATCH');
  assert.ok(patched.url.pathname.endsWith(`/events/${String(created.body['metadata']['name'])}`));
  assert.equal(patched.body['count'], 6);
});

test('a process that begins goes on with the Event of the last one, and counts on from there', async () => {
  const { events, clock, transport } = recorder(({ request }) =>
    request.method === 'PATCH' ? jsonReply({ count: 7 }) : statusReply(409, 'AlreadyExists'),
  );
  events.record(scaledUp('a'));
  await events.idle();
  await clock.runFor(300_000);
  events.record(scaledUp('a'));
  await events.idle();
  const [first] = namesOf(transport.exchanges);
  assert.deepEqual(transport.asked, [
    'POST /api/v1/namespaces/shop/events',
    ...Array.from({ length: 2 }, () => `PATCH /api/v1/namespaces/shop/events/${first}`),
  ]);
  const counts = transport.exchanges.map(({ body }) => isRecord(body) && body['count']);
  assert.deepEqual(counts, [1, undefined, 9]);
});

test('what is said in other words, of another object or of one made anew, is another Event', async () => {
  const { events, transport } = recorder(() => jsonReply({}, 201));
  const event = scaledUp('a');
  events.record(event);
  events.record({ ...event, message: 'pod triggered another scale-up' });
  events.record({ ...event, type: 'Warning' });
  events.record(scaledUp('b'));
  events.record({ ...event, object: { ...event.object, uid: 'the next one' } });
  await events.idle();
  assert.equal(new Set(namesOf(transport.exchanges)).size, 5);
});

test('an event whose creation was not answered is not counted twice when it turns out to be there', async () => {
  const answers = [new TransportError('reply-lost', 'reset'), statusReply(409, 'AlreadyExists')];
  const { events, transport } = recorder(() => answers.shift() ?? jsonReply({}));
  events.record(scaledUp('a'));
  await events.idle();
  assert.deepEqual(
    transport.asked,
    Array.from({ length: 2 }, () => 'POST /api/v1/namespaces/shop/events'),
  );
});

test('what happens in a namespace that is being deleted is told to nobody, and that is no failure', async () => {
  const { events, transport, warnings } = recorder(() =>
    statusReply(403, 'Forbidden', { details: { causes: [{ reason: 'NamespaceTerminating' }] } }),
  );
  events.record(scaledUp('a'));
  await events.idle();
  assert.deepEqual([transport.asked.length, warnings], [1, []]);
  transport.answer = () => statusReply(403, 'Forbidden');
  events.record(scaledUp('b'));
  await events.idle();
  assert.deepEqual([transport.asked.length, warnings], [3, ['cannot write an event']]);
});

test('an event on a node goes to the namespace default', async () => {
  const { events, transport } = recorder(() => jsonReply({}, 201));
  events.record({ ...scaledUp('n'), object: { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'n', uid: 'n' } });
  await events.idle();
  assert.deepEqual(transport.asked, ['POST /api/v1/namespaces/default/events']);
});

test('CS-36 a message that is too long is cut, and says so', async () => {
  for (const [length, end] of [
    [1024, 'x'],
    [1025, ' <truncated>'],
  ] as const) {
    const { events, transport } = recorder(() => jsonReply({}, 201));
    events.record({ ...scaledUp('a'), message: 'x'.repeat(length) });
    await events.idle();
    const body = transport.exchanges[0]?.body;
    assert.ok(isRecord(body) && typeof body['message'] === 'string');
    assert.equal(body['message'].length, 1024);
    assert.ok(body['message'].endsWith(end));
  }
});

test('an event that the server no longer has is made anew', async () => {
  const { events, clock, transport } = recorder(() => jsonReply({}, 201));
  events.record(scaledUp('a'));
  await events.idle();
  await clock.runFor(3_000_000);
  transport.answer = ({ request }) => (request.method === 'PATCH' ? statusReply(404, 'NotFound') : jsonReply({}, 201));
  events.record(scaledUp('a'));
  await events.idle();
  assert.deepEqual(
    transport.exchanges.map(({ request }) => request.method),
    ['POST', 'PATCH', 'POST'],
  );
});

test('what was last told of an hour ago begins anew: the server has forgotten it', async () => {
  const { events, clock, transport } = recorder(() => jsonReply({}, 201));
  events.record(scaledUp('a'));
  await events.idle();
  await clock.runFor(3_600_000);
  events.record(scaledUp('a'));
  await events.idle();
  const [first, second] = transport.exchanges.map(({ request, body }) => {
    assert.ok(request.method === 'POST' && isRecord(body));
    return { count: body['count'], firstTimestamp: body['firstTimestamp'] };
  });
  assert.notEqual(second?.firstTimestamp, first?.firstTimestamp);
  assert.equal(second?.count, 1);
});

test('a server that is away costs nothing but dropped events: the queue is bounded', async () => {
  const { events } = recorder(() => new TransportError('not-sent', 'refused'));
  for (let i = 0; i < 2500; i++) events.record(scaledUp(`p${i}`));
  assert.equal(events.dropped, 500);
  await events.idle();
});

test('different events about one object are bounded, and about another one begin anew', async () => {
  const { events, clock, transport } = recorder(() => jsonReply({}, 201));
  const told = (name: string, number: number): void =>
    events.record({ ...scaledUp(name), message: `the ${number}th reason` });
  for (let number = 0; number < 100; number++) told('a', number);
  await events.idle();
  assert.equal(transport.asked.length, 25);
  told('b', 0);
  await events.idle();
  assert.equal(transport.asked.length, 26);
  await clock.runFor(300_000);
  for (let number = 100; number < 110; number++) told('a', number);
  await events.idle();
  assert.equal(transport.asked.length, 27, 'one more after five minutes');
});

test('an event says which decision it comes of', async () => {
  const { events, transport } = recorder(() => jsonReply({}, 201));
  events.record({ ...scaledUp('a'), decision: 'k3f9a-17' });
  await events.idle();
  const body = transport.exchanges[0]?.body;
  assert.ok(isRecord(body) && isRecord(body['metadata']));
  assert.deepEqual(body['metadata']['annotations'], { 'vke-autoscaler.io/decision': 'k3f9a-17' });
});
