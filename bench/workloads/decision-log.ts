/** What keeping decisions in a file costs the loop: in a pass, and in the turns between passes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { invariant } from '../../src/cluster/invariant.ts';
import { DecisionLog } from '../../src/report/decision-log/decision-log.ts';
import { startLogThread } from '../../src/report/decision-log/worker-thread.ts';
import { Decisions } from '../../src/report/decisions.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { longestTurnMs, timed } from '../stopwatch.ts';
import { percentile, type Workload } from '../workload.ts';
import { modelOf, passOn } from './passes.ts';
import { sceneOf } from './operate.ts';

const MiB = 2 ** 20;

export const decisionLog: Workload = {
  name: 'decision-log',
  about:
    'a pass of 1,000 nodes and 10,000 pods whose decision is kept in a file, and the turns that this takes after it',
  async run(short) {
    const scene = sceneOf(1000);
    const cluster = modelOf(scene);
    passOn(cluster, scene);
    const folder = mkdtempSync(join(tmpdir(), 'vke-bench-log-'));
    const retention = { maxAgeMs: Number.MAX_SAFE_INTEGER, maxBytes: 64 * MiB };
    const thread = startLogThread({ path: join(folder, 'decisions.db'), retention, mostStored: 1 });
    let written = 0;
    let isTold: (() => void) | undefined;
    const log = new DecisionLog({ thread, clock: realClock, logger: silentLogger, onStored: () => undefined });
    thread.onNews((news) => {
      invariant(news.kind === 'appended', `the file is written: ${JSON.stringify(news)}`);
      written += 1;
      isTold?.();
    });
    const kept = new Decisions(() => undefined, log);
    const plain = new Decisions(() => undefined);
    const shares: number[] = [];
    const turns: number[] = [];
    const rounds = short ? 30 : 100;
    for (let round = 0; round < rounds; round += 1) {
      const [decideMs, { record }] = timed(() => passOn(cluster, scene));
      const told = { ...record, id: `bench-${round}` };
      const [plainMs] = timed(() => plain.record(told));
      const taken = new Promise<void>((resolve) => (isTold = resolve));
      const [keptMs] = timed(() => kept.record(told));
      turns.push(await longestTurnMs(() => taken));
      shares.push((100 * (keptMs - plainMs)) / decideMs);
    }
    await log.end();
    rmSync(folder, { recursive: true });
    invariant(written === rounds, 'each decision was written');
    return [
      { name: 'decision-log-pass', value: percentile(shares, 0.5), unit: '% of the decision', bar: 5 },
      { name: 'decision-log-turn', value: percentile(turns, 0.9), unit: 'ms that a pass may be held up (p90)', bar: 5 },
    ];
  },
};
