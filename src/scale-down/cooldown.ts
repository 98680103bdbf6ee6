/** When scale-down pauses as a whole: after nodes were added, a removal began, or one failed. Timers run on meanwhile. */
import type { NodeReason } from '../explain/reasons.ts';
import type { ScaleDownMemory } from './memory.ts';
import type { ScaleDownOptions } from './options.ts';

export type Cooldown = Extract<NodeReason, { code: 'InCooldown' }>;

export interface CooldownInput {
  readonly memory: ScaleDownMemory;
  readonly options: ScaleDownOptions;
  readonly now: number;
  /** This very pass asks for new nodes. */
  readonly scaleUpPlanned: boolean;
  /** Pending pods are too new to act on, so the picture is not complete; until when. */
  readonly pendingTooYoungUntilMs?: number | undefined;
}

/** The pause that ends last of those that hold now; `undefined`: none does. A pause ends at its last moment. */
export function cooldownOf(input: CooldownInput): Cooldown | undefined {
  const { memory, options, now } = input;
  const lastScaleUpAtMs = input.scaleUpPlanned ? now : memory.lastScaleUpAtMs;
  const pauses: readonly Cooldown[] = [
    pause('add', lastScaleUpAtMs, options.delayAfterAddMs),
    pause('delete', memory.lastDeleteAtMs, options.delayAfterDeleteMs),
    pause('failure', memory.lastFailureAtMs, options.delayAfterFailureMs),
    pause('pending-pods', input.pendingTooYoungUntilMs, 0),
  ];
  const holding = pauses.filter(({ untilMs }) => untilMs > now);
  return holding.toSorted((a, b) => b.untilMs - a.untilMs)[0];
}

function pause(after: Cooldown['after'], sinceMs: number | undefined, delayMs: number): Cooldown {
  return { code: 'InCooldown', after, untilMs: (sinceMs ?? -Infinity) + delayMs };
}
