/** Reads the text of a flag's value by its type, with the rules of Go's strconv and pflag. */
import { type Flag, type FlagType, type ValueByType } from './flag.ts';
import { parseDurationMs } from '../cluster/durations.ts';
import { unreachable } from '../cluster/invariant.ts';
import { splitCsv } from './csv.ts';

export type FlagValue = ValueByType[FlagType];

/** What to write instead, by type, for error messages. */
export const EXPECTED_FORMS: Readonly<Record<FlagType, string>> = {
  bool: 'true or false',
  int: 'a whole number, such as 10',
  float: 'a number, such as 0.5',
  duration: 'a number with a unit (h, m, s, ms, us, ns), such as 10m, 1h30m or 300ms',
  string: 'text',
  repeated: 'text; write the flag once for each value',
  csv: 'values separated by commas, such as a,b',
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

const DECIMAL_FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Decimal, 0x, 0o, 0b and a leading 0 for octal; underscores between digits as Go allows them after a prefix. */
const INTEGER =
  /^([+-]?)(?:0[xX](_?[\da-fA-F]+(?:_[\da-fA-F]+)*)|0[bB](_?[01]+(?:_[01]+)*)|0[oO]?(_?[0-7]+(?:_[0-7]+)*)|([1-9]\d*(?:_\d+)*|0))$/;

/** The value, or `undefined` when `text` is not of the flag's form. A list's occurrence reads as its values. */
export function readValue(flag: Flag, text: string): FlagValue | undefined {
  switch (flag.type) {
    case 'bool':
      return BOOLEANS.get(text);
    case 'int':
      return readInteger(text);
    case 'float':
      return readFloat(text);
    case 'duration':
      return parseDurationMs(text);
    case 'string':
      return text;
    case 'repeated':
      return text === '' ? [] : [text];
    case 'csv':
      return splitCsv(text);
    default:
      return unreachable(flag.type);
  }
}

function readInteger(text: string): number | undefined {
  const [, sign, hexadecimal, binary, octal, decimal] = INTEGER.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const value = digits(hexadecimal, 16) ?? digits(binary, 2) ?? digits(octal, 8) ?? digits(decimal, 10);
  if (value === undefined || !Number.isSafeInteger(value)) return undefined;
  return sign === '-' && value !== 0 ? -value : value;
}

function digits(text: string | undefined, radix: number): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text.replaceAll('_', ''), radix);
}

function readFloat(text: string): number | undefined {
  if (!DECIMAL_FLOAT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
