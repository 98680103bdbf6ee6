/**
 * Traces: pods as a table of CSV, one row each, such as the openb traces of real GPU clusters. The first line names the
 * columns, in any order; columns that are not listed here are ignored.
 *
 * | column           |          | meaning                                                                         |
 * | ---------------- | -------- | ------------------------------------------------------------------------------- |
 * | `name`           | required | a Kubernetes name, unique in the file                                           |
 * | `cpu_milli`      | required | CPU request, milli                                                              |
 * | `memory_mib`     | required | memory request, MiB                                                             |
 * | `creation_time`  | required | seconds since the beginning of the trace                                        |
 * | `num_gpu`        |          | whole GPUs                                                                      |
 * | `gpu_milli`      |          | part of one GPU that the pod used; see below                                    |
 * | `deletion_time`  |          | seconds; empty: the pod runs for ever                                           |
 * | `scheduled_time` |          | seconds; empty: the pod never ran in its own cluster                            |
 *
 * - **Duration.** A pod keeps its *running* duration, `deletion_time − scheduled_time`: when it starts later here than it did
 *   there, it also ends later. For a pod that never ran, only the time that it was wanted is known, so that is its duration:
 *   `deletion_time − creation_time`. No pod runs for less than a second.
 * - **Parts of GPUs.** Kubernetes hands out whole GPUs: a pod with `gpu_milli` 250 gets `num_gpu` of them, at least one.
 * - **Models of GPUs** (`gpu_spec`) are not looked at: the pool's plan decides.
 */
import { type Result, failure, success } from '../../src/runtime/result.ts';

export interface TracePod {
  readonly name: string;
  readonly milliCpu: number;
  readonly memoryMib: number;
  readonly gpus: number;
  readonly createdAtMs: number;
  /** `undefined`: runs until the replay ends. */
  readonly durationMs: number | undefined;
}

export interface TraceProblem {
  /** The line in the file, beginning with 1 for the header. */
  readonly line: number;
  /** Empty for the whole row. */
  readonly column: string;
  readonly message: string;
}

/** After so many problems the rest of the file is not read: one wrong column would make thousands. */
const MOST_PROBLEMS = 20;
const REQUIRED = ['name', 'cpu_milli', 'memory_mib', 'creation_time'] as const;
const SHORTEST_RUN_MS = 1000;
const POD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** `pods.csv:17: cpu_milli: "lots" is not a whole number of milli-CPU; write 1500 for 1.5 CPUs` */
export function formatTraceProblem(file: string, { line, column, message }: TraceProblem): string {
  return `${file}:${line}: ${column === '' ? '' : `${column}: `}${message}`;
}

/** Reads a whole trace; the pods come in the order of their creation. */
export function parseTrace(text: string): Result<readonly TracePod[], readonly TraceProblem[]> {
  const reader = new TraceReader();
  const pods: TracePod[] = [];
  const problems: TraceProblem[] = [];
  for (const line of text.split('\n')) {
    const read = reader.read(line);
    if (read === undefined) continue;
    if (read.ok) pods.push(read.value);
    else problems.push(...read.error);
    if (problems.length >= MOST_PROBLEMS || (problems.length > 0 && !reader.hasHeader)) break;
  }
  if (!reader.hasHeader && problems.length === 0) {
    problems.push({
      line: 1,
      column: '',
      message: `the file is empty; begin with a header such as ${REQUIRED.join(',')}`,
    });
  }
  if (problems.length > 0) return failure(problems);
  return success(pods.toSorted((a, b) => a.createdAtMs - b.createdAtMs));
}

/** Reads a trace line by line, for files that are read as a stream. */
export class TraceReader {
  #line = 0;
  #columns: ReadonlyMap<string, number> | undefined;
  readonly #names = new Map<string, number>();

  get hasHeader(): boolean {
    return this.#columns !== undefined;
  }

  /** The pod of the line, or what is wrong with it; `undefined` for the header and for empty lines. */
  read(text: string): Result<TracePod, readonly TraceProblem[]> | undefined {
    this.#line += 1;
    // A byte order mark, as spreadsheets write it, and the carriage return of Windows files.
    const line = text.replace(/^\uFEFF/, '').trim();
    if (line === '') return undefined;
    if (this.#columns !== undefined) return this.#readRow(line, this.#columns);
    const names = splitCsv(line).map((name) => name.trim());
    const missing = REQUIRED.filter((name) => !names.includes(name));
    if (missing.length === 0) {
      this.#columns = new Map(names.map((name, index) => [name, index]));
      return undefined;
    }
    const message = `the header lacks ${missing.join(', ')}; it has ${names.join(', ')}`;
    return failure([{ line: this.#line, column: '', message }]);
  }

  #readRow(line: string, columns: ReadonlyMap<string, number>): Result<TracePod, readonly TraceProblem[]> {
    const cells = splitCsv(line);
    if (cells.length !== columns.size) {
      const message = `has ${cells.length} cells where the header has ${columns.size}`;
      return failure([{ line: this.#line, column: '', message }]);
    }
    const row = new Row(cells, columns);
    const name = row.text('name');
    if (!POD_NAME.test(name)) {
      row.complain('name', `"${name}" is no Kubernetes name; use lower-case letters, digits and dashes`);
    }
    const before = this.#names.get(name);
    if (before !== undefined) row.complain('name', `"${name}" is also on line ${before}; names must be unique`);
    this.#names.set(name, this.#line);
    const pod: TracePod = {
      name,
      milliCpu: row.whole('cpu_milli', 'milli-CPU; write 1500 for 1.5 CPUs') ?? 0,
      memoryMib: row.whole('memory_mib', 'MiB; write 512 for half a GiB') ?? 0,
      gpus: gpusOf(row),
      ...timesOf(row),
    };
    return row.problems.length === 0
      ? success(pod)
      : failure(row.problems.map((problem) => ({ line: this.#line, ...problem })));
  }
}

function gpusOf(row: Row): number {
  const gpus = row.whole('num_gpu', 'GPUs; write 0 for none') ?? 0;
  const part = row.whole('gpu_milli', 'thousandths of a GPU; write 500 for half of one') ?? 0;
  return gpus === 0 && part > 0 ? 1 : gpus;
}

function timesOf(row: Row): { createdAtMs: number; durationMs: number | undefined } {
  const createdAtMs = row.timeMs('creation_time') ?? 0;
  const scheduledAtMs = row.timeMs('scheduled_time');
  const deletedAtMs = row.timeMs('deletion_time');
  if (row.text('creation_time') === '') row.complain('creation_time', 'is missing; write seconds, such as 3600');
  if (scheduledAtMs !== undefined && scheduledAtMs < createdAtMs) {
    row.complain(
      'scheduled_time',
      `${row.text('scheduled_time')} is before creation_time ${row.text('creation_time')}`,
    );
  }
  if (deletedAtMs === undefined) return { createdAtMs, durationMs: undefined };
  const startedAtMs = Math.max(createdAtMs, scheduledAtMs ?? createdAtMs);
  if (deletedAtMs < startedAtMs) {
    const begun = scheduledAtMs === undefined ? 'creation_time' : 'scheduled_time';
    row.complain('deletion_time', `${row.text('deletion_time')} is before ${begun} ${row.text(begun)}`);
  }
  return { createdAtMs, durationMs: Math.max(SHORTEST_RUN_MS, deletedAtMs - startedAtMs) };
}

/** One row's cells by column; a column that the file lacks is empty. */
class Row {
  readonly problems: { readonly column: string; readonly message: string }[] = [];
  readonly #cells: readonly string[];
  readonly #columns: ReadonlyMap<string, number>;

  constructor(cells: readonly string[], columns: ReadonlyMap<string, number>) {
    this.#cells = cells;
    this.#columns = columns;
  }

  text(column: string): string {
    const index = this.#columns.get(column);
    return index === undefined ? '' : (this.#cells[index] ?? '').trim();
  }

  whole(column: string, unit: string): number | undefined {
    const text = this.text(column);
    const required = REQUIRED.some((name) => name === column);
    if (text === '' && !required) return undefined;
    const value = Number(text);
    if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value;
    this.complain(column, `"${text}" is not a whole number of ${unit}`);
    return undefined;
  }

  timeMs(column: string): number | undefined {
    const text = this.text(column);
    if (text === '') return undefined;
    const seconds = Number(text);
    if (Number.isFinite(seconds) && seconds >= 0) return Math.round(seconds * 1000);
    this.complain(column, `"${text}" is no time; write seconds since the beginning of the trace, such as 3600`);
    return undefined;
  }

  complain(column: string, message: string): void {
    this.problems.push({ column, message });
  }
}

/** Cells of a line; a cell may be in double quotes, with a quote inside doubled. */
function splitCsv(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  return [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^",]*)),/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
