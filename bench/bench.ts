/**
 * `npm run bench -- [NAME…] [--json FILE] [--short]`: runs the workloads and prints each figure beside its bar. Exits
 * with 1 when a bar does not hold, 2 for a wrong call.
 *
 * Each workload has a process of its own: what ran before changes neither how its code is compiled nor what is to be
 * collected. Synchronous work is timed so that others on the machine count as little as can be (stopwatch.ts), the best of several
 * rounds counts, and a bar that is missed all the same is measured again.
 *
 * Machines differ and drift: compare figures of one run with each other before comparing them with other runs.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readCommandLine } from '../scripts/command-line.ts';
import type { Figure, Workload } from './workload.ts';
import { workloads } from './workloads.ts';

/** A busy machine makes figures worse, never better. */
const ATTEMPTS = 3;

const USAGE = `usage: npm run bench -- [NAME…] [--json FILE] [--short]
  NAME         a workload; without any, all are run
  --json FILE  writes the figures there as well
  --short      without those that take long, or whose figures are near their bars; fewer rounds
`;

const { values, positionals } = readCommandLine(USAGE, {
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    short: { type: 'boolean', default: false },
    // For the processes that this one starts.
    here: { type: 'boolean', default: false },
  },
});

const unknown = positionals.filter((name) => !workloads.some((workload) => workload.name === name));
if (unknown.length > 0) {
  console.error(`no such workload: ${unknown.join(', ')}. There are: ${workloads.map((w) => w.name).join(', ')}`);
  process.exit(2);
}

const judgedFigure = z.object({
  name: z.string(),
  value: z.number(),
  unit: z.string(),
  bar: z.number(),
  ok: z.boolean(),
});
const results: z.infer<typeof judgedFigure>[] = [];
for (const workload of workloads) {
  if (positionals.length > 0 ? !positionals.includes(workload.name) : values.short && isLeftOut(workload)) continue;
  results.push(...(values.here ? await run(workload) : await runApart(workload)));
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
process.send?.(results);
process.exitCode = results.every((result) => result.ok) ? 0 : 1;

function isLeftOut({ slow, near }: Workload): boolean {
  return slow === true || near === true;
}

/** In a process of its own, which prints its figures and sends them. */
async function runApart({ name }: Workload): Promise<typeof results> {
  const child = fork(fileURLToPath(import.meta.url), [name, '--here', ...(values.short ? ['--short'] : [])]);
  let sent: unknown;
  child.on('message', (message) => (sent = message));
  await once(child, 'exit');
  const found = z.array(judgedFigure).safeParse(sent);
  if (!found.success) throw new Error(`${name} ended without its figures`);
  return found.data;
}

async function run(workload: Workload): Promise<typeof results> {
  console.log(`${workload.name}: ${workload.about}`);
  const figures = (await measured(workload)).map((one) => ({ ...one, ok: one.value <= one.bar }));
  for (const { name, value, unit, bar, ok } of figures) {
    console.log(`  ${name}: ${round(value)} ${unit} (bar ${bar}) ${ok ? 'holds' : 'MISSED'}`);
  }
  return figures;
}

/** What the workload yields. Where a bar is missed it runs again, and each figure's best counts: the rest is the machine. */
async function measured(workload: Workload): Promise<readonly Figure[]> {
  let best = await workload.run(values.short);
  for (let attempt = 2; attempt <= ATTEMPTS && best.some(({ value, bar }) => value > bar); attempt++) {
    console.log(`  a bar was missed; attempt ${attempt} of ${ATTEMPTS}`);
    const again = await workload.run(values.short);
    best = best.map((figure, index) => {
      const other = again[index];
      return other !== undefined && other.value < figure.value ? other : figure;
    });
  }
  return best;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
