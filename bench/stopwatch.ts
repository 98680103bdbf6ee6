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

/** How many milliseconds the work took, and what it yields. */
export function timed<T>(work: () => T): readonly [ms: number, result: T] {
  const { elapsedMs } = startStopwatch();
  const result = work();
  return [elapsedMs(), result];
}
