/** One at a time, in the order of asking: at most one resize per pool is in flight (I4), and none beside a deletion. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** Something is running or waiting. */
  get isBusy(): boolean {
    return this.#count > 0;
  }

  /** Runs `work` once everything asked for earlier has ended, however it ended. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#count++;
    const turn = this.#last.then(work).finally(() => {
      this.#count--;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves once nothing is running or waiting. */
  async idle(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== this.#last;) {
      seen = this.#last;
      await seen;
    }
  }
}
