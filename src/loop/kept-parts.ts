/**
 * The parts of the memory that are kept over a restart, what matters most first, each with its JSON form. What is not
 * here is worked out anew within a pass or two: how the passes follow each other, which nodes were found unremovable by
 * a simulation, which pods were evicted a moment ago.
 *
 * All times are of the wall clock, in whole milliseconds.
 */
import * as z from 'zod';
import type { CloudErrorKind } from '../cloud/facts.ts';
import type { LastMoments, ScaleDownMemory, Unremovable } from '../scale-down/memory.ts';
import { consolidationFromJson, consolidationToJson } from './kept-consolidation.ts';
import type { Memory } from './memory.ts';

export interface KeptPart {
  readonly name: string;
  /** `undefined`: there is nothing of it. */
  toJson(memory: Memory): object | undefined;
  /** With what the value says in it; throws a `ZodError` where the value does not have the form. */
  into(memory: Memory, value: unknown): Memory;
}

/** The cloud's words are for people; a page of HTML is not. */
const LONGEST_MESSAGE = 500;

const time = z.int().min(0);
const count = z.int().min(0).max(100_000);
const text = z.string().max(1000);
const byName = <T extends z.ZodType>(value: T): z.ZodRecord<typeof text, T> => z.record(text, value);

const CAUSES = [
  'out-of-stock',
  'quota-exceeded',
  'account-refused',
  'unauthorized',
  'not-found',
  'rate-limited',
  'invalid',
  'unavailable',
  'unknown-outcome',
  'unsupported',
  'provision-timeout',
] as const satisfies readonly (CloudErrorKind | 'provision-timeout')[];

const resizes = z.strictObject({
  growthOrder: z.array(text),
  inFlight: byName(z.strictObject({ to: count, delta: count, sinceMs: time })),
  scaleUpRequests: byName(
    z.strictObject({ increase: count, sinceMs: time, untilMs: time, to: z.exactOptional(count) }),
  ),
});

const backoffs = byName(
  z.strictObject({ durationMs: time, untilMs: time, lastFailureMs: time, cause: z.enum(CAUSES), message: text }),
);

const launches = z.array(z.strictObject({ sinceMs: time, atMs: time, nodes: count }));

const lastMoments = z.strictObject({
  scaleUpAtMs: time.optional(),
  deleteAtMs: time.optional(),
  failureAtMs: time.optional(),
});
const cooldowns = z.strictObject({ ...lastMoments.shape, groups: byName(lastMoments) });

const node = z.strictObject({ name: text, uid: text });
const givenUpNodes = byName(z.strictObject({ uid: text, untilMs: time, message: text }));

const neverCame = z.strictObject({
  givenUp: byName(count),
  unregisteredSince: byName(time),
  failedSince: byName(time),
});

const mistakes = z.array(
  z.strictObject({
    kin: text,
    groupId: text,
    times: count,
    lastAtMs: time,
    untilMs: time,
    node: text,
    avoided: z.array(node),
  }),
);

const unneeded = byName(z.strictObject({ uid: text, sinceMs: time }));

const promises = z.array(z.strictObject({ kin: text, groupId: text, sinceMs: time, nodes: count }));

/** In this order they are given room: what a restart may forget with the least harm is last. */
export const KEPT_PARTS: readonly KeptPart[] = [
  {
    // Forgotten, nodes would be asked for twice.
    name: 'resizes',
    toJson: ({ nodeGroups: { growthOrder, inFlight, scaleUpRequests } }) =>
      unlessEmpty({
        growthOrder,
        inFlight: mapped(inFlight, ({ to, delta, sinceMs }) => ({ to, delta, sinceMs })),
        scaleUpRequests,
      }),
    into(memory, value) {
      const { inFlight, ...rest } = resizes.parse(value);
      // Nobody waits for the answer any more.
      const lost = mapped(inFlight, (sent) => ({ ...sent, outcomeUnknown: true }));
      return { ...memory, nodeGroups: { ...memory.nodeGroups, ...rest, inFlight: lost } };
    },
  },
  {
    name: 'backoffs',
    toJson: ({ nodeGroups }) =>
      unlessEmpty(mapped(nodeGroups.backoffs, (backoff) => ({ ...backoff, message: cut(backoff.message) }))),
    into: (memory, value) => ({
      ...memory,
      nodeGroups: { ...memory.nodeGroups, backoffs: backoffs.parse(value) },
    }),
  },
  {
    // Forgotten, a program that is killed by what it does would launch nodes without end.
    name: 'launches',
    toJson: ({ launches: kept }) => unlessEmpty(kept.launches),
    into: (memory, value) => ({ ...memory, launches: { launches: launches.parse(value) } }),
  },
  {
    name: 'cooldowns',
    toJson({ scaleDown }) {
      const last = {
        scaleUpAtMs: scaleDown.lastScaleUpAtMs,
        deleteAtMs: scaleDown.lastDeleteAtMs,
        failureAtMs: scaleDown.lastFailureAtMs,
      };
      const isEmpty = scaleDown.groups.size === 0 && Object.values(last).every((atMs) => atMs === undefined);
      return isEmpty ? undefined : { ...last, groups: Object.fromEntries(scaleDown.groups) };
    },
    into(memory, value) {
      const { groups, ...last } = cooldowns.parse(value);
      return withScaleDown(memory, {
        lastScaleUpAtMs: last.scaleUpAtMs,
        lastDeleteAtMs: last.deleteAtMs,
        lastFailureAtMs: last.failureAtMs,
        groups: new Map(Object.entries(groups).map(([id, moments]) => [id, lastOf(moments)])),
      });
    },
  },
  {
    name: 'replacement',
    toJson: ({ scaleDown }) => consolidationToJson(scaleDown.consolidation),
    into: (memory, value) => withScaleDown(memory, { consolidation: consolidationFromJson(value) }),
  },
  {
    // Of what makes a node unremovable, only this cannot be found out anew.
    name: 'given-up-nodes',
    toJson: ({ scaleDown }) =>
      unlessEmpty(
        Object.fromEntries(
          [...scaleDown.unremovable].flatMap(([name, { uid, untilMs, reason }]) =>
            reason.code === 'RemovalFailedRecently' ? [[name, { uid, untilMs, message: cut(reason.message) }]] : [],
          ),
        ),
      ),
    into: (memory, value) =>
      withScaleDown(memory, {
        unremovable: new Map(Object.entries(givenUpNodes.parse(value)).map(([name, kept]) => [name, failed(kept)])),
      }),
  },
  {
    name: 'never-came',
    toJson: ({ nodeGroups: { givenUp, unregisteredSince, failedSince } }) =>
      unlessEmpty({ givenUp, unregisteredSince, failedSince }),
    into: (memory, value) => ({ ...memory, nodeGroups: { ...memory.nodeGroups, ...neverCame.parse(value) } }),
  },
  {
    name: 'wrong-predictions',
    toJson: ({ predictions }) => unlessEmpty(predictions.mistakes),
    into: (memory, value) => ({
      ...memory,
      predictions: { ...memory.predictions, mistakes: mistakes.parse(value) },
    }),
  },
  {
    name: 'unneeded',
    toJson: ({ scaleDown }) => unlessEmpty(Object.fromEntries(scaleDown.unneeded)),
    into: (memory, value) => withScaleDown(memory, { unneeded: new Map(Object.entries(unneeded.parse(value))) }),
  },
  {
    name: 'promises',
    toJson: ({ predictions }) => unlessEmpty(predictions.promises),
    into: (memory, value) => ({
      ...memory,
      predictions: { ...memory.predictions, promises: promises.parse(value) },
    }),
  },
];

function withScaleDown(memory: Memory, change: Partial<ScaleDownMemory>): Memory {
  return { ...memory, scaleDown: { ...memory.scaleDown, ...change } };
}

function failed({ uid, untilMs, message }: z.infer<typeof givenUpNodes>[string]): Unremovable {
  return { uid, untilMs, reason: { code: 'RemovalFailedRecently', untilMs, message } };
}

function lastOf({ scaleUpAtMs, deleteAtMs, failureAtMs }: z.infer<typeof lastMoments>): LastMoments {
  return { scaleUpAtMs, deleteAtMs, failureAtMs };
}

function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** A list or an object, or an object of them, of which at least one holds something. */
function unlessEmpty<T extends object>(value: T): T | undefined {
  return holdsSomething(value) ? value : undefined;
}

function holdsSomething(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).some(holdsSomething);
}
