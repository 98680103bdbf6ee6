/**
 * Plain values (objects, lists, maps, sets, texts, numbers) as JSON and back, exactly: what is `undefined` stays so, and an
 * object that stands in several places is written once and is one object again when it is read. The decision compares such
 * objects by identity (cluster/facts.ts), and ten thousand pods of one template take little room.
 *
 *     {"$":"undefined"}   {"$":"Infinity"}   {"$map":[[key,value],…]}   {"$set":[value,…]}
 *     {"$ref":3}                the fourth of the shared objects
 *     {"$object":[[key,value],…]}  an object one of whose keys begins with $
 */
import { invariant } from '../cluster/invariant.ts';
import { isRecord } from '../kubernetes/json-reader.ts';

export interface PlainForm {
  /** Each refers to earlier ones only. */
  readonly shared: readonly unknown[];
  readonly value: unknown;
}

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', Number.NaN],
]);

export function toPlainForm(value: unknown): PlainForm {
  const writer = new PlainWriter();
  writer.count(value);
  return { value: writer.written(value), shared: writer.shared };
}

/** @throws SyntaxError - where this is not what {@link toPlainForm} makes. */
export function fromPlainForm({ shared, value }: PlainForm): unknown {
  const known: unknown[] = [];
  for (const each of shared) known.push(read(each, known));
  return read(value, known);
}

/** Writes a value part by part: all parts are counted first, so that it is known what stands in several places. */
export class PlainWriter {
  readonly #times = new Map<object, number>();
  readonly #places = new Map<object, number>();
  readonly #shared: unknown[] = [];

  /** What the values that were written refer to. */
  get shared(): readonly unknown[] {
    return this.#shared;
  }

  count(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const times = (this.#times.get(value) ?? 0) + 1;
    this.#times.set(value, times);
    if (times > 1) return;
    for (const part of partsOf(value)) this.count(part);
  }

  written(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return primitive(value);
    if (this.#times.get(value) === 1) return this.#content(value);
    let place = this.#places.get(value);
    if (place === undefined) {
      place = this.#shared.push(this.#content(value)) - 1;
      this.#places.set(value, place);
    }
    return { $ref: place };
  }

  #content(value: object): unknown {
    if (Array.isArray(value)) return value.map((each) => this.written(each));
    if (value instanceof Set) return { $set: Array.from(value, (each) => this.written(each)) };
    if (value instanceof Map) return { $map: this.#pairs(value) };
    const entries = Object.entries(value);
    const pairs = this.#pairs(entries);
    return entries.some(([key]) => key.startsWith('$')) ? { $object: pairs } : Object.fromEntries(pairs);
  }

  #pairs(entries: Iterable<readonly [unknown, unknown]>): readonly [string, unknown][] {
    return Array.from(entries, ([key, value]) => {
      invariant(typeof key === 'string', 'keys are texts');
      return [key, this.written(value)];
    });
  }
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return value.values();
  invariant(isRecord(value), 'only plain values are written');
  const prototype: unknown = Object.getPrototypeOf(value);
  invariant(prototype === Object.prototype || prototype === null, 'only plain values are written');
  return Object.values(value);
}

function primitive(value: unknown): unknown {
  if (value === undefined) return { $: 'undefined' };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $: String(value) };
  invariant(value === null || ['string', 'number', 'boolean'].includes(typeof value), 'only plain values are written');
  return value;
}

function read(value: unknown, known: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((each) => read(each, known));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  const [mark, content] = entries[0] ?? ['', undefined];
  if (!mark.startsWith('$')) return Object.fromEntries(entries.map(([key, each]) => [key, read(each, known)]));
  switch (mark) {
    case '$':
      if (typeof content === 'string' && WORDS.has(content)) return WORDS.get(content);
      break;
    case '$ref':
      if (typeof content === 'number' && content in known) return known[content];
      break;
    case '$set':
      if (Array.isArray(content)) return new Set(content.map((each) => read(each, known)));
      break;
    case '$map':
      return new Map(pairsOf(content, known));
    case '$object':
      return Object.fromEntries(pairsOf(content, known));
  }
  throw new SyntaxError(`${mark} stands for nothing here`);
}

function pairsOf(content: unknown, known: readonly unknown[]): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(content)) throw new SyntaxError('a list of pairs is expected');
  return content.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw new SyntaxError('a pair of a key and a value is expected');
    }
    return [pair[0], read(pair[1], known)];
  });
}
