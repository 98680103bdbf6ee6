/**
 * Notices that the wall clock was set: by NTP, by a person, or because the machine slept. Deciding works with wall-clock
 * times, as it compares them with those of the API; a step that went unnoticed would end its timeouts early (and give up
 * nodes that are booting, to ask for them again) or late.
 */
import { afterClockStep as nodeGroupsAfter } from '../node-groups/clock-step.ts';
import type { Clock } from '../runtime/clock.ts';
import { afterClockStep as scaleDownAfter } from '../scale-down/clock-step.ts';
import { launchesAfterClockStep } from '../scale-up/launches.ts';
import { predictionsAfterClockStep } from '../scale-up/predictions.ts';
import type { Memory } from './memory.ts';

/** Less than this is the slow drift of clocks, which is followed all the same once it has added up. */
const SMALLEST_STEP_MS = 1000;

export class ClockSteps {
  readonly #clock: Clock;
  /** Of the wall clock from the monotonic one. */
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.now() - clock.monotonic();
  }

  /** By how much the wall clock was set since this was last asked; 0: not noticeably. */
  take(): number {
    const offsetMs = this.#clock.now() - this.#clock.monotonic();
    const stepMs = Math.round(offsetMs - this.#offsetMs);
    if (Math.abs(stepMs) < SMALLEST_STEP_MS) return 0;
    this.#offsetMs = offsetMs;
    return stepMs;
  }
}

export function memoryAfterStep(memory: Memory, byMs: number): Memory {
  const { nodeGroups, scaleDown, launches, predictions, hints, rehearsed } = memory;
  return {
    ...(rehearsed === undefined ? {} : { rehearsed: scaleDownAfter({ ...scaleDown, ...rehearsed }, byMs) }),
    nodeGroups: nodeGroupsAfter(nodeGroups, byMs),
    scaleDown: scaleDownAfter(scaleDown, byMs),
    launches: launchesAfterClockStep(launches, byMs),
    predictions: predictionsAfterClockStep(predictions, byMs),
    hints,
  };
}
