/**
 * What became of the nodes that a group was asked for, pass by pass: they have come, are still due, or have failed.
 *
 * Nodes are due one by one: registered ones are due no longer, ready or not. What is due after the deadline has failed.
 */
import type { CloudError } from '../cloud/facts.ts';
import type { BackoffCause } from './backoff.ts';
import type { Overhang } from './repairs.ts';

export interface ScaleUpRequest {
  readonly increase: number;
  readonly sinceMs: number;
  /** When its nodes have to have registered. */
  readonly untilMs: number;
  /** The size that was asked for last, where this process has asked. */
  readonly to?: number;
}

/** A group does not have as many nodes as its target says. */
export interface Missized {
  readonly registered: number;
  readonly targetSize: number;
  readonly sinceMs: number;
}

/** What a pass sees of a group, as far as memory is concerned. */
export interface GroupSighting {
  readonly groupId: string;
  /** The provider has no resize of the group under way. */
  readonly settled: boolean;
  /** Instances without a node that may still get one, overdue ones included; by id. */
  readonly unregisteredIds: readonly string[];
  /** Of these, those that are not overdue. */
  readonly awaited: number;
  /** Instances that could not be created. */
  readonly failed: readonly FailedInstance[];
  /** Of the target, how many nodes the provider does not list. */
  readonly unlisted: number;
  /** Nodes that registered and are not ready yet. */
  readonly starting: number;
  readonly provisionTimeMs: number;
  /** With what is asked for and not answered yet. */
  readonly targetSize: number;
  /** Nodes that registered, whatever their standing. */
  readonly registered: number;
  /** Instances that the provider lists, those being deleted aside. */
  readonly listed: number;
}

interface FailedInstance {
  readonly id: string;
  readonly error: CloudError;
}

/** What is remembered of the group. */
export interface KnownOfGroup {
  readonly request: ScaleUpRequest | undefined;
  readonly givenUp: number;
  /** More is being asked for, and the answer has not come. */
  readonly isAsking: boolean;
  /** Instances that could not be created, and were not known as such before. */
  readonly freshlyFailed: readonly FailedInstance[];
  readonly missized: Missized | undefined;
}

/** Nodes that were asked for and did not come. */
export interface GroupFailure extends BackoffCause {
  readonly nodes: number;
}

export interface Judgement {
  readonly request: ScaleUpRequest | undefined;
  /** Of the target, how many nodes are no longer expected. */
  readonly givenUp: number;
  readonly overhang: Overhang;
  readonly failures: readonly GroupFailure[];
  readonly missized?: Missized | undefined;
}

export function judged(known: KnownOfGroup, seen: GroupSighting, now: number): Judgement {
  const failures = failuresOf(known.freshlyFailed);
  const givenUp = Math.min(known.givenUp, seen.unlisted);
  const due = seen.awaited + seen.unlisted - givenUp;
  const asBefore = { givenUp, overhang: { late: givenUp, missing: 0 }, failures };
  if (due === 0) return { request: undefined, ...asBefore };
  const request = known.request ?? { increase: due, sinceMs: now, untilMs: now + seen.provisionTimeMs };
  // While more is being asked for, what is due cannot be told from what is new: the answer sets a new deadline.
  if (known.isAsking || now <= request.untilMs) return { request: { ...request, increase: due }, ...asBefore };
  const { unlisted } = seen;
  return {
    request: undefined,
    givenUp: unlisted,
    overhang: { late: unlisted, missing: 0 },
    failures: [...failures, timedOut(due, request)],
  };
}

export function timedOut(nodes: number, { sinceMs, untilMs }: ScaleUpRequest): GroupFailure {
  const message = `${nodes} of the nodes asked for did not register within ${wordMinutes(untilMs - sinceMs)}`;
  return { cause: 'provision-timeout', message, nodes };
}

/** One failure per pass, however many instances failed; in the cloud's words, each said once. */
export function failuresOf(failed: readonly FailedInstance[]): GroupFailure[] {
  const [first] = failed;
  if (first === undefined) return [];
  const messages = [...new Set(failed.map(({ error }) => error.message))];
  return [{ cause: first.error.kind, message: messages.join('; '), nodes: failed.length }];
}

function wordMinutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
