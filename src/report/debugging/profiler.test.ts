import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { listAt, numberAt } from '../../../sandbox/kubernetes/json.ts';
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';
import { answerOf } from '../http/answer.ts';
import { profilingHandler } from '../http/profiling.ts';
import { Profiler } from './profiler.ts';

async function profiling(context: TestContext) {
  const clock = new VirtualClock();
  const profiler = await Profiler.start(clock);
  context.after(() => profiler.stop());
  const handler = profilingHandler(profiler);
  const ask = async (path: string, left?: AbortSignal) => {
    const answer = await answerOf([handler], path, left === undefined ? {} : { left });
    assert.ok(!('stream' in answer));
    return answer;
  };
  return { clock, ask };
}

/** Lets the inspector answer, which it does in a turn of its own. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Held where a profile of memory has to find it. */
function hoardTheToken(token: string): readonly string[] {
  return Array.from({ length: 200_000 }, (_, index) => `${token} ${index}`);
}

describe('with --profiling', () => {
  it('a CPU profile of the asked length names functions, one at a time', async (context) => {
    const { clock, ask } = await profiling(context);
    const first = ask('/debug/pprof/profile?seconds=5');
    await turns();
    assert.equal((await ask('/debug/pprof/profile?seconds=5')).status, 429);
    await clock.runFor(5_000);
    const { status, body, fileName } = await first;
    assert.deepEqual([status, fileName], [200, 'cpu.cpuprofile']);
    const profile: unknown = JSON.parse(body);
    assert.ok(listAt(profile, 'nodes').length > 0);
    assert.ok((numberAt(profile, 'endTime') ?? 0) >= (numberAt(profile, 'startTime') ?? Infinity));
    const again = ask('/debug/pprof/profile?seconds=1');
    await turns();
    await clock.runFor(1_000);
    assert.equal((await again).status, 200);
  });

  it('ends when the asker leaves, and makes room', async (context) => {
    const { clock, ask } = await profiling(context);
    const leaving = new AbortController();
    const first = ask('/debug/pprof/profile?seconds=60', leaving.signal);
    await turns();
    leaving.abort();
    await first;
    const second = ask('/debug/pprof/profile?seconds=1');
    await turns();
    await clock.runFor(1_000);
    assert.equal((await second).status, 200);
  });

  it('is bounded', async (context) => {
    const { ask } = await profiling(context);
    for (const seconds of ['0', '61', '-1', '1.5', 'x', '1e9']) {
      assert.equal((await ask(`/debug/pprof/profile?seconds=${seconds}`)).status, 400, seconds);
    }
    assert.equal((await ask('/debug/pprof/cmdline')).status, 404);
  });

  it('the profile of memory says which functions hold it, and nothing of what they hold (I9)', async (context) => {
    const { ask } = await profiling(context);
    const hoard = hoardTheToken('a-very-secret-token');
    const { status, body } = await ask('/debug/pprof/heap');
    assert.equal(status, 200);
    assert.match(body, /hoardTheToken/);
    assert.doesNotMatch(body, /a-very-secret-token/);
    assert.equal(hoard.length, 200_000);
  });
});
