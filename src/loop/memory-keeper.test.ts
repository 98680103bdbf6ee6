/** The keeper against an API server with versions and conflicts; see sandbox/kubernetes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Faults } from '../../sandbox/faults.ts';
import { testServer } from '../../sandbox/kubernetes/test-client.ts';
import { textAt } from '../../sandbox/kubernetes/json.ts';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import { kubernetesClient } from '../kubernetes/client.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { HttpTransport } from '../runtime/http.ts';
import { seededRandom } from '../runtime/random.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../scale-down/memory.ts';
import { leaderOnly } from './leader-only.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CONFIG_MAP = { namespace: 'kube-system', name: 'vke-autoscaler-state' };
const CONFIG_MAPS = /configmaps/;

/** So many nodes of `web` are asked for: not to be forgotten. */
function asked(nodes: number): Memory {
  const scaleUpRequests = { web: { increase: nodes, sinceMs: 1, untilMs: 1000 + nodes } };
  return { ...FIRST_MEMORY, nodeGroups: { ...EMPTY_MEMORY, scaleUpRequests } };
}

/** The node is unneeded: may be kept later. */
function unneeded(...names: readonly string[]): Memory {
  const since = new Map(names.map((name) => [name, { uid: `uid-${name}`, sinceMs: 1 }]));
  return { ...FIRST_MEMORY, scaleDown: { ...EMPTY_SCALE_DOWN_MEMORY, unneeded: since } };
}

function world() {
  const server = testServer();
  const { clock, store } = server;
  const faults = new Faults(clock, seededRandom(1));
  const sent: string[] = [];
  const logged: string[] = [];
  return {
    clock,
    store,
    faults,
    logged,
    isLeader: true,
    keepers: 0,
    keeper(dryRun = false): MemoryKeeper {
      const faulty = faults.wrap((request) => server.api.handle(request));
      const transport: HttpTransport = (request) => {
        sent.push(request.method);
        return faulty(request);
      };
      const isLeader = (): boolean => this.isLeader;
      return new MemoryKeeper({
        reader: kubernetesClient({ transport, clock }),
        writer: kubernetesClient({ transport: leaderOnly(transport, isLeader), clock }),
        configMap: CONFIG_MAP,
        identity: `process-${(this.keepers += 1)}`,
        clock,
        logger: recordingLogger(({ level, message }) => logged.push(`${level}: ${message}`)),
        isLeader,
        dryRun,
      });
    },
    /** The methods of the requests so far. */
    sent: (): string => sent.join(' '),
    /** What is kept of that name. */
    kept(part: string): string {
      return textAt(store.find('configmaps', CONFIG_MAP.namespace, CONFIG_MAP.name), 'data', part);
    },
    /** Somebody else writes. */
    edit(data: Readonly<Record<string, string>>): void {
      store.update('configmaps', CONFIG_MAP.namespace, CONFIG_MAP.name, (object) => ({ ...object, data }));
    },
    remove: () => store.delete('configmaps', CONFIG_MAP.namespace, CONFIG_MAP.name),
    async settle(): Promise<void> {
      await clock.runFor(100);
    },
  };
}

describe('the keeper', () => {
  it('hands over what it kept to the next one', async () => {
    const cluster = world();
    const { clock } = cluster;
    const first = cluster.keeper();
    const begun = first.read();
    await cluster.settle();
    assert.deepEqual(await begun, { kind: 'nothing' });
    first.note(asked(3));
    await cluster.settle();
    const reading = cluster.keeper().read();
    await cluster.settle();
    const found = await reading;
    assert.ok(found.kind === 'kept');
    assert.deepEqual(found.kept.memory, asked(3));
    assert.equal(clock.now() - found.kept.aliveAtMs, 200);
  });

  it('keeps requests at once, timers every ten seconds, and a sign of life every minute while timers run', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    keeper.note(unneeded('a'));
    keeper.note(unneeded('a', 'b'));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST');
    keeper.note({ ...unneeded('a', 'b'), nodeGroups: asked(1).nodeGroups });
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT');
    for (let second = 0; second < 60; second++) {
      keeper.note(second < 5 ? unneeded('a') : { ...unneeded('c'), nodeGroups: asked(1).nodeGroups });
      await cluster.clock.runFor(SECOND);
    }
    assert.match(cluster.kept('unneeded'), /"c"/);
    const before = cluster.sent();
    for (let second = 0; second < 180; second++) {
      keeper.note({ ...unneeded('c'), nodeGroups: asked(1).nodeGroups });
      await cluster.clock.runFor(SECOND);
    }
    assert.equal(cluster.sent().slice(before.length).trim(), 'PUT PUT PUT');
  });

  it('writes nothing while there is nothing to keep, and nothing in a dry run', async () => {
    const cluster = world();
    const [keeper, dry] = [cluster.keeper(), cluster.keeper(true)];
    for (const one of [keeper, dry]) {
      const read = one.read();
      await cluster.settle();
      await read;
    }
    keeper.note(FIRST_MEMORY);
    dry.note(asked(3));
    await dry.keepNow(asked(3));
    await cluster.clock.runFor(MINUTE);
    assert.equal(cluster.sent(), 'GET GET');
  });

  it('clears away what another left behind, also when it has nothing to put in its place', async () => {
    const cluster = world();
    cluster.keeper().note(unneeded('a'));
    await cluster.settle();
    const next = cluster.keeper();
    const read = next.read();
    await cluster.settle();
    await read;
    next.note(FIRST_MEMORY);
    await cluster.settle();
    assert.equal(cluster.kept('unneeded'), '');
  });

  it('keeps what it knows when it comes back to lead and nobody else has written', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    keeper.note(asked(3));
    await cluster.settle();
    const back = keeper.read();
    await cluster.settle();
    assert.deepEqual(await back, { kind: 'nothing' });
    cluster.faults.add({ name: 'lost', methods: ['PUT'], times: 1, effect: { kind: 'hang', delivered: true } });
    keeper.note(asked(4));
    await cluster.settle();
    const again = keeper.read();
    await cluster.settle();
    assert.deepEqual(await again, { kind: 'nothing' }, 'nor where it does not know that it has');
    cluster.keeper().note(asked(5));
    await cluster.settle();
    const after = keeper.read();
    await cluster.settle();
    assert.equal((await after).kind, 'kept');
  });
});

describe('a write of it', () => {
  it('over what somebody edited is made once more, on the version that is there', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    keeper.note(asked(1));
    await cluster.settle();
    cluster.edit({ version: 'mine' });
    keeper.note(asked(2));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT GET PUT');
    assert.match(cluster.kept('resizes'), /"increase":2/);
    assert.deepEqual(cluster.logged, []);
  });

  it('that finds another leader’s stops there', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    keeper.note(asked(1));
    await cluster.settle();
    cluster.edit({ version: 'the new leader’s' });
    cluster.faults.add({
      name: 'the lease is lost meanwhile',
      methods: ['GET'],
      effect: () => {
        cluster.isLeader = false;
        return { kind: 'delay', ms: 0 };
      },
    });
    keeper.note(asked(2));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT GET');
    assert.equal(cluster.kept('version'), 'the new leader’s');
    keeper.note(asked(3));
    await keeper.keepNow(asked(3));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT GET', 'and writes nothing any more');
  });

  it('whose reply was lost is looked for, and not repeated when it is there', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    cluster.faults.add({ name: 'lost', methods: ['POST'], times: 1, effect: { kind: 'lose-reply' } });
    keeper.note(asked(1));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST GET');
    keeper.note(asked(2));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST GET PUT', 'on the version that was found');
    assert.match(cluster.kept('resizes'), /"increase":2/);
  });

  it('that was lost itself is made again', async () => {
    const cluster = world();
    cluster.faults.add({ name: 'lost', methods: ['POST'], times: 1, effect: { kind: 'lose-request' } });
    cluster.keeper().note(asked(1));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST GET POST');
    assert.match(cluster.kept('resizes'), /"increase":1/);
  });

  it('of a ConfigMap that was deleted makes it anew', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    keeper.note(asked(1));
    await cluster.settle();
    cluster.remove();
    keeper.note(asked(2));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT GET POST');
  });

  it('waits for the one before, and only the newest of those that wait is sent', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    cluster.faults.add({ name: 'slow', path: CONFIG_MAPS, times: 1, effect: { kind: 'delay', ms: 50 } });
    keeper.note(asked(1));
    await cluster.clock.runFor(10);
    for (const nodes of [2, 3, 4]) keeper.note(asked(nodes));
    assert.equal(cluster.sent(), 'POST');
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST PUT');
    assert.match(cluster.kept('resizes'), /"increase":4/);
  });

  it('that fails is told once, made again after a while, and told when it works again', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    const mend = cluster.faults.add({ name: 'down', effect: { kind: 'respond', status: 500 } });
    for (let second = 0; second < 60; second++) {
      keeper.note(asked(1));
      await cluster.clock.runFor(SECOND);
    }
    assert.deepEqual(cluster.logged, ['warn: the state cannot be kept: a restart would forget timers and backoffs']);
    assert.equal(cluster.sent().split(' ').length, 6, 'every ten seconds');
    mend();
    keeper.note(asked(1));
    await cluster.settle();
    assert.equal(cluster.logged[1], 'info: the state is kept again');
    assert.match(cluster.kept('resizes'), /"increase":1/);
  });

  it('of more than fits leaves out what matters least, and says so once', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    const many = unneeded(...Array.from({ length: 20_000 }, (_, index) => `node-${index}`));
    const memory = { ...many, nodeGroups: asked(1).nodeGroups };
    keeper.note(memory);
    await cluster.clock.runFor(MINUTE);
    keeper.note(memory);
    await cluster.settle();
    assert.deepEqual(cluster.logged, ['warn: there is too much to keep it all']);
    assert.deepEqual([cluster.kept('unneeded'), cluster.kept('left-out')], ['', 'unneeded']);
    assert.match(cluster.kept('resizes'), /"increase":1/);
  });

  it('is waited for before nodes are asked for, by seconds at most', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    cluster.faults.add({ name: 'silence', path: CONFIG_MAPS, effect: { kind: 'hang', delivered: false } });
    const sinceMs = cluster.clock.monotonic();
    let waitedMs: number | undefined;
    void keeper.keepNow(asked(1)).then(() => (waitedMs = cluster.clock.monotonic() - sinceMs));
    await cluster.clock.runFor(MINUTE);
    assert.equal(waitedMs, 3 * SECOND);
    assert.equal(cluster.logged[0], 'warn: the state is not kept in time; going on');
  });
});

describe('a start', () => {
  it('waits half a minute for what cannot be read', async () => {
    const cluster = world();
    const keeper = cluster.keeper();
    cluster.faults.add({ name: 'down', effect: { kind: 'respond', status: 503 } });
    const readings: string[] = [];
    for (let second = 0; second <= 30; second += 10) {
      readings.push((await keeper.read()).kind);
      await cluster.clock.runFor(10 * SECOND);
    }
    assert.deepEqual(readings, ['not-yet', 'not-yet', 'not-yet', 'nothing']);
    assert.deepEqual(cluster.logged, ['warn: what was kept cannot be read; starting without']);
  });

  it('does not wait for a right that it lacks', async () => {
    const cluster = world();
    cluster.faults.add({ name: 'no right', effect: { kind: 'respond', status: 403 } });
    assert.deepEqual(await cluster.keeper().read(), { kind: 'nothing' });
  });

  it('that goes on without writes over what it could not read once it can', async () => {
    const cluster = world();
    cluster.keeper().note(asked(1));
    await cluster.settle();
    const next = cluster.keeper();
    next.note(asked(7));
    await cluster.settle();
    assert.equal(cluster.sent(), 'POST POST GET PUT');
    assert.match(cluster.kept('resizes'), /"increase":7/);
  });
});
