/**
 * Reads JSON from the API, of which nothing is taken for granted: each accessor checks what it finds and names the field
 * when it is of the wrong type. An absent field and `null` are the same, as they are to Kubernetes.
 */
import { parseTimestamp } from '../runtime/timestamps.ts';
import { MalformedObject } from './decode-result.ts';
import type { QuantityTexts } from './pod-shape.ts';

/** A JSON object somewhere within a document, with the path that leads to it. */
export class JsonReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(fields: Readonly<Record<string, unknown>>, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  /** The document's root. */
  static of(value: unknown): JsonReader {
    if (!isRecord(value)) throw new MalformedObject('', 'not an object');
    return new JsonReader(value, '');
  }

  /** The field's path from the root, for messages. */
  path(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  keys(): readonly string[] {
    return Object.keys(this.#fields).filter((name) => this.has(name));
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  /** Empty when absent. */
  text(name: string): string {
    const value = this.#fields[name] ?? '';
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong(name, 'a whole number');
    return value;
  }

  /** False when absent. */
  boolean(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** Milliseconds in whole seconds, as the API keeps times. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === '') return undefined;
    const ms = parseTimestamp(text);
    if (ms === undefined) throw this.#wrong(name, 'a time');
    return Math.floor(ms / 1000) * 1000;
  }

  object(name: string): JsonReader | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw this.#wrong(name, 'an object');
    return new JsonReader(value, this.path(name));
  }

  /** The field's object, or an empty one. */
  objectOrEmpty(name: string): JsonReader {
    return this.object(name) ?? new JsonReader({}, this.path(name));
  }

  /** Empty when absent. */
  objects(name: string): readonly JsonReader[] {
    return this.#list(name).map((item, index) => {
      if (!isRecord(item)) throw this.#wrong(`${name}[${index}]`, 'an object');
      return new JsonReader(item, this.path(`${name}[${index}]`));
    });
  }

  texts(name: string): readonly string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item !== 'string') throw this.#wrong(`${name}[${index}]`, 'a text');
      return item;
    });
  }

  /** A map from text to text. */
  entries(name: string): readonly (readonly [string, string])[] {
    const map = this.object(name);
    return map === undefined ? [] : map.keys().map((key) => [key, map.text(key)]);
  }

  /** Amounts as written; a bare number is taken as its text, as Kubernetes does. */
  quantities(name: string): QuantityTexts {
    const map = this.object(name);
    if (map === undefined) return {};
    return Object.fromEntries(map.keys().map((key) => [key, map.#quantity(key)]));
  }

  #quantity(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'number') return String(value);
    return this.text(name);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list');
    return value;
  }

  #wrong(name: string, expected: string): MalformedObject {
    return new MalformedObject(this.path(name), `not ${expected}`);
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
