/**
 * Recorded verdicts of kube-scheduler: the format of a case (one JSON object a line, gzipped) and how it becomes a model
 * that the product's own decoders have read.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { PodFacts } from '../../src/cluster/facts.ts';
import type { DecodeResult } from '../../src/kubernetes/decode-result.ts';
import { Interner } from '../../src/kubernetes/intern.ts';
import { WATCHED_KINDS, type WatchedKindName } from '../../src/kubernetes/watched-kind.ts';

export interface Rejected {
  readonly plugin: string;
  readonly reasons: readonly string[];
  readonly code: string;
}

export interface RecordedVerdict {
  readonly pod: string;
  readonly skipped?: string;
  readonly preenqueue?: Rejected;
  readonly prefilter?: Rejected | null;
  readonly nodes: Readonly<Record<string, { readonly fits: true } | Rejected>>;
}

export interface RecordedCase {
  readonly id: string;
  readonly family: string;
  readonly objects: Readonly<Record<string, readonly unknown[] | undefined>>;
  readonly pending: readonly unknown[];
  readonly verdicts: readonly RecordedVerdict[];
  readonly sequence?: readonly { readonly pod: string; readonly node: string | null }[];
}

/** What a case says, as the product reads it. */
export interface LoadedCase {
  readonly cluster: Cluster;
  readonly pending: readonly PodFacts[];
}

/** The lists of a case and the kinds that they are of. Claims and slices of devices are not read by the product. */
const KINDS: readonly (readonly [string, WatchedKindName])[] = [
  ['namespaces', 'namespaces'],
  ['nodes', 'nodes'],
  ['persistentVolumes', 'persistentvolumes'],
  ['persistentVolumeClaims', 'persistentvolumeclaims'],
  ['storageClasses', 'storageclasses'],
  ['csiNodes', 'csinodes'],
  ['csiDrivers', 'csidrivers'],
  ['csiStorageCapacities', 'csistoragecapacities'],
  ['volumeAttachments', 'volumeattachments'],
  ['deviceClasses', 'deviceclasses'],
  ['pods', 'pods'],
];

/** Every recorded file under the directories, and under theirs, in the order of their paths. */
export async function recordedFiles(directories: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of directories) {
    if ((await stat(path)).isFile()) {
      found.push(path);
      continue;
    }
    const names = await readdir(path, { recursive: true });
    found.push(...names.filter((name) => name.endsWith('.ndjson.gz')).map((name) => join(path, name)));
  }
  return found.toSorted((a, b) => (a < b ? -1 : 1));
}

export async function* readCases(file: string): AsyncGenerator<RecordedCase> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text !== '') yield parseCase(text, `${file}:${line}`);
  }
}

/** Reads the case's objects through the decoders of the watches into a model. */
export function loadCase(recorded: RecordedCase): LoadedCase {
  const interner = new Interner();
  const cluster = new Cluster();
  for (const [list, name] of KINDS) {
    const kind = WATCHED_KINDS.find((candidate) => candidate.name === name);
    if (kind === undefined) throw new Error(`${name} are not watched`);
    for (const object of recorded.objects[list] ?? []) {
      cluster.apply(understood(kind.decodeJson(object, interner), recorded.id).event);
    }
  }
  const pods = WATCHED_KINDS.find(({ name }) => name === 'pods');
  const pending = recorded.pending.map((object) => {
    const decoded = pods === undefined ? undefined : understood(pods.decodeJson(object, interner), recorded.id);
    if (decoded?.event.kind !== 'pod') throw new Error(`${recorded.id}: a pending object is no pod`);
    return decoded.event.pod;
  });
  return { cluster, pending };
}

function understood(result: DecodeResult, id: string): Extract<DecodeResult, { ok: true }>['value'] {
  if (!result.ok) throw new Error(`${id}: ${result.error.key ?? 'an object'}: ${result.error.reason}`);
  return result.value;
}

function parseCase(text: string, where: string): RecordedCase {
  const value: unknown = JSON.parse(text);
  if (!isRecordedCase(value)) throw new Error(`${where}: not a recorded case`);
  return value;
}

/** The outline only: what a verdict holds is read as it is compared. */
function isRecordedCase(value: unknown): value is RecordedCase {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'family' in value &&
    typeof value.family === 'string' &&
    'objects' in value &&
    typeof value.objects === 'object' &&
    'pending' in value &&
    Array.isArray(value.pending) &&
    'verdicts' in value &&
    Array.isArray(value.verdicts) &&
    value.verdicts.length === value.pending.length
  );
}
