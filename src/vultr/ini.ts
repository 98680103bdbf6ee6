/**
 * The INI form of a cloud-config: `[section]` and `[section "sub"]` headings, `key = value`, comments from `#` or `;` on,
 * values in double quotes (with \" \\ \n \t) where they hold such characters. Written by hand because the packages read
 * `token = "a;b" ; note` wrongly and know no subsections.
 */
import { failure, success, type Result } from '../runtime/result.ts';

interface IniEntry {
  /** Lower case; '' before the first heading; with a subsection `section.sub`. */
  readonly section: string;
  /** As written. */
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

interface IniProblem {
  readonly line: number;
  /** Never quotes the line's value: it may be the token (I9). */
  readonly problem: string;
}

const HEADING = /^\[\s*([A-Za-z0-9._-]+)(?:\s+"([^"]*)")?\s*\]\s*(?:[#;].*)?$/;
const ASSIGNMENT = /^([A-Za-z][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

/** The entries in order, or the first line that cannot be read. */
export function parseIni(text: string): Result<readonly IniEntry[], IniProblem> {
  const entries: IniEntry[] = [];
  let section = '';
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const heading = HEADING.exec(trimmed);
    if (heading !== null) {
      const sub = heading[2];
      section = (heading[1] ?? '').toLowerCase() + (sub === undefined ? '' : `.${sub}`);
      continue;
    }
    const assignment = ASSIGNMENT.exec(trimmed);
    if (assignment === null) {
      return failure({ line, problem: trimmed.startsWith('[') ? 'unfinished [section]' : 'no `key = value`' });
    }
    const value = parseValue(assignment[2] ?? '');
    if (value === undefined) return failure({ line, problem: 'a quote is not closed, or text follows it' });
    entries.push({ section, key: assignment[1] ?? '', value, line });
  }
  return success(entries);
}

/** `undefined` when a quote is not closed or something other than a comment follows it. */
function parseValue(text: string): string | undefined {
  if (!text.startsWith('"')) return text.replace(/\s*(?:^|\s)[#;].*$/, '').trim();
  let value = '';
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return /^\s*(?:[#;].*)?$/.test(text.slice(at + 1)) ? value : undefined;
    if (character === '\\') {
      const escaped = text.charAt(++at);
      value += ESCAPES[escaped] ?? `\\${escaped}`;
    } else value += character;
  }
  return undefined;
}
