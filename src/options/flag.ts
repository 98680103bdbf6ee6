/**
 * What a flag is. All flags of a command stand in tables of {@link Flag}, and everything else follows from the tables:
 * parsing, defaults, help, shell completion, docs/flags.md and the static types of the parsed values.
 */

/**
 * How a value is written. `repeated` gathers one value per occurrence, commas included; `csv` splits each occurrence at
 * commas and gathers them all.
 */
export type FlagType = 'bool' | 'int' | 'float' | 'duration' | 'string' | 'repeated' | 'csv';

/** What each type of flag reads as. Durations are in milliseconds, exact to the nanosecond below 104 days. */
export interface ValueByType {
  readonly bool: boolean;
  readonly int: number;
  readonly float: number;
  readonly duration: number;
  readonly string: string;
  readonly repeated: readonly string[];
  readonly csv: readonly string[];
}

type FlagEffect =
  | { readonly kind: 'works' }
  /** Parsed and checked, then not used: `reason` says why, and `sameAs` which values (in any case) change nothing. */
  | { readonly kind: 'accepted'; readonly reason: string; readonly sameAs: readonly string[] };

export interface Flag {
  /** With dashes, as shown; underscores are read as dashes. A name of one letter is a shorthand: `-v=4`, `-v4`. */
  readonly name: string;
  readonly type: FlagType;
  /** As a person would type it; '' for lists means none. */
  readonly default: string;
  /** One or more sentences, for help and docs. */
  readonly help: string;
  readonly effect: FlagEffect;
  /** What help calls the value; FILE also completes file names. By default the type's name. */
  readonly valueName?: string;
  /** The only values allowed; for strings. */
  readonly choices?: readonly string[];
  /** Values that completion offers, though others may be right too. */
  readonly offers?: readonly string[];
}

/** Flags that belong together, under one heading. */
export interface FlagFamily {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** A flag that works. Keeps its name and type as literals, so that reading its value is typed. */
export function flag<const N extends string, const T extends FlagType>(
  name: N,
  type: T,
  defaultText: string,
  help: string,
): Flag & { readonly name: N; readonly type: T } {
  return { name, type, default: defaultText, help, effect: { kind: 'works' } };
}

/** The flag, taken but not used. `sameAs` lists the values that ask for what happens anyway and so need no warning. */
export function accepted<F extends Flag>(unused: F, reason: string, sameAs: readonly string[] = []): F {
  return { ...unused, effect: { kind: 'accepted', reason, sameAs } };
}

/** What stands for the value in help, docs and messages. */
export function valueName(of: Flag): string {
  if (of.valueName !== undefined) return of.valueName;
  return of.choices === undefined ? VALUE_NAMES[of.type] : of.choices.join('|');
}

const VALUE_NAMES: Readonly<Record<FlagType, string>> = {
  bool: 'BOOL',
  int: 'N',
  float: 'NUMBER',
  duration: 'DURATION',
  string: 'TEXT',
  repeated: 'TEXT',
  csv: 'TEXT,…',
};

/** The first sentence of its help. */
export function summary(of: Flag): string {
  return of.help.split(/(?<=[.:])\s/, 1)[0]?.replace(/:$/, '.') ?? '';
}

/** The values that can be listed: what completion offers. */
export function offeredValues(of: Flag): readonly string[] | undefined {
  return of.type === 'bool' ? ['true', 'false'] : (of.choices ?? of.offers);
}

/** The name with its dashes: `--scan-interval`, `-v`. */
export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}
