import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { Health } from './health.ts';

const MINUTE_MS = 60_000;
const LIMITS = { maxInactivityMs: 10 * MINUTE_MS, maxFailingMs: 15 * MINUTE_MS, maxStartupMs: 20 * MINUTE_MS };

const DECIDED = { kind: 'decided' } as const;
const UNREADABLE = { kind: 'cloud-unreadable', error: { kind: 'unavailable', message: '' } } as const;

function watched(isLeader: () => boolean = () => true): { clock: VirtualClock; health: Health } {
  const clock = new VirtualClock();
  return { clock, health: new Health(clock, LIMITS, isLeader) };
}

test('given a leader that passes, it is well; ten minutes without a pass and it is not', async () => {
  const { clock, health } = watched();
  health.passEnded(DECIDED);
  await clock.runFor(10 * MINUTE_MS);
  assert.equal(health.problem(), undefined);
  await clock.runFor(1000);
  assert.equal(health.problem(), 'last activity 601 s ago, last success 601 s ago');
  health.passBegan();
  assert.equal(health.problem(), undefined);
});

test('given passes that cannot read the cloud, it is not well after a quarter of an hour', async () => {
  const { clock, health } = watched();
  health.passEnded(DECIDED);
  for (let minute = 0; minute < 15; minute++) {
    await clock.runFor(MINUTE_MS);
    health.passBegan();
    health.passEnded(UNREADABLE);
  }
  assert.equal(health.problem(), undefined);
  await clock.runFor(MINUTE_MS);
  assert.equal(health.problem(), 'last activity 60 s ago, last success 960 s ago');
});

test('given a start, it has twenty minutes to its first success', async () => {
  const { clock, health } = watched();
  await clock.runFor(20 * MINUTE_MS);
  assert.equal(health.problem(), undefined);
  await clock.runFor(1000);
  assert.notEqual(health.problem(), undefined);
});

test('given a replica that waits for the lease, it is well, and its time begins when it leads', async () => {
  let leads = false;
  const { clock, health } = watched(() => leads);
  await clock.runFor(60 * MINUTE_MS);
  assert.equal(health.problem(), undefined);
  leads = true;
  await clock.runFor(19 * MINUTE_MS);
  assert.equal(health.problem(), undefined);
  await clock.runFor(2 * MINUTE_MS);
  assert.notEqual(health.problem(), undefined);
});
