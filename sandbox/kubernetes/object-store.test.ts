import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { listAt, textAt, valueAt } from './json.ts';
import { ApiError } from './object.ts';
import type { KubeObject, StoreEvent } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { keyOf } from './object-table.ts';
import { podNamed, testServer } from './test-client.ts';

function refusal(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof ApiError && error.reason === reason;
}

function names(objects: readonly KubeObject[]): readonly string[] {
  return objects.map((object) => object.metadata.name);
}

function podsOfOneSeed(): string {
  const { store } = testServer({ seed: 7 });
  const pod = { ...podNamed(''), metadata: { generateName: 'web-', namespace: 'default' } };
  for (let count = 0; count < 5; count++) store.create('pods', pod);
  return JSON.stringify(store.list('pods'));
}

describe('the object store', () => {
  it('gives a new pod its metadata, defaults and a place in the order of names', () => {
    const { store } = testServer();
    store.create('pods', podNamed('b'));
    store.create('pods', podNamed('a'));
    store.create('pods', { ...podNamed('z'), metadata: { name: 'z', namespace: 'kube-system' } });
    assert.deepEqual(names(store.list('pods')), ['a', 'b', 'z']);
    assert.deepEqual(names(store.list('pods', 'default')), ['a', 'b']);
    const pod = store.get('pods', 'default', 'a');
    assert.match(pod.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(pod.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
    assert.equal(textAt(pod.status, 'phase'), 'Pending');
    assert.equal(textAt(pod.spec, 'schedulerName'), 'default-scheduler');
    assert.equal(pod.spec?.['priority'], 0);
  });

  it('keeps namespaces apart whose names begin alike', () => {
    const { store } = testServer();
    for (const namespace of ['a', 'a-b', 'a0']) {
      store.create('namespaces', { metadata: { name: namespace } });
      store.create('configmaps', { metadata: { name: `in-${namespace}`, namespace } });
    }
    assert.deepEqual(names(store.list('configmaps', 'a')), ['in-a']);
    assert.deepEqual(names(store.list('configmaps', 'a0')), ['in-a0']);
  });

  it('counts spec changes, and nothing else, in the generation', () => {
    const { store } = testServer();
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c' }] } };
    const spec = { selector: { matchLabels: { app: 'web' } }, template };
    const created = store.create('deployments', { metadata: { name: 'web', namespace: 'default' }, spec });
    const change = (fields: object): KubeObject =>
      store.update('deployments', 'default', 'web', (current) => ({ ...current, ...fields }));
    assert.equal(created.metadata.generation, 1);
    assert.equal(change({ status: { replicas: 1 } }).metadata.generation, 1);
    assert.equal(change({ spec: { ...created.spec, replicas: 3 } }).metadata.generation, 2);
    const before = store.revision;
    assert.equal(change({ spec: { ...created.spec, replicas: 3 } }).metadata.generation, 2);
    assert.equal(store.revision, before, 'an update that changes nothing is not a change');
  });

  it('lets a running pod end within its grace, and an unscheduled one go at once', () => {
    const { store, clock } = testServer();
    store.create('pods', podNamed('waiting'));
    store.create('pods', podNamed('running'));
    store.bind('default', 'running', 'node-1');
    store.delete('pods', 'default', 'waiting');
    assert.equal(store.find('pods', 'default', 'waiting'), undefined);
    store.delete('pods', 'default', 'running');
    const ending = store.get('pods', 'default', 'running');
    assert.equal(ending.metadata.deletionTimestamp, '2026-01-01T00:00:30Z');
    assert.equal(ending.metadata.deletionGracePeriodSeconds, 30);
    store.delete('pods', 'default', 'running', { graceSeconds: 60 });
    assert.equal(store.get('pods', 'default', 'running'), ending, 'a later end is not granted');
    store.delete('pods', 'default', 'running', { graceSeconds: 5 });
    assert.equal(store.get('pods', 'default', 'running').metadata.deletionTimestamp, '2026-01-01T00:00:05Z');
    store.delete('pods', 'default', 'running', { graceSeconds: 0 });
    assert.equal(store.find('pods', 'default', 'running'), undefined);
    assert.deepEqual(store.podsOnNode('node-1'), []);
    assert.equal(clock.now(), Date.parse('2026-01-01T00:00:00Z'));
  });

  it('defaults what the scheduler reads: requests from limits, ports, tolerations, priority', () => {
    const { store } = testServer();
    store.create('priorityclasses', { metadata: { name: 'urgent' }, value: 1000 });
    const container = { name: 'main', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } } };
    const spec = { hostNetwork: true, priorityClassName: 'urgent', containers: [container] };
    const pod = store.create('pods', { metadata: { name: 'a', namespace: 'default' }, spec });
    const [stored] = listAt(pod.spec, 'containers');
    assert.deepEqual(valueAt(stored, 'resources', 'requests'), { cpu: '1' });
    assert.deepEqual(listAt(stored, 'ports'), [{ protocol: 'TCP', hostPort: 80, containerPort: 80 }]);
    assert.equal(pod.spec?.['priority'], 1000);
    assert.equal(listAt(pod.spec, 'tolerations').length, 2);
    assert.equal(textAt(pod.status, 'qosClass'), 'Burstable');
  });

  it('forgets events an hour after they were last written', async () => {
    const { store, clock } = testServer();
    const add = (name: string): KubeObject => store.create('events', { metadata: { name, namespace: 'default' } });
    add('a');
    add('b');
    await clock.runFor(45 * 60_000);
    store.update('events', 'default', 'a', (event) => ({ ...event, count: 2 }));
    await clock.runFor(15 * 60_000);
    add('c');
    assert.deepEqual(names(store.list('events')), ['a', 'c']);
  });

  it('keeps an object with finalizers until the last of them is removed', () => {
    const { store } = testServer();
    store.create('configmaps', { metadata: { name: 'a', namespace: 'default', finalizers: ['x/y'] } });
    store.delete('configmaps', 'default', 'a');
    assert.notEqual(store.get('configmaps', 'default', 'a').metadata.deletionTimestamp, undefined);
    const events: string[] = [];
    store.watch('configmaps', (event) => events.push(event.type));
    store.update('configmaps', 'default', 'a', (current) => ({
      ...current,
      metadata: { ...current.metadata, finalizers: [] },
    }));
    assert.equal(store.find('configmaps', 'default', 'a'), undefined);
    assert.deepEqual(events, ['ADDED', 'DELETED']);
  });

  it('refuses what the real server refuses', () => {
    const { store } = testServer();
    store.create('pods', podNamed('a'));
    const inNowhere = { ...podNamed('b'), metadata: { name: 'b', namespace: 'nowhere' } };
    assert.throws(() => store.create('pods', podNamed('a')), refusal('AlreadyExists'));
    assert.throws(() => store.create('pods', inNowhere), refusal('NotFound'));
    assert.throws(() => store.create('pods', podNamed('Not_A_Name')), refusal('Invalid'));
    assert.throws(() => store.delete('pods', 'default', 'a', { uid: 'other' }), refusal('Conflict'));
    assert.throws(() => store.delete('namespaces', '', 'default'), refusal('Forbidden'));
    const unknownClass = { ...podNamed('c'), spec: { ...podNamed('c').spec, priorityClassName: 'urgent' } };
    assert.throws(() => store.create('pods', unknownClass), refusal('Forbidden'));
    store.bind('default', 'a', 'node-1');
    assert.throws(() => store.bind('default', 'a', 'node-2'), refusal('Conflict'));
  });

  it('takes a namespace down with what it holds', () => {
    const { store } = testServer();
    store.create('namespaces', { metadata: { name: 'team' } });
    store.create('configmaps', { metadata: { name: 'a', namespace: 'team' } });
    store.create('pods', { ...podNamed('p'), metadata: { name: 'p', namespace: 'team' } });
    store.bind('team', 'p', 'node-1');
    store.delete('namespaces', '', 'team');
    assert.equal(textAt(store.get('namespaces', '', 'team').status, 'phase'), 'Terminating');
    assert.throws(
      () => store.create('configmaps', { metadata: { name: 'b', namespace: 'team' } }),
      refusal('Forbidden'),
    );
    store.delete('pods', 'team', 'p', { graceSeconds: 0 });
    assert.equal(store.find('namespaces', '', 'team'), undefined);
  });

  it('tells listeners of changes in order, never one inside another', () => {
    const { store } = testServer();
    const heard: string[] = [];
    let depth = 0;
    const note = (who: string, event: StoreEvent): void => {
      depth += 1;
      assert.equal(depth, 1, 'nested delivery');
      heard.push(`${who} ${event.type} ${event.object.metadata.name}`);
      if (who === 'first' && event.object.metadata.name === 'a') {
        store.create('pods', podNamed('b'));
        // A listener that comes in between gets what exists, and none of it again.
        depth -= 1;
        store.watch('pods', (later) => heard.push(`late ${later.type} ${later.object.metadata.name}`));
        depth += 1;
      }
      depth -= 1;
    };
    store.watch('pods', (event) => note('first', event));
    const end = store.watch('pods', (event) => note('second', event));
    store.create('pods', podNamed('a'));
    end();
    store.create('pods', podNamed('c'));
    assert.deepEqual(heard, [
      'first ADDED a',
      'late ADDED a',
      'late ADDED b',
      'second ADDED a',
      'first ADDED b',
      'second ADDED b',
      'first ADDED c',
      'late ADDED c',
    ]);
  });

  it('gives the same objects for the same seed and the same calls', () => {
    assert.equal(podsOfOneSeed(), podsOfOneSeed());
  });
});

/** What a client may do to one of a few pods. */
type Step = { readonly kind: 'create' | 'label' | 'bind' | 'delete' | 'kill'; readonly pod: string };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>('create', 'label', 'bind', 'delete', 'kill'),
    pod: fc.constantFrom('a', 'b', 'c', 'd'),
  }),
  { maxLength: 40 },
);

function take(store: MemoryObjectStore, step: Step): void {
  const { kind, pod } = step;
  try {
    if (kind === 'create') store.create('pods', podNamed(pod));
    else if (kind === 'bind') store.bind('default', pod, `node-${store.revision % 3}`);
    else if (kind === 'delete') store.delete('pods', 'default', pod);
    else if (kind === 'kill') store.delete('pods', 'default', pod, { graceSeconds: 0 });
    else {
      const labels = { version: String(store.revision) };
      store.update('pods', 'default', pod, (old) => ({ ...old, metadata: { ...old.metadata, labels } }));
    }
  } catch (error) {
    // Refused steps are part of the game; anything else is a fault.
    if (!(error instanceof ApiError)) throw error;
  }
}

function replay(objects: readonly KubeObject[], events: readonly StoreEvent[]): readonly KubeObject[] {
  const state = new Map(objects.map((object) => [keyOf(object), object]));
  for (const { type, object } of events) {
    if (type === 'DELETED') state.delete(keyOf(object));
    else state.set(keyOf(object), object);
  }
  return [...state.values()].toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

describe('the history of the store', () => {
  it('rises strictly, and a watch from any revision replays a list at that revision into the present', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { store } = testServer();
        const lists: { readonly revision: number; readonly objects: readonly KubeObject[] }[] = [];
        const seen: number[] = [];
        store.follow('pods', store.revision, (change) => seen.push(change.revision));
        for (const step of plan) {
          lists.push({ revision: store.revision, objects: store.list('pods') });
          take(store, step);
        }
        assert.ok(seen.every((revision, index) => index === 0 || revision > (seen[index - 1] ?? 0)));
        for (const { revision, objects } of lists) {
          assert.deepEqual(store.listAt('pods', revision), objects);
          const events: StoreEvent[] = [];
          store.follow('pods', revision, (change) => events.push(change))();
          assert.deepEqual(replay(objects, events), store.list('pods'));
        }
        const onNodes = ['node-0', 'node-1', 'node-2'].flatMap((node) => store.podsOnNode(node));
        const bound = store.list('pods').filter((pod) => textAt(pod.spec, 'nodeName') !== '');
        assert.deepEqual(new Set(onNodes), new Set(bound));
      }),
      { numRuns: 100 },
    );
  });

  it('is forgotten beyond its bound or at a compaction, and says so', () => {
    const { store } = testServer({ historyLimit: 3 });
    const start = store.revision;
    for (const name of ['a', 'b', 'c']) store.create('pods', podNamed(name));
    assert.equal(store.listAt('pods', start).length, 0);
    store.create('pods', podNamed('d'));
    assert.throws(() => store.listAt('pods', start), refusal('Expired'));
    assert.deepEqual(names(store.listAt('pods', start + 1)), ['a']);
    store.compact();
    assert.throws(() => store.follow('pods', start + 1, () => undefined), refusal('Expired'));
    assert.equal(store.listAt('pods', store.revision).length, 4);
  });
});
