import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TransportError, type HttpTransport } from '../runtime/http.ts';
import { silentLogger } from '../runtime/log.ts';
import { seededRandom } from '../runtime/random.ts';
import type { Clock } from '../runtime/clock.ts';
import { kubernetesClient } from './client.ts';
import { LeaderElection, type LeaderElectionOptions } from './leader-election.ts';
import { isRecord } from './json-reader.ts';
import { FakeTransport, jsonReply, statusReply, type Reply } from './testing/fake-transport.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';

/** A Lease at an API server: versions, conflicts. */
class LeaseServer {
  object: Record<string, unknown> | undefined;
  #version = 0;
  readonly transport = new FakeTransport(({ request, body }) => this.answer(request.method, body));

  answer(method: string, body: unknown): Reply {
    if (method === 'GET') return this.object === undefined ? statusReply(404, 'NotFound') : jsonReply(this.object);
    if (!isRecord(body) || !isRecord(body['metadata'])) return assert.fail();
    if (method === 'POST' && this.object !== undefined) return statusReply(409, 'AlreadyExists');
    if (method === 'PUT' && body['metadata']['resourceVersion'] !== `${this.#version}`)
      return statusReply(409, 'Conflict');
    this.#version += 1;
    this.object = { ...body, metadata: { ...body['metadata'], resourceVersion: `${this.#version}` } };
    return jsonReply(this.object);
  }

  spec(field: string): unknown {
    const spec = this.object?.['spec'];
    return isRecord(spec) ? spec[field] : undefined;
  }
}

class Candidate {
  readonly election: LeaderElection;
  readonly history: string[] = [];

  constructor(
    identity: string,
    world: { readonly clock: Clock; readonly send: HttpTransport; readonly seed?: number },
  ) {
    const options: LeaderElectionOptions = {
      client: kubernetesClient({ transport: world.send, clock: world.clock }),
      clock: world.clock,
      random: seededRandom(world.seed ?? 1).stream(identity),
      logger: silentLogger,
      lease: { namespace: 'kube-system', name: 'cluster-autoscaler' },
      identity,
      onStartedLeading: () => this.history.push('started'),
      onStoppedLeading: () => this.history.push('stopped'),
    };
    this.election = new LeaderElection(options);
    void this.election.start();
  }
}

test('the first candidate leads at once and renews; the second waits', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  const a = new Candidate('a', { clock, send: server.transport.send });
  await clock.runFor(100);
  const b = new Candidate('b', { clock, send: server.transport.send });
  await clock.runFor(120_000);
  assert.deepEqual([a.election.isLeader(), b.election.isLeader()], [true, false]);
  assert.deepEqual([a.history, b.history], [['started'], []]);
  assert.equal(b.election.holder(), 'a');
  assert.equal(server.spec('leaseTransitions'), 0);
  await Promise.all([a.election.stop(), b.election.stop()]);
});

test('a leader that stops releases the lease, and its successor leads within a retry', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  const a = new Candidate('a', { clock, send: server.transport.send });
  await clock.runFor(100);
  const b = new Candidate('b', { clock, send: server.transport.send });
  await clock.runFor(5_000);
  await a.election.stop();
  assert.equal(server.spec('holderIdentity'), '');
  assert.deepEqual(a.history, ['started', 'stopped']);
  await clock.runFor(2_500);
  assert.equal(b.election.isLeader(), true);
  assert.equal(server.spec('leaseTransitions'), 1);
  await b.election.stop();
  assert.equal(clock.pendingTimers, 0);
});

test('a leader cut off stops at its renew deadline, seconds before another can take over (I5)', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  let cutOff = false;
  const a = new Candidate('a', {
    clock,
    send: (request) =>
      cutOff ? Promise.reject(new TransportError('reply-lost', 'cut')) : server.transport.send(request),
  });
  await clock.runFor(100);
  const b = new Candidate('b', { clock, send: server.transport.send });
  await clock.runFor(10_000);
  cutOff = true;
  let aStoppedAt = 0;
  let bStartedAt = 0;
  for (let ms = 0; ms < 40_000; ms += 100) {
    await clock.runFor(100);
    if (aStoppedAt === 0 && a.history.includes('stopped')) aStoppedAt = ms;
    if (bStartedAt === 0 && b.election.isLeader()) bStartedAt = ms;
  }
  assert.ok(aStoppedAt > 0 && aStoppedAt <= 10_000);
  assert.ok(bStartedAt - aStoppedAt >= 4_000, `${aStoppedAt} → ${bStartedAt}`);
  await b.election.stop();
  await a.election.stop();
});

test('a wrong wall clock changes nothing: a fast candidate does not take a live lease', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  const a = new Candidate('a', { clock, send: server.transport.send });
  await clock.runFor(100);
  const fast: Clock = {
    now: () => clock.now() + 3_600_000,
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire),
    nextTurn: () => clock.nextTurn(),
  };
  const b = new Candidate('b', { clock: fast, send: server.transport.send });
  await clock.runFor(60_000);
  assert.deepEqual([a.election.isLeader(), b.election.isLeader()], [true, false]);
  await Promise.all([a.election.stop(), b.election.stop()]);
});

test('a lease that nobody renews any more is taken after its duration, counted from when it was first seen', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  server.answer('POST', {
    metadata: {},
    spec: {
      holderIdentity: 'dead',
      leaseDurationSeconds: 30,
      renewTime: '1999-01-01T00:00:00.000000Z',
      leaseTransitions: 7,
    },
  });
  const a = new Candidate('a', { clock, send: server.transport.send });
  await clock.runFor(29_900);
  assert.equal(a.election.isLeader(), false);
  await clock.runFor(3_000);
  assert.equal(a.election.isLeader(), true);
  assert.equal(server.spec('leaseTransitions'), 8);
  await a.election.stop();
});

test('a restarted candidate of the same identity goes on with its own lease', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  server.answer('POST', { metadata: {}, spec: { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 2 } });
  const a = new Candidate('a', { clock, send: server.transport.send });
  await clock.settle();
  assert.equal(a.election.isLeader(), true);
  assert.equal(server.spec('leaseTransitions'), 2);
  await a.election.stop();
});

test('durations that would break the promise are refused', () => {
  const options = { lease: { namespace: 'a', name: 'b' }, identity: 'x', onStartedLeading() {}, onStoppedLeading() {} };
  const clock = new VirtualClock();
  const client = kubernetesClient({ transport: new LeaseServer().transport.send, clock });
  const make = (durations: object): LeaderElection =>
    new LeaderElection({
      ...options,
      clock,
      client,
      random: seededRandom(1).stream('x'),
      logger: silentLogger,
      ...durations,
    });
  assert.throws(() => make({ leaseDurationMs: 10_000, renewDeadlineMs: 10_000 }), RangeError);
  assert.throws(() => make({ renewDeadlineMs: 2_000, retryPeriodMs: 2_000 }), RangeError);
});

/** A machine's own time: its wall clock is off, and while it is paused its timers wait though time goes on. */
class MachineClock implements Clock {
  readonly #base: VirtualClock;
  readonly #skewMs: number;
  #pausedUntil = 0;

  constructor(base: VirtualClock, skewMs: number) {
    this.#base = base;
    this.#skewMs = skewMs;
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#base.monotonic() + ms);
  }

  get pausedForMs(): number {
    return Math.max(0, this.#pausedUntil - this.#base.monotonic());
  }

  now(): number {
    return this.#base.now() + this.#skewMs;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  setTimer(delayMs: number, fire: () => void): { cancel(): void } {
    let timer = this.#base.setTimer(delayMs, () => {
      const left = this.pausedForMs;
      if (left > 0) timer = this.#base.setTimer(left, fire);
      else fire();
    });
    return { cancel: () => timer.cancel() };
  }

  nextTurn(): Promise<void> {
    return this.#base.nextTurn();
  }
}

test('whatever happens to clocks, messages and machines, two never lead at once, and in calm somebody leads (I5)', async () => {
  const trouble = fc.oneof(
    fc.record({ kind: fc.constant('pause' as const), who: fc.nat(2), ms: fc.integer({ min: 500, max: 40_000 }) }),
    fc.record({ kind: fc.constant('cut' as const), who: fc.nat(2), ms: fc.integer({ min: 500, max: 30_000 }) }),
    fc.record({ kind: fc.constant('slow' as const), who: fc.nat(2), ms: fc.integer({ min: 100, max: 9_000 }) }),
    fc.record({ kind: fc.constant('calm' as const), who: fc.nat(2), ms: fc.integer({ min: 500, max: 20_000 }) }),
  );
  const inputs = fc.tuple(
    fc.nat(10_000),
    fc.array(fc.integer({ min: -86_400_000, max: 86_400_000 }), { minLength: 3, maxLength: 3 }),
    fc.array(trouble, { maxLength: 12 }),
  );
  await fc.assert(
    fc.asyncProperty(inputs, async ([seed, skews, troubles]) => {
      const base = new VirtualClock();
      const server = new LeaseServer();
      const chance = seededRandom(seed).stream('network');
      const cutUntil = [0, 0, 0];
      const delays = [0, 0, 0];
      const clocks = skews.map((skew) => new MachineClock(base, skew));
      const wait = (ms: number): Promise<void> => new Promise((resolve) => void base.setTimer(ms, resolve));
      const network =
        (who: number): HttpTransport =>
        async (request) => {
          const paused = (): Promise<void> => wait(clocks[who]?.pausedForMs ?? 0);
          await paused();
          await wait(chance.integer(1, 50) + (delays[who] ?? 0));
          // Cut either before the server hears of it, or after it has acted.
          const cut = base.monotonic() < (cutUntil[who] ?? 0);
          if (cut && chance.next() < 0.5) throw new TransportError('reply-lost', 'request lost');
          if (request.signal?.aborted === true && chance.next() < 0.5) throw new TransportError('aborted', 'aborted');
          const body: unknown = typeof request.body === 'string' ? JSON.parse(request.body) : undefined;
          const reply = server.answer(request.method, body);
          await wait(chance.integer(1, 50) + (delays[who] ?? 0));
          await paused();
          if (request.signal?.aborted === true) throw new TransportError('aborted', 'aborted');
          if (cut) throw new TransportError('reply-lost', 'reply lost');
          return reply instanceof TransportError ? assert.fail() : reply;
        };
      const candidates = clocks.map(
        (clock, who) => new Candidate(`c${who}`, { clock, send: network(who), seed: seed + who }),
      );
      const leaders = (): number => candidates.filter((candidate) => candidate.election.isLeader()).length;
      const pass = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed += 250) {
          await base.runFor(250);
          assert.ok(leaders() <= 1, `${leaders()} leaders at ${base.monotonic()}`);
        }
      };
      await pass(3_000);
      for (const { kind, who, ms } of troubles) {
        if (kind === 'pause') clocks[who]?.pause(ms);
        else if (kind === 'cut') cutUntil[who] = base.monotonic() + ms;
        else if (kind === 'slow') delays[who] = ms;
        await pass(Math.min(ms, 5_000));
        if (kind === 'slow') delays[who] = 0;
      }
      await pass(75_000);
      assert.equal(leaders(), 1);
      for (const { history } of candidates) {
        assert.ok(
          history.every((what, index) => what === (index % 2 === 0 ? 'started' : 'stopped')),
          history.join(),
        );
      }
      const stopped = Promise.all(candidates.map((candidate) => candidate.election.stop()));
      await base.runFor(60_000);
      await stopped;
    }),
    { numRuns: 25 },
  );
});

test('when the leader dies, another leads within a lease duration and a retry period, whenever that is', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const clock = new VirtualClock();
    const server = new LeaseServer();
    let cut = false;
    const a = new Candidate('a', {
      clock,
      seed,
      send: (request) =>
        cut ? Promise.reject(new TransportError('not-sent', 'the machine is off')) : server.transport.send(request),
    });
    await clock.runFor(100);
    const b = new Candidate('b', { clock, seed, send: server.transport.send });
    await clock.runFor(30_000 + seed * 97);
    cut = true;
    const diedAtMs = clock.monotonic();
    await clock.run(() => b.election.isLeader(), { limitMs: 60_000 });
    const tookMs = clock.monotonic() - diedAtMs;
    assert.ok(b.election.isLeader() && tookMs <= 17_000, `seed ${seed}: ${tookMs} ms`);
    assert.equal(a.election.isLeader(), false);
    await Promise.all([a.election.stop(), b.election.stop()]);
  }
});

test('a candidate that is stopped while it takes the lease gives it back all the same', async () => {
  const clock = new VirtualClock();
  const server = new LeaseServer();
  const taken = Promise.withResolvers<void>();
  const a = new Candidate('a', {
    clock,
    send: async (request) => {
      const reply = await server.transport.send(request);
      if (request.method === 'POST') {
        taken.resolve();
        // The answer is on its way when the candidate is stopped.
        await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
        throw new TransportError('aborted', 'aborted');
      }
      return reply;
    },
  });
  await taken.promise;
  assert.equal(server.spec('holderIdentity'), 'a');
  await a.election.stop();
  assert.equal(server.spec('holderIdentity'), '');
});
