/**
 * Interning: one object for what many objects share. Pods of one ReplicaSet get the same `labels` and `spec` object, so
 * that memory grows with the number of templates, and equals are recognised by identity.
 *
 * Objects are interned for as long as anybody uses them, and no longer: the label sets and specs of pods and nodes that
 * have gone go with them, and what stays shared stays shared however long it is not told of.
 */
import type { Labels, PodSpecFacts } from '../cluster/facts.ts';

/** Objects by what they are made of. It holds none of them itself, and forgets the keys of those that are gone. */
export class InternTable<V extends object> {
  readonly #entries = new Map<string, WeakRef<V>>();
  /** By the time that a key is reported, an equal object may have taken the place of the one that is gone. */
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (this.get(key) === undefined) this.#entries.delete(key);
  });

  get(key: string): V | undefined {
    return this.#entries.get(key)?.deref();
  }

  /** Remembers `value`, while it is in use, and returns it. */
  set(key: string, value: V): V {
    this.#entries.set(key, new WeakRef(value));
    this.#gone.register(value, key);
    return value;
  }
}

/** Texts in a generation. 100,000 pods of a few thousand templates stay well below. */
const GENERATION_SIZE = 65_536;

/**
 * The texts that were met of late; nobody can tell of a text whether it is in use. Bounded: there are two generations, and
 * when the young one is full the old one is forgotten. What is met often moves to the young one.
 */
export class TextTable {
  #young = new Map<string, string>();
  #old = new Map<string, string>();
  readonly #generationSize: number;

  constructor(generationSize = GENERATION_SIZE) {
    this.#generationSize = generationSize;
  }

  get(text: string): string | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const old = this.#old.get(text);
    if (old !== undefined) this.add(old);
    return old;
  }

  /** Remembers `text` and returns it. */
  add(text: string): string {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, text);
    return text;
  }
}

/** The one empty label set. */
export const NO_LABELS: Labels = Object.freeze({});

/** The tables of one observer. Both wire formats share them, so equal facts are the same object either way. */
export class Interner {
  /** Keyed by the bytes in which a label set or spec came: a repeated one is recognised without being decoded. */
  readonly labelsByBytes = new InternTable<Labels>();
  readonly specByBytes = new InternTable<PodSpecFacts>();
  readonly #texts = new TextTable();
  readonly #labels = new InternTable<Labels>();
  readonly #specs = new InternTable<PodSpecFacts>();

  /** For texts that repeat: namespaces, node names, label keys. */
  text(text: string): string {
    return this.#texts.get(text) ?? this.#texts.add(text);
  }

  /** The one object for this label set; its keys are in order, whatever the order given. */
  labels(entries: readonly (readonly [string, string])[]): Labels {
    if (entries.length === 0) return NO_LABELS;
    const sorted = inKeyOrder(entries);
    const key = JSON.stringify(sorted);
    const known = this.#labels.get(key);
    if (known !== undefined) return known;
    return this.#labels.set(
      key,
      Object.freeze(Object.fromEntries(sorted.map(([name, value]) => [this.text(name), this.text(value)]))),
    );
  }

  /** The one object for this spec. Its records must have their keys in order. */
  spec(spec: PodSpecFacts): PodSpecFacts {
    const key = JSON.stringify(spec);
    return this.#specs.get(key) ?? this.#specs.set(key, spec);
  }
}

/** Sorts entries by key, in code unit order. */
export function inKeyOrder<V>(entries: readonly (readonly [string, V])[]): (readonly [string, V])[] {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Collects byte ranges into a key for {@link Interner.labelsByBytes} and its like. Reused between objects. */
export class ByteKey {
  #bytes = Buffer.allocUnsafe(4096);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** A mark between parts, so that two different sequences of parts never give one key. */
  mark(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  add(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  text(): string {
    return this.#bytes.toString('latin1', 0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
