/** A column of a server-side table. */
import type { KubeObject } from '../object.ts';
import { age } from './human-duration.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer';
  readonly format: '' | 'name';
  /** 0: always; 1: only with `-o wide`. */
  readonly priority: 0 | 1;
  readonly cell: (object: KubeObject, nowMs: number) => string | number;
}

export function column(name: string, cell: Column['cell']): Column {
  return { name, type: 'string', format: '', priority: 0, cell };
}

export function counted(name: string, cell: (object: KubeObject) => number): Column {
  return { name, type: 'integer', format: '', priority: 0, cell };
}

/** Shown only with `-o wide`. */
export function wide(name: string, cell: Column['cell']): Column {
  return { ...column(name, cell), priority: 1 };
}

export const NAME: Column = { ...column('Name', (object) => object.metadata.name), format: 'name' };
export const AGE: Column = column('Age', (object, nowMs) => age(object.metadata.creationTimestamp, nowMs));

/** `<none>` for what is empty, as `kubectl` has it. */
export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}
