/**
 * A process as its surroundings know it: it has a clock and connections, and it can be stopped like a real one. Killed, it
 * never runs again and its connections break; paused (as by SIGSTOP, or a virtual machine that is moved), it runs no line
 * of code until it is resumed, while the world and the time go on.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import type { HttpTransport } from '../../src/runtime/http.ts';

export class SimulatedProcess {
  readonly clock: Clock;
  readonly #death = new AbortController();
  #paused = false;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (delayMs, fire) => this.#timer(clock, delayMs, fire),
      nextTurn: async () => {
        await clock.nextTurn();
        await this.#turn();
      },
    };
  }

  get isAlive(): boolean {
    return !this.#death.signal.aborted;
  }

  kill(): void {
    this.#waiting = [];
    this.#death.abort();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  /** The process's connection to a server. */
  connect(server: HttpTransport): HttpTransport {
    return async (request) => {
      await this.#turn();
      const signals = [this.#death.signal, ...(request.signal === undefined ? [] : [request.signal])];
      try {
        const response = await server({ ...request, signal: AbortSignal.any(signals) });
        await this.#turn();
        return { ...response, body: this.#body(response.body) };
      } catch (error) {
        await this.#turn();
        throw error;
      }
    };
  }

  async *#body(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body) {
        await this.#turn();
        yield chunk;
      }
    } catch (error) {
      await this.#turn();
      throw error;
    }
  }

  #timer(clock: Clock, delayMs: number, fire: () => void): Timer {
    let cancelled = false;
    const timer = clock.setTimer(delayMs, () => {
      if (!this.isAlive) return;
      if (!this.#paused) fire();
      else this.#waiting.push(() => cancelled || fire());
    });
    return {
      cancel() {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  /** Passes at once, or when the process runs again; never for a dead one. */
  async #turn(): Promise<void> {
    while (this.#paused || !this.isAlive) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (this.isAlive) this.#waiting.push(resolve);
      await promise;
    }
  }
}
