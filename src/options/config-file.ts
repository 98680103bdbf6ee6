/**
 * A file of flags for `--config`: YAML (or JSON), each key a flag's name without its dashes, each value as the flag
 * takes it; a list for flags that may be repeated. Mistakes name the line. docs/config.schema.json describes it to editors.
 */
import { LineCounter, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { type Assignment, normalizedName, unknownFlag } from './pflag.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { Flag } from './flag.ts';
import type { OptionError } from './problem.ts';
import { removedFlags } from './flag-table.ts';

/** Says which schema the file is held to, for editors. */
const SCHEMA_KEY = '$schema';

/** The assignments of the file, in its order. `path` is for messages. */
export function readConfigFile(
  path: string,
  text: string,
  flags: readonly Flag[],
): Result<readonly Assignment[], readonly OptionError[]> {
  const lines = new LineCounter();
  const place = (offset: number | undefined): string => `${path}:${lines.linePos(offset ?? 0).line}`;
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return failure(document.errors.map((error) => badFile(`${place(error.pos[0])}: ${error.message}`)));
  }
  if (document.contents === null) return success([]);
  if (!isMap(document.contents)) {
    return failure([badFile(`${path}: expected flags and their values, such as "scan-interval: 10s"`)]);
  }
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const lineOf = new Map<string, string>();
  const assignments: Assignment[] = [];
  const errors: OptionError[] = [];
  for (const { key, value } of document.contents.items) {
    const origin = place(isScalar(key) ? key.range[0] : undefined);
    const name = normalizedName(isScalar(key) ? String(key.value) : '');
    const flag = known.get(name);
    const texts = textsOf(value, flag);
    const earlier = lineOf.get(name);
    lineOf.set(name, origin);
    if (name === SCHEMA_KEY) continue;
    if (flag === undefined || name === 'config') {
      const error = unknownFlag(name, known.keys(), removedFlags);
      errors.push({ ...error, message: `${origin}: ${error.message}` });
    } else if (earlier !== undefined) {
      errors.push({ kind: 'conflict', flag: name, message: `${origin}: ${name} is given twice, first at ${earlier}` });
    } else if (texts === undefined) {
      const expected = isList(flag) ? 'a value or a list of values' : 'a single value';
      errors.push({ kind: 'bad-value', flag: name, message: `${origin}: ${name}: expected ${expected}` });
    } else {
      assignments.push(...texts.map(({ text: each, offset }) => ({ flag, text: each, origin: place(offset) })));
    }
  }
  return errors.length > 0 ? failure(errors) : success(assignments);
}

/** The value or the values as a person would write them on the command line, and where they stand. */
function textsOf(value: unknown, flag: Flag | undefined): readonly Written[] | undefined {
  if (isScalar(value)) {
    // The source keeps what YAML would change: 1.50, 0x10, a duration that looks like a number.
    return [{ text: value.value === null ? '' : (value.source ?? ''), offset: value.range?.[0] }];
  }
  if (!isSeq(value) || flag === undefined || !isList(flag)) return undefined;
  const texts = value.items.map((item) => textsOf(item, undefined));
  return texts.every((each) => each !== undefined) ? texts.flat() : undefined;
}

interface Written {
  readonly text: string;
  readonly offset: number | undefined;
}

function isList(flag: Flag): boolean {
  return flag.type === 'repeated' || flag.type === 'csv';
}

function badFile(message: string): OptionError {
  return { kind: 'bad-file', flag: 'config', message };
}
