/**
 * `simulate` from end to end: a made-up trace of the size and shape of a production one (months, thousands of short jobs, a
 * tenth of them with GPUs, arriving in bursts), replayed with the product's own loop.
 */
import { success } from '../../src/runtime/result.ts';
import { type RandomStream, seededRandom } from '../../src/runtime/random.ts';
import { main } from '../../src/commands/program.ts';
import { simulateCommand } from '../../src/commands/simulate.ts';
import type { Output } from '../../src/commands/terminal.ts';
import type { Figure, Workload } from '../workload.ts';

const PODS = 8_000;
const DAYS = 150;
const DAY_S = 86_400;
/** Pods of one burst. */
const BURST = 20;
const POOLS = `region: blr
pools:
  - { label: standard, plan: vc2-8c-32gb, min: 1, max: 50 }
  - { label: gpu, plan: vcg-a16-3c-32g-8vram, min: 1, max: 50 }
`;

export const simulate: Workload = {
  name: 'simulate',
  about: `replay of ${PODS} pods over ${DAYS} days`,
  slow: true,
  async run(): Promise<readonly Figure[]> {
    let report = '';
    const quiet: Output = { write: () => undefined, isTerminal: false, columns: () => 80 };
    const files: Readonly<Record<string, string>> = { 'pods.csv': trace(), 'pools.yaml': POOLS };
    const startMs = performance.now();
    const code = await main({
      argv: ['simulate', '--pods=pods.csv', '--pools=pools.yaml'],
      env: {},
      commands: [simulateCommand],
      streams: { stdout: { ...quiet, write: (text) => (report += text) }, stderr: quiet },
      readFile: (path) => success(files[path] ?? ''),
    });
    const seconds = (performance.now() - startMs) / 1000;
    if (code !== 0 || !report.includes(`${PODS}: ${PODS} served`))
      throw new Error(`not every pod was served:\n${report}`);
    return [{ name: 'simulate', value: seconds, unit: 's', bar: 60 }];
  },
};

function trace(): string {
  const random = seededRandom('trace').stream('pods');
  const rows = Array.from({ length: PODS / BURST }, () => random.integer(0, DAYS * DAY_S)).flatMap((burstAt, burst) =>
    Array.from({ length: BURST }, (_, index) => row(`p${burst}-${index}`, burstAt + random.integer(0, 600), random)),
  );
  return ['name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time,scheduled_time', ...rows].join('\n');
}

function row(name: string, createdAt: number, random: RandomStream): string {
  const gpu = random.next() < 0.1 ? 1 : 0;
  const milliCpu = random.integer(1, 24) * 100;
  const durationS = Math.round(60 * 10 ** (2 * random.next()));
  return [name, milliCpu, random.integer(1, 16) * 512, gpu, createdAt, createdAt + durationS, createdAt].join(',');
}
