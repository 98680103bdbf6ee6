/**
 * A snapshot as a file: JSON with the version of its form and a checksum of its content, so that one that was cut short,
 * changed, or made by a program of another form is told as such and never decided from.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isRecord } from '../kubernetes/json-reader.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { fromPlainForm, type PlainForm, PlainWriter } from './plain-form.ts';
import type { Snapshot } from './snapshot.ts';

/** To be raised whenever what a decision is made from changes its form. */
const VERSION = 1;
const FORMAT = 'vke-autoscaler-snapshot';
/** Events in a piece of work, and for how long work goes on before others have their turn. */
const BATCH = 200;
const TURN_MS = 5;

const heading = z.object({ format: z.literal(FORMAT), version: z.number() });
const envelope = z.object({
  ...heading.shape,
  program: z.string(),
  takenAt: z.string(),
  sha256: z.string(),
  content: z.object({ shared: z.array(z.unknown()), value: z.unknown() }),
});

/** The checksum says that it is what was written, and the version that it has this form: the parts have to be there. */
const snapshotForm = z.custom<Snapshot>(
  (value) => isRecord(value) && PARTS.every((part) => typeof value[part] === 'object'),
);
const PARTS = [
  'profile',
  'resources',
  'events',
  'groups',
  'removals',
  'memory',
  'options',
  'pass',
  'decision',
] as const;

export interface SnapshotFile {
  readonly snapshot: Snapshot;
  /** The version of the program that took it. */
  readonly program: string;
  readonly takenAt: string;
}

/** @param program - The version of this program. */
export function writeSnapshot(snapshot: Snapshot, program: string): string {
  return [...pieces(snapshot, program)].join('');
}

/** The same, a little at a time: a large one takes longer than a pass may wait. */
export async function writeSnapshotInTurns(snapshot: Snapshot, program: string, clock: Clock): Promise<string> {
  const written: string[] = [];
  let sinceMs = clock.monotonic();
  for (const piece of pieces(snapshot, program)) {
    written.push(piece);
    if (clock.monotonic() - sinceMs < TURN_MS) continue;
    await clock.nextTurn();
    sinceMs = clock.monotonic();
  }
  return written.join('');
}

/** The text of the file. Each piece is little work; the empty ones are work as well. */
function* pieces(snapshot: Snapshot, program: string): Generator<string> {
  const { events, ...rest } = snapshot;
  const writer = new PlainWriter();
  writer.count(rest);
  for (const batch of batches(events)) {
    for (const event of batch) writer.count(event);
    yield '';
  }
  const head = { format: FORMAT, version: VERSION, program, takenAt: formatTimestamp(snapshot.pass.now) };
  yield `${JSON.stringify(head).slice(0, -1)},"content":`;
  const hash = createHash('sha256');
  for (const piece of contentPieces(events, rest, writer)) {
    hash.update(piece);
    yield piece;
  }
  yield `,"sha256":"${hash.digest('hex')}"}\n`;
}

/** The events and all else, and then what they refer to. */
function* contentPieces(events: readonly object[], rest: object, writer: PlainWriter): Generator<string> {
  yield `{"value":${JSON.stringify(writer.written(rest)).slice(0, -1)},"events":[`;
  yield* listPieces(events, (event) => writer.written(event));
  yield ']},"shared":[';
  yield* listPieces(writer.shared, (each) => each);
  yield ']}';
}

function* listPieces<T>(items: readonly T[], written: (item: T) => unknown): Generator<string> {
  let comma = '';
  for (const batch of batches(items)) {
    yield comma + batch.map((item) => JSON.stringify(written(item))).join(',');
    comma = ',';
  }
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}

/** The error is a sentence for people, without the file's name. */
export function readSnapshot(text: string): Result<SnapshotFile, string> {
  const value = json(text);
  if (value === undefined) return failure('it is no JSON; it may have been cut short');
  const head = heading.safeParse(value);
  if (!head.success) return failure('it is no snapshot; "vke-autoscaler snapshot -o FILE" saves one');
  const { version } = head.data;
  if (version !== VERSION) {
    return failure(`it is a snapshot of version ${version}, and this program reads version ${VERSION} only`);
  }
  const whole = envelope.safeParse(value);
  if (!whole.success) return failure('parts of the snapshot are missing');
  const { content, program, sha256, takenAt } = whole.data;
  if (checksum(content) !== sha256) return failure('its checksum does not match: it was changed after it was saved');
  const snapshot = snapshotForm.safeParse(contentOf(content));
  return snapshot.success
    ? success({ snapshot: snapshot.data, program, takenAt })
    : failure('its content is not that of a snapshot');
}

function contentOf(form: PlainForm): unknown {
  try {
    return fromPlainForm(form);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Of values as JSON has them; numbers, texts and the order of keys come back as they were. */
function checksum({ shared, value }: PlainForm): string {
  return createHash('sha256').update(JSON.stringify({ value, shared })).digest('hex');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
