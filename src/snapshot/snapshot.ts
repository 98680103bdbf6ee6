/**
 * A snapshot: everything that a decision is made from (the model, the node groups, the memory, the options and the moment),
 * as one value that can be written down, and what was decided from it where it was taken. Decided from again, by the same
 * version of the program, it gives the same record, byte for byte (I10).
 */
import { Cluster } from '../cluster/cluster.ts';
import type { ExpanderPriorities } from '../cluster/expander-priorities.ts';
import type { ClusterEvent } from '../cluster/facts.ts';
import { invariant } from '../cluster/invariant.ts';
import { retold } from '../cluster/retelling.ts';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { type RecordDocument, recordDocument } from '../explain/record-document.ts';
import { priorityPattern } from '../kubernetes/decode-priorities.ts';
import { type DecisionInput, decide } from '../loop/decide.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { Redaction } from './redaction.ts';

export interface Snapshot {
  readonly profile: SchedulerProfile;
  /** By which of several lacking resources a pod is told of first: their order in the model. */
  readonly resources: readonly string[];
  /** Applied to an empty model they make the one that was. */
  readonly events: readonly SnapshotEvent[];
  readonly groups: DecisionInput['world']['groups'];
  readonly removals: DecisionInput['world']['removals'];
  readonly counsel: DecisionInput['world']['counsel'];
  readonly memory: DecisionInput['memory'];
  readonly options: DecisionInput['options'];
  readonly pass: DecisionInput['pass'];
  /** What was decided from it. */
  readonly decision: RecordDocument;
}

/** An event as plain values: of priorities, what their patterns are made of. */
type SnapshotEvent = Exclude<ClusterEvent, { kind: 'priorities' }> | WrittenPriorities;

interface WrittenPriorities {
  readonly kind: 'priorities';
  readonly priorities: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly read:
      | { readonly kind: 'priorities'; readonly tiers: readonly WrittenTier[] }
      | { readonly kind: 'unreadable'; readonly problem: string };
  };
}

interface WrittenTier {
  readonly priority: number;
  readonly patterns: readonly string[];
}

/** To be called between passes. What it holds does not change when the model does: facts are values. */
export function takeSnapshot({ world, memory, options, pass }: DecisionInput): Snapshot {
  const { cluster, groups, removals, counsel } = world;
  const redaction = new Redaction();
  return {
    profile: cluster.profile,
    resources: Array.from({ length: cluster.resources.size }, (_, column) => cluster.resources.name(column)),
    events: retold(cluster).map((event) => written(redaction.event(event))),
    groups,
    removals,
    counsel: counsel && { ...counsel, known: new Map(counsel.known) },
    memory,
    options,
    pass,
    decision: decided({ world: { cluster, groups, removals, ...(counsel && { counsel }) }, memory, options, pass }),
  };
}

/** What the decision of the snapshot is made from, in a model of its own. */
export function inputOf({
  counsel,
  events,
  memory,
  options,
  pass,
  profile,
  resources,
  ...rest
}: Snapshot): DecisionInput {
  const cluster = new Cluster(profile);
  for (const resource of resources) cluster.resources.column(resource);
  for (const event of events) cluster.apply(readAgain(event));
  const { groups, removals } = rest;
  return { world: { cluster, groups, removals, ...(counsel && { counsel }) }, memory, options, pass };
}

/** The record of the decision in its published form. */
export function decided({ world, memory, options, pass }: DecisionInput): RecordDocument {
  return recordDocument(decide(world, memory, options, pass).record, formatTimestamp);
}

function written(event: ClusterEvent): SnapshotEvent {
  if (event.kind !== 'priorities') return event;
  const { read, ...configMap } = event.priorities;
  if (read.kind === 'unreadable') return { kind: 'priorities', priorities: { ...configMap, read } };
  const tiers = read.priorities.tiers.map(({ priority, patterns }) => {
    return { priority, patterns: patterns.map(({ text }) => text) };
  });
  return { kind: 'priorities', priorities: { ...configMap, read: { kind: 'priorities', tiers } } };
}

function readAgain(event: SnapshotEvent): ClusterEvent {
  if (event.kind !== 'priorities') return event;
  const { read, ...configMap } = event.priorities;
  if (read.kind === 'unreadable') return { kind: 'priorities', priorities: { ...configMap, read } };
  return {
    kind: 'priorities',
    priorities: { ...configMap, read: { kind: 'priorities', priorities: prioritiesOf(read.tiers) } },
  };
}

function prioritiesOf(tiers: readonly WrittenTier[]): ExpanderPriorities {
  return {
    tiers: tiers.map(({ priority, patterns }) => ({
      priority,
      patterns: patterns.map((text) => {
        const pattern = priorityPattern(text);
        invariant(pattern.ok, 'a pattern that was read can be read again');
        return pattern.value;
      }),
    })),
  };
}
