/**
 * What the nodes cost, and what scaling has saved since the start: against pools that are always at their maximum, and
 * against pools that grew as they did and never shrank. Pools without a price count as nothing, and are named.
 */
import type { DecisionRecord } from '../explain/record.ts';

/** In US dollars. */
export interface Cost {
  /** Of all pools, by their target sizes. */
  readonly pricePerHour: number;
  /** The same by the pool's name; a pool of which no price is known is not in it. */
  readonly pools: Readonly<Record<string, number>>;
  /** Nodes of which no price is known. */
  readonly unpricedNodes: number;
  /** Since the start of the process. */
  readonly saved: Savings;
}

export interface Savings {
  readonly againstMaximum: number;
  readonly againstNoScaleDown: number;
}

const HOUR_MS = 3_600_000;
/** Amounts are told to a hundredth of a cent: more digits would be those of floating point. */
const DIGITS = 4;

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
  #cost: Cost | undefined;

  /** As the last record has it; `undefined`: there was none. */
  get cost(): Cost | undefined {
    return this.#cost;
  }

  /** The time since the last record is counted by the sizes that it told. Returns what that time saved. */
  advance(record: DecisionRecord): Savings {
    const since = this.#rate;
    this.#rate = this.#rateOf(record);
    const hours = since === undefined ? 0 : Math.max(0, record.atMs - since.atMs) / HOUR_MS;
    const added = {
      againstMaximum: hours * (since?.againstMaximum ?? 0),
      againstNoScaleDown: hours * (since?.againstNoScaleDown ?? 0),
    };
    this.#saved = {
      againstMaximum: this.#saved.againstMaximum + added.againstMaximum,
      againstNoScaleDown: this.#saved.againstNoScaleDown + added.againstNoScaleDown,
    };
    this.#cost = costOf(record, this.#saved);
    return added;
  }

  /** Another process leads: the time until the next record is none of ours. */
  pause(): void {
    this.#rate = undefined;
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

function costOf({ groups }: DecisionRecord, saved: Savings): Cost {
  const pools: Record<string, number> = {};
  let pricePerHour = 0;
  let unpricedNodes = 0;
  for (const group of groups) {
    if (group.pricePerHour === undefined) {
      unpricedNodes += group.targetSize;
      continue;
    }
    const price = group.pricePerHour * group.targetSize;
    pools[group.name] = rounded(price);
    pricePerHour += price;
  }
  return {
    pricePerHour: rounded(pricePerHour),
    pools,
    unpricedNodes,
    saved: {
      againstMaximum: rounded(saved.againstMaximum),
      againstNoScaleDown: rounded(saved.againstNoScaleDown),
    },
  };
}

function rounded(dollars: number): number {
  return Number(dollars.toFixed(DIGITS));
}
