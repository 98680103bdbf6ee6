/** What a story can do to the cloud, and the same on the simulated Vultr. */
import type { Clock } from '../../src/runtime/clock.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import type { Faults } from '../faults.ts';
import type { SimulatedVultr } from '../vultr/simulated-vultr.ts';

export interface CloudControls {
  /**
   * The plan is sold out in the region for so long: orders are refused, or (`accept`) accepted and not delivered until
   * there is stock again.
   */
  stockOut(
    plan: string,
    region: string,
    shortage: { readonly durationMs: number; readonly how: 'refuse' | 'accept' },
  ): void;
  /** One machine of the pool dies, behind everybody's back. */
  loseNode(poolLabel: string): void;
  /** The cloud's API answers 503 to everything for so long. */
  apiOutage(durationMs: number): void;
}

export interface VultrControlsOptions {
  readonly clock: Clock;
  /** Chooses the machine that dies. */
  readonly random: RandomStream;
  readonly vultr: SimulatedVultr;
  /** The faults around the simulated Vultr's API. */
  readonly faults: Faults;
}

export function vultrControls({ clock, random, vultr, faults }: VultrControlsOptions): CloudControls {
  return {
    stockOut(plan, region, { durationMs, how }) {
      vultr.setStock(plan, region, false, how);
      clock.setTimer(durationMs, () => vultr.setStock(plan, region, true));
    },
    loseNode(poolLabel) {
      const alive = vultr
        .instances()
        .filter(({ instance, state }) => instance.poolLabel === poolLabel && state === 'active');
      if (alive.length > 0) vultr.deleteInstanceOutside(random.pick(alive).instance.id);
    },
    apiOutage(durationMs) {
      const body = JSON.stringify({ error: 'Service Unavailable', status: 503 });
      const end = faults.add({ name: 'story/api-outage', effect: { kind: 'respond', status: 503, body } });
      clock.setTimer(durationMs, end);
    },
  };
}
