/**
 * Which pods new nodes of a group suit, whatever a plan has done so far: worked out once for all plans that are made for
 * the same demands, in the order in which they are packed.
 */
import type { Demand } from './demand.ts';
import { largerFirst } from './packing-order.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself } from './prospects.ts';

export class Suitors {
  readonly #demands: readonly Demand[];
  readonly #together: boolean;
  readonly #byProspect = new Map<Prospect, readonly Demand[]>();

  /** `together`: those that are alike stand side by side. */
  constructor(demands: readonly Demand[], together: boolean) {
    this.#demands = demands;
    this.#together = together;
  }

  /** Larger pods first. */
  of(prospect: Prospect): readonly Demand[] {
    let suited = this.#byProspect.get(prospect);
    if (suited === undefined) {
      const demands = this.#demands.filter(({ group }) => suitsItself(prospect, group));
      this.#byProspect.set(prospect, (suited = largerFirst(prospect, demands, this.#together)));
    }
    return suited;
  }
}
