/**
 * A snapshot as a file: JSON with the version of its form and a checksum of its content, so that one that was cut short,
 * changed, or made by a program of another form is told as such and never decided from.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isRecord } from '../kubernetes/json-reader.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { fromPlainForm, type PlainForm, toPlainForm } from './plain-form.ts';
import type { Snapshot } from './snapshot.ts';

/** To be raised whenever what a decision is made from changes its form. */
const VERSION = 1;
const FORMAT = 'vke-autoscaler-snapshot';

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
const PARTS = ['profile', 'events', 'groups', 'removals', 'memory', 'options', 'pass', 'decision'] as const;

export interface SnapshotFile {
  readonly snapshot: Snapshot;
  /** The version of the program that took it. */
  readonly program: string;
  readonly takenAt: string;
}

/** @param program - The version of this program. */
export function writeSnapshot(snapshot: Snapshot, program: string): string {
  const { shared, value } = toPlainForm(snapshot);
  const content = { shared, value };
  const takenAt = formatTimestamp(snapshot.pass.now);
  const file = { format: FORMAT, version: VERSION, program, takenAt, sha256: checksum(content), content };
  return `${JSON.stringify(file)}\n`;
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
function checksum(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
