/**
 * What the nodes cost, and what scaling has saved since the start: against pools that are always at their maximum, and
 * against pools that grew as they did and never shrank. Pools without a price count as nothing.
 */
import type { DecisionRecord } from '../explain/record.ts';

export interface Savings {
  readonly againstMaximum: number;
  readonly againstNoScaleDown: number;
}

const HOUR_MS = 3_600_000;

interface Rate {
  readonly atMs: number;
  /** US dollars an hour. */
  readonly againstMaximum: number;
  readonly againstNoScaleDown: number;
}

export class Money {
  /** The most nodes that each pool has had, by its id. */
  readonly #most = new Map<string, number>();
  #rate: Rate | undefined;
  #saved: Savings = { againstMaximum: 0, againstNoScaleDown: 0 };

  get saved(): Savings {
    return this.#saved;
  }

  /** The time since the last record is counted by the sizes that it told. Returns what that time saved, in US dollars. */
  advance(record: DecisionRecord): Savings {
    const since = this.#rate;
    this.#rate = this.#rateOf(record);
    if (since === undefined) return { againstMaximum: 0, againstNoScaleDown: 0 };
    const hours = Math.max(0, record.atMs - since.atMs) / HOUR_MS;
    const added = {
      againstMaximum: hours * since.againstMaximum,
      againstNoScaleDown: hours * since.againstNoScaleDown,
    };
    this.#saved = {
      againstMaximum: this.#saved.againstMaximum + added.againstMaximum,
      againstNoScaleDown: this.#saved.againstNoScaleDown + added.againstNoScaleDown,
    };
    return added;
  }

  #rateOf({ atMs, groups }: DecisionRecord): Rate {
    let againstMaximum = 0;
    let againstNoScaleDown = 0;
    for (const { id, maxSize, targetSize, pricePerHour = 0 } of groups) {
      const most = Math.max(this.#most.get(id) ?? 0, targetSize);
      this.#most.set(id, most);
      // A pool may be above its maximum when the maximum was lowered: then it costs more, not less.
      againstMaximum += (maxSize - targetSize) * pricePerHour;
      againstNoScaleDown += (most - targetSize) * pricePerHour;
    }
    return { atMs, againstMaximum: Math.max(0, againstMaximum), againstNoScaleDown };
  }
}
