/**
 * The decisions of this process that changed or decided something, the latest last, each with what came of it.
 *
 * 1. Bounded: {@link MOST_DECISIONS}, each in its published form, in which nodes that merely stay are only counted.
 * 2. A pass that finds what the one before found, and asks for nothing, is not kept.
 * 3. What came of a decision is joined to it as it becomes known, up to {@link MOST_OUTCOMES}.
 */
import type { ActuationObservation } from '../actuation/observations.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { type RecordDocument, recordDocument } from '../explain/record-document.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import type { Stream } from './http/answer.ts';
import { type JoinedOutcome, Joining } from './joining.ts';

export interface DecisionDocument extends RecordDocument {
  readonly outcomes: readonly JoinedOutcome[];
}

interface Kept {
  readonly document: RecordDocument;
  readonly outcomes: JoinedOutcome[];
}

type Listener = Parameters<Stream['subscribe']>[0];

/** Some hours of a busy cluster. */
const MOST_DECISIONS = 256;
const MOST_OUTCOMES = 200;

export class Decisions implements Stream {
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<Listener>();
  readonly #joining: Joining;
  #gist = '';

  constructor(nodeOf: (pod: string) => string | undefined) {
    this.#joining = new Joining(nodeOf);
  }

  record(record: DecisionRecord): void {
    for (const outcome of this.#joining.record(record)) this.#join(outcome);
    const gist = gistOf(record);
    const isNews = gist !== this.#gist || record.actions.length > 0 || record.failures !== undefined;
    this.#gist = gist;
    if (!isNews) return;
    const document = recordDocument(record, formatTimestamp);
    this.#kept.set(record.id, { document, outcomes: [] });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_DECISIONS && oldest !== undefined) this.#kept.delete(oldest);
    this.#tell(record.id, { kind: 'decision', ...document });
  }

  outcome(seen: ActuationObservation): void {
    for (const outcome of this.#joining.outcome(seen)) this.#join(outcome);
  }

  /** The latest first. */
  latest(most: number): readonly DecisionDocument[] {
    return [...this.#kept.values()].slice(-most).toReversed().map(documentOf);
  }

  get(id: string): DecisionDocument | undefined {
    const kept = this.#kept.get(id);
    return kept === undefined ? undefined : documentOf(kept);
  }

  ids(): Iterable<string> {
    return this.#kept.keys();
  }

  subscribe(send: Listener): () => void {
    this.#listeners.add(send);
    return () => void this.#listeners.delete(send);
  }

  #join(outcome: JoinedOutcome): void {
    const outcomes = this.#kept.get(outcome.decision)?.outcomes;
    if (outcomes === undefined || outcomes.length >= MOST_OUTCOMES) return;
    outcomes.push(outcome);
    this.#tell(outcome.decision, { kind: 'outcome', ...outcome });
  }

  #tell(id: string, event: object): void {
    if (this.#listeners.size === 0) return;
    const data = JSON.stringify(event);
    for (const listener of this.#listeners) listener({ id, data });
  }
}

function documentOf({ document, outcomes }: Kept): DecisionDocument {
  return { ...document, outcomes };
}

/** What makes a record news when it differs: who is in which state for which reason, amounts and moments aside. */
function gistOf({ cluster, dryRun, groups, nodes, pods }: DecisionRecord): string {
  const words: string[] = [String(cluster.healthy)];
  for (const { name, blocked } of groups) if (blocked !== undefined) words.push(name, blocked.code);
  for (const { example, outcome } of pods) {
    words.push(example, outcome.kind === 'waits' ? outcome.reason.code : outcome.kind);
  }
  for (const { node, outcome } of nodes) if (outcome.kind !== 'stays') words.push(node, outcome.kind);
  for (const action of dryRun?.actions ?? []) words.push(action.group, action.kind);
  return words.join(' ');
}
