/** The options that are in force, which may change while the program runs (live-flags.ts). */
import type { Options } from './options.ts';

export class Live {
  #options: Options;
  readonly #followers: ((options: Options) => void)[] = [];

  constructor(options: Options) {
    this.#options = options;
  }

  get options(): Options {
    return this.#options;
  }

  follow(follower: (options: Options) => void): void {
    this.#followers.push(follower);
  }

  /** Puts others into force, and tells everyone who follows. */
  put(options: Options): void {
    this.#options = options;
    for (const follower of this.#followers) follower(options);
  }
}
