/**
 * A value of a YAML file with the path to it and its line, so that whoever reads a configuration can name what is wrong
 * where it stands. Mistakes are gathered, not thrown: a person sees all of them at once.
 */
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { nearestName } from '../runtime/nearest.ts';

/** A file that is being read, and what is wrong with it. */
interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
  readonly problems: string[];
}

export class Field {
  readonly path: string;
  readonly #reading: Reading;
  readonly #node: unknown;
  readonly #offset: number;

  constructor(reading: Reading, path: string, node: unknown, offset: number) {
    this.#reading = reading;
    this.path = path;
    this.#node = node;
    this.#offset = offset;
  }

  /** Notes what is wrong here: `FILE:LINE: PATH: MESSAGE`. */
  problem(message: string): void {
    const { file, lines, problems } = this.#reading;
    const path = this.path === '' ? '' : `${this.path}: `;
    problems.push(`${file}:${lines.linePos(this.#offset).line}: ${path}${message}`);
  }

  /** The fields of an object; one that is not known is a problem. Null is an empty object. */
  fields<N extends string>(known: readonly N[]): Partial<Record<N, Field>> {
    const found: Partial<Record<N, Field>> = {};
    if (this.#isNull()) return found;
    if (!isMap(this.#node)) {
      this.problem('expected an object');
      return found;
    }
    for (const { key, value } of this.#node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const path = this.path === '' ? name : `${this.path}.${name}`;
      const field = new Field(this.#reading, path, value, isScalar(key) ? (key.range?.[0] ?? 0) : this.#offset);
      const match = known.find((one) => one === name);
      if (match === undefined) field.#unknown(name, known);
      else found[match] = field;
    }
    return found;
  }

  /** The items of a list; none of null. */
  items(): readonly Field[] {
    if (this.#isNull()) return [];
    if (!isSeq(this.#node)) {
      this.problem('expected a list');
      return [];
    }
    return this.#node.items.map(
      (item, index) => new Field(this.#reading, `${this.path}[${index}]`, item, offsetOf(item) ?? this.#offset),
    );
  }

  text(): string {
    if (isScalar(this.#node) && typeof this.#node.value === 'string') return this.#node.value;
    this.problem('expected text');
    return '';
  }

  texts(): readonly string[] {
    return this.items().map((item) => item.text());
  }

  #isNull(): boolean {
    return this.#node === null || this.#node === undefined || (isScalar(this.#node) && this.#node.value === null);
  }

  #unknown(name: string, known: readonly string[]): void {
    const nearest = nearestName(name, known);
    this.problem(`there is no such field${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
  }
}

/** The whole file, and the list to which its problems are added while it is read. */
export function readYaml(file: string, text: string): { readonly root: Field; readonly problems: readonly string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map((error) => `${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`);
  return { root: new Field({ file, lines, problems }, '', document.contents, 0), problems };
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}
