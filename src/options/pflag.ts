/**
 * Reads command lines as Go's pflag and flag packages do, over a table of flags: `--a=b`, `--a b`, `--a_b` for `--a-b`,
 * `--switch`, `--switch=false`, `-v=4`, `-v 4`, `-v4`, `-long-name=value`, `--` before words that are no flags.
 *
 * A value that is given again replaces the earlier one; lists gather. All mistakes are reported, not only the first.
 */
import { type Flag, type FlagType, type ValueByType, dashed, valueName } from './flag.ts';
import { EXPECTED_FORMS, type FlagValue, readValue } from './flag-values.ts';
import { type OptionError, quoted } from './problem.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { invariant } from '../cluster/invariant.ts';
import { nearestName } from '../runtime/nearest.ts';

/** The values of all flags of a table: given ones and defaults. */
export interface ParsedFlags<F extends Flag> {
  get<N extends F['name']>(name: N): ValueByType[Extract<F, { name: N }>['type']];
  /** Whether it was given, rather than left at its default. */
  given(name: F['name']): boolean;
  /** Where it was given, or that value of a list: `flags.yaml:3`; '' for the command line and for defaults. */
  originOf(name: F['name'], text?: string): string;
}

/** One flag with the text of its value, and where it was written: a line of a file, a variable, '' on the command line. */
export interface Assignment {
  readonly flag: Flag;
  readonly text: string;
  readonly origin: string;
}

export interface CommandLine {
  readonly assignments: readonly Assignment[];
  /** The words that are neither flags nor their values. */
  readonly positionals: readonly string[];
  readonly errors: readonly OptionError[];
}

/** Flags that were there once, and what to write today, by name. */
export type RemovedFlags = Readonly<Record<string, string>>;

/** The name as the tables have it. */
export function normalizedName(name: string): string {
  return name.replaceAll('_', '-');
}

/** Splits the words of a command line into flags with their values and the rest. Values are not read yet. */
export function readCommandLine(
  args: readonly string[],
  flags: readonly Flag[],
  removed: RemovedFlags = {},
): CommandLine {
  const assignments: Assignment[] = [];
  const positionals: string[] = [];
  const errors: OptionError[] = [];
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--') {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const { flag, name, text } = splitWord(word, known);
    if (flag === undefined) {
      errors.push(unknownFlag(name, known.keys(), removed));
      // What follows an unknown flag may be its value; one mistake is reported once.
      if (text === undefined && args[index + 1]?.startsWith('-') === false) index++;
    } else if (text !== undefined) {
      assignments.push({ flag, text, origin: '' });
    } else if (flag.type === 'bool') {
      assignments.push({ flag, text: 'true', origin: '' });
    } else {
      const next = args[index + 1];
      if (next === undefined || (next.startsWith('--') && splitWord(next, known).flag !== undefined)) {
        errors.push(missingValue(flag));
      } else {
        assignments.push({ flag, text: next, origin: '' });
        index++;
      }
    }
  }
  return { assignments, positionals, errors };
}

interface Word {
  readonly flag: Flag | undefined;
  readonly name: string;
  readonly text: string | undefined;
}

/** `--name=text`, `--name`, `-name=text`, `-v4`. */
function splitWord(word: string, known: ReadonlyMap<string, Flag>): Word {
  const body = word.replace(/^--?/, '');
  const equals = body.indexOf('=');
  const name = normalizedName(equals < 0 ? body : body.slice(0, equals));
  const flag = known.get(name);
  if (flag !== undefined || word.startsWith('--')) {
    return { flag, name, text: equals < 0 ? undefined : body.slice(equals + 1) };
  }
  const shorthand = known.get(name.slice(0, 1));
  // `-v4`: only digits, so that a slip in a long name is not taken for a shorthand and its value.
  if (shorthand !== undefined && /^.\d+$/.test(body))
    return { flag: shorthand, name: shorthand.name, text: body.slice(1) };
  return { flag: undefined, name, text: equals < 0 ? undefined : body.slice(equals + 1) };
}

/** Reads the values of `assignments`, later ones last, over the defaults. */
export function readFlags<F extends Flag>(
  flags: readonly F[],
  assignments: readonly Assignment[],
): Result<ParsedFlags<F>, readonly OptionError[]> {
  const values = new Map<string, FlagValue>();
  const errors: OptionError[] = [];
  for (const { flag, text, origin } of assignments) {
    const value = readValue(flag, text);
    if (value === undefined) errors.push(badValue(flag, text, { origin, expected: EXPECTED_FORMS[flag.type] }));
    else if (!allowed(flag, value)) errors.push(badValue(flag, text, { origin, expected: oneOf(flag.choices ?? []) }));
    else values.set(flag.name, gathered(values.get(flag.name), value));
  }
  if (errors.length > 0) return failure(errors);
  const defaults = new Map(flags.map((flag) => [flag.name, defaultValue(flag)]));
  return success({
    get<N extends F['name']>(name: N): ValueByType[Extract<F, { name: N }>['type']] {
      const value = values.get(name) ?? defaults.get(name);
      invariant(isValueOf(flags, name, value), `the flag ${name} is in no table of this command`);
      return value;
    },
    given: (name) => values.has(name),
    originOf(name, text) {
      const given = assignments.filter(({ flag }) => flag.name === name);
      return (given.findLast((each) => each.text === text) ?? given.at(-1))?.origin ?? '';
    },
  });
}

/** The maps go by name alone, but each value was read by the type of the flag of its name. */
function isValueOf<F extends Flag, N extends F['name']>(
  flags: readonly F[],
  name: N,
  value: FlagValue | undefined,
): value is ValueByType[Extract<F, { name: N }>['type']] {
  return value !== undefined && flags.some((flag) => flag.name === name);
}

/** The value that a flag has when it is not given. */
function defaultValue(flag: Flag): ValueByType[FlagType] {
  const value = readValue(flag, flag.default);
  invariant(value !== undefined, `the default of ${dashed(flag.name)} is not of its type`);
  return value;
}

function gathered(before: FlagValue | undefined, value: FlagValue): FlagValue {
  return typeof before === 'object' && typeof value === 'object' ? [...before, ...value] : value;
}

function allowed(flag: Flag, value: FlagValue): boolean {
  if (flag.choices === undefined) return true;
  return typeof value === 'string' && flag.choices.includes(value);
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? choices.join('') : `one of ${choices.join(', ')}`;
}

/** `--scan-interval: "10" is not right; expected a number with a unit, such as 10s`. */
export function badValue(
  flag: Pick<Flag, 'name'>,
  text: string,
  about: { readonly origin?: string; readonly expected: string },
): OptionError {
  const where = about.origin === undefined || about.origin === '' ? '' : `${about.origin}: `;
  return {
    kind: 'bad-value',
    flag: flag.name,
    message: `${where}${dashed(flag.name)}: ${quoted(text)} is not valid; expected ${about.expected}`,
  };
}

function missingValue(flag: Flag): OptionError {
  const form = flag.type === 'string' ? valueName(flag) : EXPECTED_FORMS[flag.type];
  return { kind: 'missing-value', flag: flag.name, message: `${dashed(flag.name)} needs a value: ${form}` };
}

/** `unknown flag --scan-intervall; did you mean --scan-interval?` */
export function unknownFlag(name: string, known: Iterable<string>, removed: RemovedFlags = {}): OptionError {
  const names = [...known];
  const switchedOff =
    name.startsWith('no-') && names.includes(name.slice(3)) ? `${dashed(name.slice(3))}=false` : undefined;
  const nearest = nearestName(name, names);
  const meant = switchedOff ?? (nearest === undefined ? undefined : dashed(nearest));
  const advice = Object.hasOwn(removed, name) ? removed[name] : meant && `did you mean ${meant}?`;
  const message = `unknown flag ${dashed(name)}${advice === undefined ? '; "help" lists all flags' : `; ${advice}`}`;
  return { kind: 'unknown-flag', flag: name, message };
}
