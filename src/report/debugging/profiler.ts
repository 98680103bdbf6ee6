/**
 * Profiles of this process, by Node's own inspector.
 *
 * 1. The CPU is sampled while somebody waits for the profile: one at a time, for {@link LONGEST_SECONDS} at most.
 * 2. Memory is sampled all the time (one allocation in {@link SAMPLE_BYTES}), so that what is held can be told at once. It is
 *    the sampled profile that Go's programs give too, not a dump: a dump holds every string of the process, the API tokens
 *    among them (I9), and stops the program for as long as it is written.
 */
import { Session } from 'node:inspector/promises';
import { type Clock, sleep } from '../../runtime/clock.ts';

export const LONGEST_SECONDS = 60;
/** As Go samples. Three million small allocations take as long with it as without: 187 ms. */
const SAMPLE_BYTES = 512 * 1024;

export class Profiler {
  readonly #clock: Clock;
  readonly #session: Session;
  #isSampling = false;

  private constructor(clock: Clock, session: Session) {
    this.#clock = clock;
    this.#session = session;
  }

  static async start(clock: Clock): Promise<Profiler> {
    const session = new Session();
    session.connect();
    await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLE_BYTES });
    await session.post('Profiler.enable');
    return new Profiler(clock, session);
  }

  /** The JSON of a `.cpuprofile`; `undefined`: another is being taken. Ends early when the asker leaves. */
  async cpu(seconds: number, left?: AbortSignal): Promise<string | undefined> {
    if (this.#isSampling) return undefined;
    this.#isSampling = true;
    try {
      await this.#session.post('Profiler.start');
      await sleep(this.#clock, seconds * 1000, left);
      const { profile } = await this.#session.post('Profiler.stop');
      return JSON.stringify(profile);
    } finally {
      this.#isSampling = false;
    }
  }

  /** The JSON of a `.heapprofile`: what is held now, by the functions that allocated it. */
  async heap(): Promise<string> {
    const { profile } = await this.#session.post('HeapProfiler.getSamplingProfile');
    return JSON.stringify(profile);
  }

  stop(): void {
    this.#session.disconnect();
  }
}
