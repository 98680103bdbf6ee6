/**
 * The memory as the data of a ConfigMap: one key for each part of it (kept-parts.ts), so that a part which somebody has
 * spoilt is set aside by itself, and the version of the form.
 *
 *     version     1
 *     alive-at    2026-11-30T14:38:47.120Z     when its process was there to see what happens
 *     by          vke-autoscaler-7d…_3f…       that process
 *     left-out    promises unneeded            parts that had no room
 *     backoffs    {"<pool id>":{…}}            and so on
 */
import { ZodError } from 'zod';
import { formatMicroTimestamp, parseTimestamp } from '../runtime/timestamps.ts';
import { KEPT_PARTS, type KeptPart } from './kept-parts.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';

export type KeptData = Readonly<Record<string, string>>;

export interface WrittenMemory {
  readonly data: KeptData;
  /** Names of parts that had no room. */
  readonly leftOut: readonly string[];
}

export type ReadMemory =
  /** Nothing of it can be used. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  | {
      readonly kind: 'read';
      readonly memory: Memory;
      readonly aliveAtMs: number;
      /** Who wrote it. */
      readonly by: string;
      readonly leftOut: readonly string[];
      /** Of parts that were set aside. */
      readonly problems: readonly string[];
    };

const VERSION = '1';
const VERSION_KEY = 'version';
const ALIVE_KEY = 'alive-at';
const BY_KEY = 'by';
const LEFT_OUT_KEY = 'left-out';

/** The API server takes 1 MiB of data; the rest is room for keys and for what a person adds. */
const MOST_BYTES = 900 * 1024;

/** @param mostBytes - Of all parts together. */
export function writeMemory(
  memory: Memory,
  { by, atMs }: { readonly by: string; readonly atMs: number },
  mostBytes = MOST_BYTES,
): WrittenMemory {
  const data: Record<string, string> = {
    [VERSION_KEY]: VERSION,
    [ALIVE_KEY]: formatMicroTimestamp(atMs),
    [BY_KEY]: by,
  };
  const leftOut: string[] = [];
  let left = mostBytes;
  for (const part of KEPT_PARTS) {
    const value = part.toJson(memory);
    if (value === undefined) continue;
    const json = JSON.stringify(value, wholeNumbers);
    const bytes = Buffer.byteLength(json);
    if (bytes > left) {
      leftOut.push(part.name);
      continue;
    }
    left -= bytes;
    data[part.name] = json;
  }
  if (leftOut.length > 0) data[LEFT_OUT_KEY] = leftOut.join(' ');
  return { data, leftOut };
}

export function readMemory(data: KeptData): ReadMemory {
  const version = data[VERSION_KEY];
  if (version !== VERSION) {
    const found = version === undefined ? 'it names no version' : `version ${version.slice(0, 20)} is not known`;
    return { kind: 'unreadable', problem: `${found}; this program writes version ${VERSION}` };
  }
  const problems: string[] = [];
  const aliveAtMs = parseTimestamp(data[ALIVE_KEY] ?? '');
  if (aliveAtMs === undefined) problems.push(`${ALIVE_KEY} is no time`);
  let memory = FIRST_MEMORY;
  for (const part of KEPT_PARTS) {
    const json = data[part.name];
    if (json === undefined) continue;
    const read = readPart(part, json, memory);
    if (typeof read === 'string') problems.push(`${part.name} ${read}`);
    else memory = read;
  }
  const leftOut = (data[LEFT_OUT_KEY] ?? '').split(' ').filter((name) => name !== '');
  return { kind: 'read', memory, aliveAtMs: aliveAtMs ?? 0, by: data[BY_KEY] ?? '', leftOut, problems };
}

/** Whether both say the same, whenever they were written. */
export function saysTheSame(one: KeptData, other: KeptData): boolean {
  const { [ALIVE_KEY]: _one, ...first } = one;
  const { [ALIVE_KEY]: _other, ...second } = other;
  const keys = Object.keys(first);
  return keys.length === Object.keys(second).length && keys.every((key) => first[key] === second[key]);
}

/** Whether there is nothing in it that a start without it would not know. */
export function isBlank(data: KeptData): boolean {
  return Object.keys(data).every((key) => key === VERSION_KEY || key === ALIVE_KEY || key === BY_KEY);
}

/** The memory with the part in it, or what is wrong with it. */
function readPart(part: KeptPart, json: string, memory: Memory): Memory | string {
  try {
    return part.into(memory, JSON.parse(json));
  } catch (error) {
    if (error instanceof SyntaxError) return 'is no JSON';
    if (!(error instanceof ZodError)) throw error;
    const [first] = error.issues;
    const where = first === undefined || first.path.length === 0 ? '' : ` at ${first.path.map(String).join('.')}`;
    return `is not of the known form${where}: ${first?.message ?? ''}`;
  }
}

/** The process counts in fractions of milliseconds where its clock does. */
function wholeNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value) : value;
}
