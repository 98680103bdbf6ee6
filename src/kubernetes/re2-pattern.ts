/**
 * A regular expression in the dialect of Go (RE2), as people write them in ConfigMaps for Cluster Autoscaler, as one of
 * JavaScript. What RE2 does not have (lookaround, references back) is refused, so that a pattern that works here works
 * there too; what only RE2 has is rewritten where there is the same by another name.
 */
import { type Result, failure, success } from '../runtime/result.ts';

/** Longer ones nobody writes; the bound keeps a broken ConfigMap from costing anything. */
const MAX_LENGTH = 1000;

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'lookaround is not supported'],
  [/\\[1-9]/, 'references back are not supported'],
];

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** The pattern is looked for anywhere in a text. */
export function re2Pattern(text: string): Result<RegExp, string> {
  if (text.length > MAX_LENGTH) return failure(`it is longer than ${MAX_LENGTH} characters`);
  const escapes = text.replaceAll('\\\\', '');
  for (const [form, why] of REFUSED) if (form.test(escapes)) return failure(why);
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(text) ?? [];
  const source = rest
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\A/g, '^')
    .replaceAll(/\\z/g, '$')
    .replaceAll(/\[:([a-z]+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole);
  try {
    return success(new RegExp(source, [...new Set(flags)].join('')));
  } catch (error) {
    return failure(error instanceof Error ? error.message : 'it cannot be read');
  }
}
