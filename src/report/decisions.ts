/**
 * The decisions of this process that changed or decided something, the latest last, each with what came of it.
 *
 * 1. Bounded: {@link MOST_DECISIONS}, each in its published form, in which nodes that merely stay are only counted.
 * 2. A pass that finds what the one before found, and asks for nothing, is not kept.
 * 3. What came of a decision is joined to it as it becomes known, up to {@link MOST_OUTCOMES}.
 * 4. Where there is a decision log, all that is kept goes to it too, and those of earlier processes come from it.
 */
import * as z from 'zod';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { type RecordDocument, recordDocument } from '../explain/record-document.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import type { LogDocument } from './decision-log/decision-log.ts';
import type { StoredDecision } from './decision-log/entries.ts';
import type { Stream } from './http/answer.ts';
import { type JoinedOutcome, Joining } from './joining.ts';
import type { Cost } from './money.ts';

interface DecisionDocument extends MoneyedDocument {
  readonly outcomes: readonly JoinedOutcome[];
}

interface MoneyedDocument extends RecordDocument {
  /** As the pass found it. Absent: nobody counted. */
  readonly cost?: Cost;
}

/** Where decisions are kept beyond this process. */
export interface DecisionSink {
  note(document: LogDocument): void;
}

interface Kept {
  readonly document: MoneyedDocument;
  readonly outcomes: JoinedOutcome[];
}

type Listener = Parameters<Stream['subscribe']>[0];

/** Some hours of a busy cluster. */
export const MOST_DECISIONS = 256;
const MOST_OUTCOMES = 200;

export class Decisions implements Stream {
  readonly #kept = new Map<string, Kept>();
  /** Of earlier processes, the oldest first. */
  readonly #earlier = new Map<string, StoredDecision>();
  readonly #log: DecisionSink | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #joining: Joining;
  #gist = '';

  constructor(nodeOf: (pod: string) => string | undefined, log?: DecisionSink) {
    this.#joining = new Joining(nodeOf);
    this.#log = log;
  }

  /** One that an earlier process has kept, later than those that were restored before it. */
  restore(decision: StoredDecision): void {
    this.#earlier.set(decision.id, decision);
    this.#forgetOldest();
  }

  record(record: DecisionRecord, cost?: Cost): void {
    for (const outcome of this.#joining.record(record)) this.#join(outcome);
    const gist = gistOf(record);
    const isNews = gist !== this.#gist || record.actions.length > 0 || record.failures !== undefined;
    this.#gist = gist;
    if (!isNews) return;
    const document = { ...recordDocument(record, formatTimestamp), ...(cost === undefined ? {} : { cost }) };
    this.#kept.set(record.id, { document, outcomes: [] });
    this.#forgetOldest();
    this.#log?.note({ kind: 'decision', id: record.id, atMs: record.atMs, document });
    this.#tell(record.id, { kind: 'decision', ...document });
  }

  outcome(seen: ActuationObservation): void {
    for (const outcome of this.#joining.outcome(seen)) this.#join(outcome);
  }

  /** The latest first. */
  latest(most: number): readonly object[] {
    const own = [...this.#kept.values()].toReversed().slice(0, most).map(documentOf);
    const earlier = [...this.#earlier.values()]
      .toReversed()
      .slice(0, most - own.length)
      .map(storedDocument);
    return [...own, ...earlier];
  }

  get(id: string): object | undefined {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return documentOf(kept);
    const stored = this.#earlier.get(id);
    return stored === undefined ? undefined : storedDocument(stored);
  }

  ids(): Iterable<string> {
    return [...this.#earlier.keys(), ...this.#kept.keys()];
  }

  subscribe(send: Listener): () => void {
    this.#listeners.add(send);
    return () => void this.#listeners.delete(send);
  }

  #join(outcome: JoinedOutcome): void {
    const outcomes = this.#kept.get(outcome.decision)?.outcomes;
    if (outcomes === undefined || outcomes.length >= MOST_OUTCOMES) return;
    outcomes.push(outcome);
    this.#log?.note({ kind: 'outcome', decision: outcome.decision, document: outcome });
    this.#tell(outcome.decision, { kind: 'outcome', ...outcome });
  }

  #forgetOldest(): void {
    if (this.#earlier.size + this.#kept.size <= MOST_DECISIONS) return;
    const oldest = this.#earlier.size > 0 ? this.#earlier : this.#kept;
    const [id] = oldest.keys();
    if (id !== undefined) oldest.delete(id);
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

const storedObject = z.record(z.string(), z.unknown());

/** As the log has it: what another version wrote is given as it is. */
export function storedDocument({ json, outcomes }: StoredDecision): object {
  const document = storedObject.parse(JSON.parse(json));
  return { ...document, outcomes: outcomes.map((outcome) => storedObject.parse(JSON.parse(outcome))) };
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
