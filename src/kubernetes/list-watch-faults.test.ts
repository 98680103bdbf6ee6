import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpResponse, TransportError } from '../runtime/http.ts';
import { OpenReply, statusReply } from './testing/fake-transport.ts';
import { page, pod, World } from './testing/list-watch-world.ts';

const forbidden = (): HttpResponse => statusReply(403, 'Forbidden');

test('a missing right is reported with its name, and tried again until it is granted', async () => {
  const world = new World();
  const refusal = statusReply(403, 'Forbidden', { message: 'pods is forbidden: User "ca" cannot list' });
  await world.start(refusal);
  const [failed] = world.health;
  assert.ok(failed?.kind === 'failed' && failed.error.kind === 'forbidden');
  assert.equal(failed.error.missingRight, 'list pods');
  assert.match(failed.error.message, /User "ca" cannot list.*grant the right "list pods"/);
  assert.equal(world.listWatch.listedOnce, false);
  world.lists = [page('10', [])];
  await world.clock.runFor(31_000);
  assert.equal(world.listWatch.listedOnce, true);
  await world.end();
});

test('an API server that is back refuses at first and knows old versions no more: its objects are listed anew within seconds', async () => {
  const world = new World({ optional: true });
  await world.start(page('10', [pod('a', '5')]));
  const away = new TransportError('not-sent', 'refused', { code: 'ECONNREFUSED' });
  world.watchRefusals = [...Array.from({ length: 8 }, () => away), forbidden(), statusReply(410, 'Expired')];
  world.watch.end();
  while (world.watchRefusals.length > 2) await world.clock.runFor(1000);
  world.lists = [page('20', [pod('a', '5'), pod('b', '15')])];
  world.take();
  // The last wait of at most 30 s that it earned while it was away, and the first two of the new one.
  await world.clock.runFor(30_000 + 5000);
  assert.deepEqual(world.take(), ['+shop/a@uid-a', '+shop/b@uid-b']);
  assert.equal(world.listWatch.health.kind, 'synced');
  await world.end();
});

test('a refused optional kind is believed to be missing only after several refusals in a row', async () => {
  const world = new World({ optional: true });
  await world.start(forbidden(), forbidden(), forbidden());
  await world.clock.runFor(10_000);
  assert.deepEqual(
    world.health.map((health) => health.kind === 'failed' && health.retryInMs >= 600_000),
    [false, false, true],
  );
  await world.listWatch.stop();
});

test('while the API server is away it is asked ever more rarely, at most every 30 s', async () => {
  const world = new World();
  world.transport.answer = () => new TransportError('not-sent', 'refused', { code: 'ECONNREFUSED' });
  void world.listWatch.start();
  await world.clock.runFor(60_000);
  const inFirstMinute = world.transport.exchanges.length;
  await world.clock.runFor(600_000);
  const later = world.transport.exchanges.length - inFirstMinute;
  assert.ok(inFirstMinute >= 5 && inFirstMinute <= 15, `${inFirstMinute} in the first minute`);
  assert.ok(later >= 20 && later <= 40, `${later} in ten minutes`);
  await world.end();
});

test('a server that ends each watch at once is not asked in a tight loop', async () => {
  const world = new World();
  await world.start(page('10', []));
  world.transport.answer = ({ request }) => {
    const reply = new OpenReply('application/json', request.signal);
    reply.end();
    return reply.response;
  };
  world.watch.end();
  const before = world.transport.exchanges.length;
  await world.clock.runFor(60_000);
  assert.ok(world.transport.exchanges.length - before <= 15);
  await world.end();
});

test('a connection that has died silently is given up: after the hold time, or sooner where bookmarks are sent', async () => {
  const world = new World();
  await world.start(page('10', []));
  await world.clock.runFor(299_000);
  assert.equal(world.watches.length, 1);
  await world.clock.runFor(400_000);
  assert.equal(world.watches.length, 2);
  world.watch.event('BOOKMARK', { metadata: { resourceVersion: '20' } });
  await world.clock.runFor(215_000);
  assert.deepEqual(world.resumedFrom, ['10', '10', '20']);
  await world.end();
});

test('a malformed object is skipped by name, once warned of, and what was known of it stands', async () => {
  const world = new World();
  await world.start(page('10', [pod('bad', '1'), pod('good', '2')]));
  world.take();
  const bad = { ...pod('bad', '11'), spec: { containers: 'none' } };
  world.watch.event('MODIFIED', bad);
  world.watch.event('MODIFIED', bad);
  world.watch.push('{"type":"ADDED","object"\n');
  world.watch.event('ADDED', pod('c', '12'));
  world.watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  world.lists = [page('20', [bad, pod('good', '2'), pod('c', '12')])];
  await world.clock.runFor(31_000);
  assert.deepEqual(world.take(), ['+shop/c@uid-c', '+shop/good@uid-good', '+shop/c@uid-c']);
  assert.equal(world.warnings.length, 2);
  assert.match(world.warnings[0] ?? '', /malformed object.*spec\.containers: not a list.*shop\/bad/);
  assert.match(world.warnings[1] ?? '', /unreadable watch event/);
  await world.end();
});
