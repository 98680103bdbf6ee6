/** What is kept of replacing nodes by cheaper ones, and how far it is believed: see kept-parts.ts and kept-belief.ts. */
import * as z from 'zod';
import type { ReplacementSketch } from '../explain/consolidation-reasons.ts';
import type { ConsolidationMemory } from '../scale-down/memory.ts';

/** A replacement has come to its end long before, or will not. */
const LONGEST_REPLACEMENT_MS = 2 * 60 * 60_000;

const time = z.int().min(0);
const text = z.string().max(1000);
/** What is kept has whole numbers only: dollars and shares are kept in millionths. */
const MILLIONTHS = 1e6;

const sketch = z.strictObject({
  group: text,
  nodes: z.int().min(1).max(100_000),
  replaced: z.array(text),
  /** Savings an hour, their share, the share of the disruption; in millionths. */
  figures: z.tuple([z.int(), z.int(), z.int()]),
});

const kept = z.strictObject({
  replacement: z
    .strictObject({
      groupId: text,
      sketch,
      before: z.array(text),
      replaced: z.array(z.strictObject({ name: text, uid: text })),
      askedAtMs: time,
      readyAtMs: time.optional(),
      untilMs: time,
    })
    .optional(),
  found: z.strictObject({ sketch, sinceMs: time }).optional(),
  quietUntilMs: time.optional(),
});

/** `undefined`: there is nothing to keep. When one was last looked for is not worth it. */
export function consolidationToJson({ replacement, found, quietUntilMs }: ConsolidationMemory): object | undefined {
  const parts = {
    replacement: replacement && { ...replacement, sketch: sketchToJson(replacement.sketch) },
    found: found && { ...found, sketch: sketchToJson(found.sketch) },
    quietUntilMs,
  };
  return Object.values(parts).every((part) => part === undefined) ? undefined : parts;
}

/** Throws a `ZodError` where the value does not have the form. */
export function consolidationFromJson(value: unknown): ConsolidationMemory {
  const { replacement, found, quietUntilMs } = kept.parse(value);
  return {
    replacement: replacement && {
      ...replacement,
      sketch: sketchFromJson(replacement.sketch),
      readyAtMs: replacement.readyAtMs,
    },
    found: found && { ...found, sketch: sketchFromJson(found.sketch) },
    lookedAtMs: undefined,
    quietUntilMs,
  };
}

function inMillionths(figure: number): number {
  return Math.round(figure * MILLIONTHS);
}

function sketchToJson(given: ReplacementSketch): z.infer<typeof sketch> {
  const { group, nodes, replaced, savesPerHour, savingsShare, disruptionShare } = given;
  const figures: [number, number, number] = [
    inMillionths(savesPerHour),
    inMillionths(savingsShare),
    inMillionths(disruptionShare),
  ];
  return { group, nodes, replaced: [...replaced], figures };
}

function sketchFromJson({ figures, ...rest }: z.infer<typeof sketch>): ReplacementSketch {
  const [saves, savings, disruption] = figures;
  return {
    ...rest,
    savesPerHour: saves / MILLIONTHS,
    savingsShare: savings / MILLIONTHS,
    disruptionShare: disruption / MILLIONTHS,
  };
}

/** `cooldownMs`: the longest pause after a replacement; `wasAway`: nobody has watched for a while. */
export function believedConsolidation(
  { replacement, found, quietUntilMs }: ConsolidationMemory,
  around: {
    readonly now: number;
    readonly wasAway: boolean;
    readonly cooldownMs: number;
    readonly isPool: (groupId: string) => boolean;
  },
): ConsolidationMemory {
  const { now, wasAway, cooldownMs, isPool } = around;
  const past = (atMs: number): number => Math.min(atMs, now);
  const goesOn = replacement !== undefined && !wasAway && isPool(replacement.groupId) && replacement.untilMs > now;
  return {
    replacement: goesOn
      ? {
          ...replacement,
          askedAtMs: past(replacement.askedAtMs),
          readyAtMs: replacement.readyAtMs === undefined ? undefined : past(replacement.readyAtMs),
          untilMs: Math.min(replacement.untilMs, now + LONGEST_REPLACEMENT_MS),
        }
      : undefined,
    found: found === undefined || wasAway ? undefined : { ...found, sinceMs: past(found.sinceMs) },
    lookedAtMs: undefined,
    quietUntilMs: quietUntilMs === undefined ? undefined : Math.min(quietUntilMs, now + cooldownMs),
  };
}
