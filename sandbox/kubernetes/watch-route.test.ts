import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { numberAt, textAt, valueAt } from './json.ts';
import { podNamed, testServer } from './test-client.ts';
import type { TestServer, WatchedEvent } from './test-client.ts';

const PODS = '/api/v1/namespaces/default/pods';

function shown(events: readonly WatchedEvent[]): readonly string[] {
  return events.map((event) => `${event.type} ${textAt(event.object, 'metadata', 'name')}`);
}

function relabel({ store }: TestServer, name: string, labels: Record<string, string>): void {
  store.update('pods', 'default', name, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels } }));
}

describe('a watch', () => {
  it('goes on from a list without a gap', async () => {
    const server = testServer();
    const { store } = server;
    store.create('pods', podNamed('a'));
    const { body: list } = await server.ask(`GET ${PODS}`);
    store.create('pods', podNamed('b'));
    const watch = await server.watch(`${PODS}?watch=1&resourceVersion=${textAt(list, 'metadata', 'resourceVersion')}`);
    store.delete('pods', 'default', 'a');
    store.create('pods', { ...podNamed('x'), metadata: { name: 'x', namespace: 'kube-system' } });
    relabel(server, 'b', { app: 'web' });
    const events = await watch.take(3);
    assert.deepEqual(shown(events), ['ADDED b', 'DELETED a', 'MODIFIED b']);
    const versions = events.map((event) => Number(textAt(event.object, 'metadata', 'resourceVersion')));
    assert.deepEqual(
      versions,
      versions.toSorted((left, right) => left - right),
    );
  });

  it('without a version begins with everything there is', async () => {
    const { store, watch } = testServer();
    store.create('pods', podNamed('b'));
    store.create('pods', podNamed('a'));
    const open = await watch(`${PODS}?watch=true`);
    store.create('pods', podNamed('c'));
    assert.deepEqual(shown(await open.take(3)), ['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('can stream the list, and marks its end', async () => {
    const { store, watch, ask } = testServer();
    store.create('pods', podNamed('a'));
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const open = await watch(`${PODS}?${query}`);
    const [added, bookmark] = await open.take(2);
    assert.equal(added?.type, 'ADDED');
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.equal(valueAt(bookmark.object, 'metadata', 'annotations', 'k8s.io/initial-events-end'), 'true');
    assert.equal(textAt(bookmark.object, 'metadata', 'resourceVersion'), String(store.revision));
    assert.equal(textAt(bookmark.object, 'kind'), 'Pod');
    // Without the match, the real server refuses it.
    const refused = await ask(`GET ${PODS}?watch=1&sendInitialEvents=true&timeoutSeconds=1`);
    assert.equal(textAt(refused.body, 'type'), 'ERROR');
  });

  it('shows objects that come to match as added, and that cease to match as deleted', async () => {
    const server = testServer();
    server.store.create('pods', podNamed('a', { app: 'web' }));
    const from = server.store.revision;
    const watch = await server.watch(`${PODS}?watch=1&labelSelector=app%3Dweb&resourceVersion=${from}`);
    relabel(server, 'a', { app: 'db' });
    relabel(server, 'a', { app: 'db', more: '1' });
    relabel(server, 'a', { app: 'web' });
    server.store.bind('default', 'a', 'node-1');
    server.store.delete('pods', 'default', 'a', { graceSeconds: 0 });
    const events = await watch.take(4);
    assert.deepEqual(shown(events), ['DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a']);
    assert.equal(textAt(events[0]?.object, 'metadata', 'labels', 'app'), 'web', 'shown as it last matched');
    assert.equal(textAt(events[0]?.object, 'metadata', 'resourceVersion'), String(from + 1));
  });

  it('from too long ago is told so in the stream', async () => {
    const { store, watch } = testServer();
    store.create('pods', podNamed('a'));
    const from = store.revision;
    store.create('pods', podNamed('b'));
    store.compact();
    const open = await watch(`${PODS}?watch=1&resourceVersion=${from}`);
    const [error] = await open.take(1);
    assert.equal(error?.type, 'ERROR');
    assert.equal(numberAt(error.object, 'code'), 410);
    assert.equal(textAt(error.object, 'reason'), 'Expired');
    assert.equal(await open.next(), undefined);
  });

  it('gets bookmarks that it can resume from, though nothing of its own happens', async () => {
    const { clock, store, watch, api } = testServer({ bookmarkIntervalMs: 10_000 });
    const open = await watch(`/apis/batch/v1/jobs?watch=1&allowWatchBookmarks=true&resourceVersion=${store.revision}`);
    store.create('pods', podNamed('a'));
    await clock.runFor(10_000);
    const [bookmark] = await open.take(1);
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.equal(textAt(bookmark.object, 'metadata', 'resourceVersion'), String(store.revision));
    open.abort();
    assert.equal(api.openWatches, 0);
    assert.equal(clock.pendingTimers, 0, 'an ended watch leaves no timer behind');
  });

  it("ends at its timeout, at the client's going, and when the server ends it", async () => {
    const { clock, watch, api } = testServer();
    const timed = await watch(`${PODS}?watch=1&timeoutSeconds=30`);
    const aborted = await watch(`${PODS}?watch=1`);
    const ended = await watch('/api/v1/nodes?watch=1');
    assert.equal(api.openWatches, 3);
    aborted.abort();
    assert.equal(await aborted.next(), undefined);
    assert.equal(api.endWatches('nodes'), 1);
    assert.equal(await ended.next(), undefined);
    await clock.runFor(30_000);
    assert.equal(await timed.next(), undefined);
    assert.equal(api.openWatches, 0);
    assert.equal(clock.pendingTimers, 0);
  });

  it('of a reader that does not read is closed, and can be resumed from far behind', async () => {
    const { store, watch, api } = testServer({ watchBacklog: 10 });
    const from = store.revision;
    const open = await watch(`${PODS}?watch=1`);
    for (let index = 0; index < 11; index++) store.create('pods', podNamed(`pod-${index}`));
    assert.equal(api.openWatches, 0);
    assert.equal(await open.next(), undefined);
    for (const start of [`resourceVersion=${from}`, 'resourceVersion=0']) {
      const resumed = await watch(`${PODS}?watch=1&${start}`);
      assert.equal((await resumed.take(11)).length, 11, start);
      resumed.abort();
    }
  });

  it('prints rows for kubectl, with the headings once', async () => {
    const { api, store } = testServer();
    store.create('pods', podNamed('a'));
    store.create('pods', podNamed('b'));
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const response = await api.handle({ method: 'GET', path: `${PODS}?watch=1`, headers });
    for await (const chunk of response.body) {
      const tables = new TextDecoder()
        .decode(chunk)
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      assert.deepEqual(
        tables.map((table) => valueAt(table, 'object', 'columnDefinitions') !== undefined),
        [true, false],
      );
      break;
    }
    assert.equal(api.openWatches, 0, 'leaving the loop ends the watch');
  });

  it('with a selector always leads to what a list with that selector shows', async () => {
    const step = fc.record({
      pod: fc.constantFrom('a', 'b', 'c'),
      what: fc.constantFrom('create', 'web', 'db', 'kill'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(30), async (steps, startAt) => {
        const server = testServer();
        const { store } = server;
        const selected = `${PODS}?labelSelector=app%3Dweb`;
        const known = new Set<string>();
        let resourceVersion = '0';
        for (const [index, { pod, what }] of [...steps, ...steps].entries()) {
          if (index === startAt || (index === 0 && startAt >= 2 * steps.length)) {
            const { body } = await server.ask(`GET ${selected}`);
            resourceVersion = textAt(body, 'metadata', 'resourceVersion');
            for (const item of store.list('pods'))
              if (item.metadata.labels?.['app'] === 'web') known.add(item.metadata.name);
          }
          const exists = store.find('pods', 'default', pod) !== undefined;
          if (what === 'create' && !exists) store.create('pods', podNamed(pod, { app: 'web' }));
          else if (what === 'kill' && exists) store.delete('pods', 'default', pod, { graceSeconds: 0 });
          else if (exists) relabel(server, pod, { app: what });
        }
        const watch = await server.watch(`${selected}&watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`);
        await server.clock.runFor(1000);
        for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
          const name = textAt(event.object, 'metadata', 'name');
          if (event.type === 'DELETED') assert.ok(known.delete(name));
          else known.add(name);
        }
        const { body } = await server.ask(`GET ${selected}`);
        assert.deepEqual(
          [...known].toSorted((left, right) => (left < right ? -1 : 1)),
          namesIn(body),
        );
      }),
      { numRuns: 40 },
    );
  });
});

function namesIn(list: unknown): readonly string[] {
  const items = valueAt(list, 'items');
  return Array.isArray(items) ? items.map((item: unknown) => textAt(item, 'metadata', 'name')) : [];
}
