/** Reads the entries of a kubeconfig, naming the file and the field in every complaint. */
import type { AccessError } from './access.ts';
import { isRecord } from './json-reader.ts';

export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly kind: AccessError['kind'];
  constructor(field: string, problem: string, kind: AccessError['kind'] = 'invalid') {
    super(field === '' ? problem : `${field}: ${problem}`);
    this.kind = kind;
  }
}

export class KubeconfigReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #path: string;

  constructor(fields: Readonly<Record<string, unknown>>, file: string, path: string) {
    this.#fields = fields;
    this.#file = file;
    this.#path = path;
  }

  static of(value: unknown, file: string): KubeconfigReader {
    if (!isRecord(value)) throw new KubeconfigError(file, 'not a kubeconfig: no mapping at its top');
    return new KubeconfigReader(value, file, '');
  }

  /** `kubeconfig FILE: users[vke].tokenFile`; with an empty field, the entry itself. */
  path(field: string): string {
    const within = this.#path === '' || field === '' ? this.#path + field : `${this.#path}.${field}`;
    return `${this.#file}: ${within}`;
  }

  error(field: string, problem: string, kind: AccessError['kind'] = 'invalid'): KubeconfigError {
    return new KubeconfigError(this.path(field), problem, kind);
  }

  has(field: string): boolean {
    return this.#fields[field] !== undefined && this.#fields[field] !== null;
  }

  /** `undefined` when absent or empty. */
  text(field: string): string | undefined {
    const value = this.#fields[field] ?? '';
    if (typeof value !== 'string') throw this.error(field, 'not a text');
    return value === '' ? undefined : value;
  }

  required(field: string): string {
    const text = this.text(field);
    if (text === undefined) throw this.error(field, 'missing');
    return text;
  }

  boolean(field: string): boolean {
    const value = this.#fields[field] ?? false;
    if (typeof value !== 'boolean') throw this.error(field, 'neither true nor false');
    return value;
  }

  object(field: string): KubeconfigReader | undefined {
    const value = this.#fields[field] ?? undefined;
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw this.error(field, 'not a mapping');
    return new KubeconfigReader(value, this.#file, this.#join(field));
  }

  texts(field: string): readonly string[] {
    return this.#list(field).map((item, index) => {
      if (typeof item !== 'string') throw this.error(`${field}[${index}]`, 'not a text');
      return item;
    });
  }

  objects(field: string): readonly KubeconfigReader[] {
    return this.#list(field).map((item, index) => {
      if (!isRecord(item)) throw this.error(`${field}[${index}]`, 'not a mapping');
      return new KubeconfigReader(item, this.#file, this.#join(`${field}[${index}]`));
    });
  }

  /** The `what` of the entry with that name in a list of named entries. */
  named(list: string, name: string, what: string): KubeconfigReader {
    const entries = this.objects(list);
    const entry = entries.find((candidate) => candidate.text('name') === name);
    if (entry === undefined) {
      const names = entries.map((candidate) => candidate.text('name') ?? '(unnamed)').join(', ');
      throw this.error(list, `no entry named "${name}"; there is ${names === '' ? 'none at all' : names}`);
    }
    const value = entry.#fields[what] ?? {};
    if (!isRecord(value)) throw this.error(`${list}[${name}].${what}`, 'not a mapping');
    return new KubeconfigReader(value, this.#file, `${list}[${name}]`);
  }

  #list(field: string): readonly unknown[] {
    const value = this.#fields[field] ?? [];
    if (!Array.isArray(value)) throw this.error(field, 'not a list');
    return value;
  }

  #join(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }
}
