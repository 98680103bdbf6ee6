/**
 * Simulates hours of removals in bad weather, in virtual time, and lets the independent judge look at every write:
 * `npm run simulate:faults -- --hours N [--seed S] [--day H] [--kills K]`. Exit 0 when nothing was broken.
 *
 * Each day of H hours is a history of its own, to be had again by its seed; S is the first, and what runs at the same time
 * may take others. With `--kills`, a long day of drains is lived through twice, once with the process killed K times.
 */
import { realClock } from '../src/runtime/clock.ts';
import { liveDrainDay } from '../test/support/drain-day.ts';
import { Tally } from '../test/support/drain-tally.ts';
import { type KilledDay, killedDay } from '../test/support/killed-day.ts';
import { readCommandLine } from './command-line.ts';

const USAGE = `usage: npm run simulate:faults -- --hours N [--seed S] [--day H] [--kills K]
  --hours N  how many hours to simulate; 0: none
  --seed S   the first seed (1)
  --day H    hours in one history (24)
  --kills K  also: a long day of drains with the process killed K times, against the same day without (0)
`;
/** How often the figures so far are shown. */
const PROGRESS_MS = 30_000;

interface Asked {
  readonly hours: number;
  readonly seed: number;
  readonly dayHours: number;
  readonly kills: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const asked = readArguments();
  if (asked === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const isBroken = asked.hours > 0 && (await simulateDays(asked));
  const isAnother = asked.kills > 0 && (await simulateKills(asked));
  return isBroken || isAnother ? 1 : 0;
}

/** Whether anything was broken. */
async function simulateDays({ hours, seed, dayHours }: Asked): Promise<boolean> {
  const tally = new Tally(realClock);
  const last = seed + Math.ceil(hours / dayHours) - 1;
  let shownMs = realClock.monotonic();
  for (let current = seed; current <= last; current++) {
    const day = await liveDrainDay(current, dayHours);
    tally.add(day);
    for (const line of Tally.complaints(day)) print(line);
    if (realClock.monotonic() - shownMs < PROGRESS_MS) continue;
    shownMs = realClock.monotonic();
    print(tally.progress());
  }
  for (const line of tally.lines()) print(line);
  return tally.isBroken;
}

/** Whether the day with kills ended otherwise than the day without, or broke anything. */
async function simulateKills({ seed, kills }: Asked): Promise<boolean> {
  const [calm, killed] = [await killedDay(seed, 0), await killedDay(seed, kills)];
  const [end, other] = [calm, killed].map((day: KilledDay) => JSON.stringify(day.end));
  print(
    `killed ${killed.kills} times in a day of ${killed.nodesDeleted} removals (${calm.nodesDeleted} without kills)`,
  );
  print(end === other ? `  the end is the same: ${end}` : `  without kills: ${end}\n  with kills:    ${other}`);
  print(`  violations: ${killed.violations.length}`);
  for (const violation of killed.violations) print(`    ${violation}`);
  return end !== other || killed.violations.length > 0;
}

function readArguments(): Asked | undefined {
  const text = { type: 'string' } as const;
  const { values } = readCommandLine(USAGE, { options: { hours: text, seed: text, day: text, kills: text } });
  const asked: Asked = {
    hours: Number(values.hours ?? Number.NaN),
    seed: Number(values.seed ?? 1),
    dayHours: Number(values.day ?? 24),
    kills: Number(values.kills ?? 0),
  };
  const isWhole = Object.values(asked).every((number: number) => Number.isSafeInteger(number) && number >= 0);
  return isWhole && asked.dayHours > 0 ? asked : undefined;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
