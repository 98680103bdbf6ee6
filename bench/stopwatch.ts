/**
 * How long synchronous work takes, whoever else uses the machine: the lesser of the time that passed and the CPU time of
 * the process in all its threads.
 *
 * Neither is ever less than what the work takes on a machine of its own: there, at each moment of it, at least one
 * thread runs. The time that passed is more where others have the cores, the CPU time where the collector or the
 * compiler worked beside. Work that waits for anything else is not to be timed so (workloads/reaction.ts).
 */

const MICROS_PER_MS = 1000;
/** Below it CPU time is too coarse to be believed: some kernels count it by the tick. */
const SHORTEST_CPU_MS = 2;
/** By which some kernels count the CPU time of a thread. */
const TICK_MS = 4;

interface Stopwatch {
  /** Milliseconds since it was started. */
  readonly elapsedMs: () => number;
}

export function startStopwatch(): Stopwatch {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return {
    elapsedMs: () => {
      const passed = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      const used = (user + system) / MICROS_PER_MS;
      return used < SHORTEST_CPU_MS ? passed : Math.min(passed, used);
    },
  };
}

/**
 * For how long, at the longest, the work lets nobody else have a turn, in milliseconds: so long a pass that is due meanwhile
 * may be held up. Where the CPU time of this thread is less than the time that passed, others had the core; below
 * {@link TICK_MS} it is too coarse to be believed.
 */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  const over = new AbortController();
  let cpu = process.threadCpuUsage();
  let start = performance.now();
  const look = (): void => {
    const passed = performance.now() - start;
    const { user, system } = process.threadCpuUsage(cpu);
    longest = Math.max(longest, Math.min(passed, Math.max((user + system) / MICROS_PER_MS, TICK_MS)));
    cpu = process.threadCpuUsage();
    start = performance.now();
  };
  const running = work().finally(() => over.abort());
  look();
  while (!over.signal.aborted) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    look();
  }
  await running;
  return longest;
}

/** How many milliseconds the work took, and what it yields. */
export function timed<T>(work: () => T): readonly [ms: number, result: T] {
  const { elapsedMs } = startStopwatch();
  const result = work();
  return [elapsedMs(), result];
}
