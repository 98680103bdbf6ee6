/** Gathers what is wrong and what is odd while flags become options, so that a person sees all of it at once. */
import type { OptionError } from './problem.ts';
import { type AutoscalerFlag, findFlag, flagTable } from './flag-table.ts';
import type { ParsedFlags } from './pflag.ts';
import type { Result } from '../runtime/result.ts';
import { badValue } from './pflag.ts';
import { formatDurationMs } from '../cluster/durations.ts';

/** Said once at the start; nothing stops. */
export interface OptionWarning {
  readonly flag: string;
  readonly message: string;
}

export type AutoscalerFlags = ParsedFlags<AutoscalerFlag>;

/** The names of the flags that have a type. */
export type FlagsOf<T extends AutoscalerFlag['type']> = Extract<AutoscalerFlag, { type: T }>['name'];

export interface Bounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export class Findings {
  readonly errors: OptionError[] = [];
  readonly warnings: OptionWarning[] = [];
  readonly flags: AutoscalerFlags;

  constructor(flags: AutoscalerFlags) {
    this.flags = flags;
  }

  /** A duration in milliseconds; `atLeast` is 0 unless said. */
  duration(name: FlagsOf<'duration'>, bounds: Bounds = {}): number {
    const value = this.flags.get(name);
    this.#check(name, value, { atLeast: 0, ...bounds }, formatDurationMs);
    return value;
  }

  number(name: FlagsOf<'int'> | FlagsOf<'float'>, bounds: Bounds = {}): number {
    const value = this.flags.get(name);
    this.#check(name, value, bounds, String);
    return value;
  }

  /** Text that may not be empty. */
  text(name: FlagsOf<'string'>): string {
    const value = this.flags.get(name).trim();
    if (value === '') this.bad(name, value, 'text that is not empty');
    return value;
  }

  /** What `text`, a value of the flag, says in its own small language; `undefined` when it is wrong. */
  parsed<T>(name: AutoscalerFlag['name'], text: string, parse: (text: string) => Result<T, string>): T | undefined {
    const result = parse(text);
    if (result.ok) return result.value;
    this.bad(name, text, result.error);
    return undefined;
  }

  bad(name: AutoscalerFlag['name'], text: string, expected: string): void {
    this.errors.push(badValue({ name }, text, { origin: this.flags.originOf(name, text), expected }));
  }

  conflict(name: AutoscalerFlag['name'], message: string): void {
    this.errors.push({ kind: 'conflict', flag: name, message: this.#placed(name, message) });
  }

  warn(name: AutoscalerFlag['name'], message: string): void {
    this.warnings.push({ flag: name, message: this.#placed(name, message) });
  }

  /** With the places of the flag and of all others that the message names: `flags.yaml:3, flags.yaml:7: …`. */
  #placed(name: AutoscalerFlag['name'], message: string): string {
    const named = [...message.matchAll(/--([a-z\d-]+)/g)].flatMap(
      ([, other = '']) => findFlag(flagTable, other)?.name ?? [],
    );
    const places = new Set([name, ...named].map((flag) => this.flags.originOf(flag)).filter((place) => place !== ''));
    return places.size === 0 ? message : `${[...places].join(', ')}: ${message}`;
  }

  #check(name: AutoscalerFlag['name'], value: number, bounds: Bounds, show: (value: number) => string): void {
    const { atLeast = -Infinity, atMost = Infinity } = bounds;
    if (value >= atLeast && value <= atMost) return;
    const form = [
      atLeast === -Infinity ? [] : [`at least ${show(atLeast)}`],
      atMost === Infinity ? [] : [`at most ${show(atMost)}`],
    ];
    this.bad(name, show(value), form.flat().join(' and '));
  }
}
