import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransportError } from '../runtime/http.ts';
import { OpenReply, statusReply } from './testing/fake-transport.ts';
import { page, pod, World } from './testing/list-watch-world.ts';

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
