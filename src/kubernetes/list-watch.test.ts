import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMessage } from './testing/encode-objects.ts';
import { OpenReply, statusReply } from './testing/fake-transport.ts';
import { page, pod, World } from './testing/list-watch-world.ts';
import { PROTOBUF_TYPE } from './protobuf-envelope.ts';
import { envelope, podPage, ProtobufWriter } from './testing/protobuf-writer.ts';

test('a list in pages is told in full, then the watch begins where it ended', async () => {
  const world = new World();
  await world.start(page('10', [pod('a', '1')], 'more of it'), page('10', [pod('b', '2')]));
  assert.deepEqual(world.take(), ['+shop/a@uid-a', '+shop/b@uid-b']);
  assert.equal(world.transport.exchanges[1]?.url.searchParams.get('continue'), 'more of it');
  assert.equal(world.transport.exchanges[0]?.url.searchParams.get('limit'), '5000');
  const watch = world.watches[0]?.url.searchParams;
  assert.equal(watch?.get('resourceVersion'), '10');
  assert.equal(watch.get('allowWatchBookmarks'), 'true');
  const seconds = Number(watch.get('timeoutSeconds'));
  assert.ok(seconds >= 300 && seconds <= 600);
  assert.deepEqual(world.health, [{ kind: 'synced' }]);
  await world.end();
});

test('changes and deletions are told as they come', async () => {
  const world = new World();
  await world.start(page('10', [pod('a', '1')]));
  world.take();
  world.watch.event('ADDED', pod('b', '11'));
  world.watch.event('DELETED', pod('a', '12'));
  await world.clock.settle();
  assert.deepEqual(world.take(), ['+shop/b@uid-b', '-shop/a@uid-a']);
  await world.end();
});

test('a watch that ends or breaks is resumed from the last version heard, bookmarks included', async () => {
  const world = new World();
  await world.start(page('10', []));
  world.watch.event('ADDED', pod('a', '11'));
  world.watch.end();
  await world.clock.settle();
  world.watch.event('BOOKMARK', { metadata: { resourceVersion: '20' } });
  world.watch.fail();
  await world.clock.runFor(31_000);
  assert.deepEqual(world.resumedFrom, ['10', '11', '20']);
  assert.deepEqual(
    world.health.map((health) => health.kind),
    ['synced', 'lagging', 'synced'],
  );
  await world.end();
});

for (const [what, tooOld] of [
  ['an ERROR event', (world: World) => world.watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })],
  [
    'the reply to a resumed watch',
    (world: World) => {
      world.watchRefusals.push(statusReply(410, 'Gone'));
      world.watch.fail();
    },
  ],
] as const) {
  test(`410 Gone in ${what} leads to a new list, told as a difference`, async () => {
    const world = new World();
    await world.start(page('10', [pod('gone', '1'), pod('remade', '2', 'old'), pod('same', '3')]));
    world.take();
    tooOld(world);
    world.lists = [page('50', [pod('remade', '40', 'new'), pod('same', '3'), pod('new', '41')])];
    await world.clock.runFor(31_000);
    assert.deepEqual(world.take(), [
      '-shop/remade@old',
      '+shop/remade@new',
      '+shop/same@uid-same',
      '+shop/new@uid-new',
      '-shop/gone@uid-gone',
    ]);
    assert.equal(world.resumedFrom.at(-1), '50');
    await world.end();
  });
}

test('410 in the middle of a list starts a new one, and only a complete list makes things vanish', async () => {
  const world = new World();
  await world.start(page('10', [pod('a', '1')]));
  world.watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  world.lists = [page('20', [pod('b', '2')], 'next'), statusReply(410, 'Expired')];
  world.lists.push(page('30', [pod('b', '2'), pod('c', '3')]));
  await world.clock.runFor(62_000);
  assert.deepEqual(world.take(), ['+shop/a@uid-a', '+shop/b@uid-b', '+shop/b@uid-b', '+shop/c@uid-c', '-shop/a@uid-a']);
  await world.end();
});

test('a page that breaks off starts a new list: what it told stands, and nothing vanishes before a list is complete', async () => {
  const world = new World();
  await world.start(page('10', [pod('a', '1'), pod('gone', '1')]));
  world.take();
  const encoded = ['a', 'b'].map((name) => encodeMessage('Pod', { ...pod(name, '20') }));
  const broken = new OpenReply(PROTOBUF_TYPE, undefined);
  world.lists = [broken.response, page('30', [pod('a', '20'), pod('c', '25')])];
  world.watch.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  await world.clock.runFor(2_000);
  broken.push(podPage('20', encoded).subarray(0, -20));
  await world.clock.settle();
  assert.deepEqual(world.take(), ['+shop/a@uid-a']);
  broken.fail();
  await world.clock.runFor(31_000);
  assert.deepEqual(world.take(), ['+shop/a@uid-a', '+shop/c@uid-c', '-shop/gone@uid-gone']);
  assert.equal(world.resumedFrom.at(-1), '30');
  await world.end();
});

test('frames arrive whole however the network cuts them, in both formats', async () => {
  const lines = `${['größe', 'b', 'c'].map((name, i) => JSON.stringify({ type: 'ADDED', object: pod(name, `${i + 11}`) })).join('\n')}\n`;
  const frames = Buffer.concat(
    ['größe', 'b', 'c'].map((name, i) => {
      const raw = envelope('v1', 'Pod', encodeMessage('Pod', { ...pod(name, `${i + 11}`) }));
      const frame = new ProtobufWriter()
        .text(1, 'ADDED')
        .message(2, (object) => object.bytes(1, raw))
        .finish();
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length);
      return Buffer.concat([length, frame]);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(fc.nat(), { maxLength: 8 }), async (asProtobuf, cuts) => {
      const bytes = asProtobuf ? frames : Buffer.from(lines);
      const world = new World();
      if (asProtobuf) world.contentType = 'application/vnd.kubernetes.protobuf;stream=watch';
      await world.start(page('10', []));
      let from = 0;
      for (const cut of [...cuts.map((at) => at % bytes.length), bytes.length].toSorted((a, b) => a - b)) {
        world.watch.push(bytes.subarray(from, cut));
        from = cut;
      }
      await world.clock.settle();
      assert.deepEqual(world.take(), ['+shop/größe@uid-größe', '+shop/b@uid-b', '+shop/c@uid-c']);
      await world.end();
    }),
    { numRuns: 60 },
  );
});

test('a protobuf frame of impossible length cuts the watch, which is resumed', async () => {
  const world = new World();
  world.contentType = 'application/vnd.kubernetes.protobuf;stream=watch';
  await world.start(page('10', []));
  world.watch.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]));
  await world.clock.runFor(31_000);
  assert.deepEqual(world.resumedFrom, ['10', '10']);
  assert.equal(world.watches[0]?.reply.closed, true);
  await world.end();
});

test('stop ends a list, a watch and a wait promptly', async () => {
  const listing = new World();
  listing.transport.answer = () => new Promise(() => undefined);
  void listing.listWatch.start();
  await listing.clock.settle();
  await listing.end();
  const watching = new World();
  await watching.start(page('10', []));
  await watching.end();
  const waiting = new World();
  await waiting.start(statusReply(500, 'InternalError'));
  await waiting.end();
});

test('whatever breaks, what was told always adds up to what exists in the end', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), name: fc.constantFrom('a', 'b', 'c'), remade: fc.boolean() }),
    fc.record({ kind: fc.constant('delete' as const), name: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ kind: fc.constantFrom('cut' as const, 'expire' as const, 'pass' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = new World();
      const store = new Map<string, { uid: string; version: number }>();
      const history: { version: number; type: string; object: object }[] = [];
      let version = 10;
      let oldest = 10;
      world.transport.answer = ({ request, url }) => {
        if (!url.searchParams.has('watch')) {
          return page(
            `${version}`,
            [...store].map(([name, entry]) => pod(name, `${entry.version}`, entry.uid)),
          );
        }
        const from = Number(url.searchParams.get('resourceVersion'));
        if (from < oldest) return statusReply(410, 'Expired');
        const reply = new OpenReply('application/json', request.signal);
        world.watches.push({ reply, url });
        for (const event of history.filter((past) => past.version > from)) reply.event(event.type, event.object);
        return reply.response;
      };
      const happen = (type: string, object: object): void => {
        history.push({ version, type, object });
        const open = world.watches.at(-1);
        if (open !== undefined && !open.reply.closed) open.reply.event(type, object);
      };
      void world.listWatch.start();
      await world.clock.settle();
      for (const [index, each] of steps.entries()) {
        version += 1;
        if (each.kind === 'set') {
          const before = store.get(each.name);
          if (before !== undefined && each.remade) {
            happen('DELETED', pod(each.name, `${version}`, before.uid));
            version += 1;
          }
          const uid = before === undefined || each.remade ? `uid-${index}` : before.uid;
          store.set(each.name, { uid, version });
          happen('MODIFIED', pod(each.name, `${version}`, uid));
        } else if (each.kind === 'delete') {
          const before = store.get(each.name);
          if (before === undefined) continue;
          store.delete(each.name);
          happen('DELETED', pod(each.name, `${version}`, before.uid));
        } else if (each.kind === 'cut') world.watches.at(-1)?.reply.fail();
        else if (each.kind === 'expire') {
          oldest = version;
          world.watches.at(-1)?.reply.fail();
        } else await world.clock.runFor(2_000);
      }
      await world.clock.runFor(62_000);
      const picture = new Map<string, string>();
      for (const event of world.take()) {
        const [key = '', uid = ''] = event.slice(1).split('@');
        if (event.startsWith('+')) {
          assert.ok((picture.get(key) ?? uid) === uid, `${key} became another without going first`);
          picture.set(key, uid);
        } else assert.ok(picture.get(key) === uid && picture.delete(key), `${event} was not known`);
      }
      assert.deepEqual(picture, new Map([...store].map(([name, entry]) => [`shop/${name}`, entry.uid] as const)));
      world.lists = [];
      await world.end();
    }),
    { numRuns: 60 },
  );
});
