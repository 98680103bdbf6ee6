/**
 * When scale-down pauses: after nodes were added, a removal began, or one failed; as a whole, or for the node group where
 * it happened (`--scale-down-delay-type-local`). Timers run on meanwhile.
 */
import type { NodeReason } from '../explain/reasons.ts';
import type { LastMoments } from './memory.ts';
import type { ScaleDownInput } from './plan.ts';

export type Cooldown = Extract<NodeReason, { code: 'InCooldown' }>;

/** The pause of the whole that ends last of those that hold now; `undefined`: none does. A pause ends at its last moment. */
export function cooldownOf(input: ScaleDownInput): Cooldown | undefined {
  const { memory, options, pendingTooYoungUntilMs } = input;
  const pending = pause('pending-pods', pendingTooYoungUntilMs, 0);
  if (options.delaysPerGroup) return longest([pending], input);
  const grows = (input.growth?.size ?? 0) > 0;
  const last: LastMoments = {
    scaleUpAtMs: grows ? input.now : memory.lastScaleUpAtMs,
    deleteAtMs: memory.lastDeleteAtMs,
    failureAtMs: memory.lastFailureAtMs,
  };
  return longest([...pausesAfter(last, input), pending], input);
}

/** Of nodes that are replaced: nodes were added for them to go, and others of them may have gone. */
export function cooldownOfReplaced(input: ScaleDownInput): Cooldown | undefined {
  const { memory, options, pendingTooYoungUntilMs } = input;
  return longest(
    [
      pause('failure', memory.lastFailureAtMs, options.delayAfterFailureMs),
      pause('pending-pods', pendingTooYoungUntilMs, 0),
    ],
    input,
  );
}

/** The same of one node group by itself. */
export function cooldownOfGroup(id: string, name: string, input: ScaleDownInput): Cooldown | undefined {
  if (!input.options.delaysPerGroup) return undefined;
  const last = input.memory.groups.get(id);
  const grows = (input.growth?.get(id) ?? 0) > 0;
  const found = longest(
    pausesAfter(
      {
        scaleUpAtMs: grows ? input.now : last?.scaleUpAtMs,
        deleteAtMs: last?.deleteAtMs,
        failureAtMs: last?.failureAtMs,
      },
      input,
    ),
    input,
  );
  return found && { ...found, group: name };
}

function pausesAfter({ scaleUpAtMs, deleteAtMs, failureAtMs }: LastMoments, { options }: ScaleDownInput): Cooldown[] {
  return [
    pause('add', scaleUpAtMs, options.delayAfterAddMs),
    pause('delete', deleteAtMs, options.delayAfterDeleteMs),
    pause('failure', failureAtMs, options.delayAfterFailureMs),
  ];
}

function pause(after: Cooldown['after'], sinceMs: number | undefined, delayMs: number): Cooldown {
  return { code: 'InCooldown', after, untilMs: (sinceMs ?? -Infinity) + delayMs };
}

function longest(pauses: readonly Cooldown[], { now }: ScaleDownInput): Cooldown | undefined {
  return pauses.filter(({ untilMs }) => untilMs > now).toSorted((a, b) => b.untilMs - a.untilMs)[0];
}
