/** A progress bar on a terminal; nothing where there is none. */
import { realClock } from '../runtime/clock.ts';
import type { Output } from './terminal.ts';

/** Redrawn so often at most. */
const REDRAW_MS = 100;
const BAR_WIDTH = 30;

export class Progress {
  readonly #output: Output;
  #drawnAtMs = -Infinity;
  #calls = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** @param share - from 0 to 1 */
  show(share: number, text: string): void {
    // Called after each simulated event: reading the clock each time would be most of the cost.
    this.#calls += 1;
    if (!this.#output.isTerminal || this.#calls % 64 !== 0) return;
    const now = realClock.monotonic();
    if (now - this.#drawnAtMs < REDRAW_MS) return;
    this.#drawnAtMs = now;
    const filled = Math.round(share * BAR_WIDTH);
    const line = `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${text}`;
    this.#output.write(`\r${line.slice(0, this.#output.columns() - 1)}\u001b[K`);
  }

  clear(): void {
    if (this.#output.isTerminal) this.#output.write('\r\u001b[K');
  }
}
