/** What `help` prints, made from the tables and wrapped to the terminal's width. */
import { type Flag, type FlagFamily, dashed, valueName } from '../options/flag.ts';
import { isLive } from '../options/live-flags.ts';
import type { CommandDescription } from './command.ts';

/** Longer lines are hard to read, shorter ones leave no room for the indent. */
const WIDEST = 100;
const NARROWEST = 40;
const INDENT = '      ';

/** All commands, one line each. */
export function programHelp(commands: readonly CommandDescription[], columns: number): string {
  const longest = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.flatMap(({ name, summary }) =>
    wrap(summary, columns, `  ${name.padEnd(longest)}  `, ' '.repeat(longest + 4)),
  );
  return paragraphs([
    wrap(
      'vke-autoscaler adds nodes to the pools of a VKE cluster when pods cannot be scheduled, and removes nodes whose pods fit elsewhere.',
      columns,
    ),
    ['Usage: vke-autoscaler [COMMAND] [FLAGS]'],
    ['Commands (without one: run):', ...lines],
    wrap(
      '"vke-autoscaler help COMMAND" lists the flags of a command, "vke-autoscaler help FLAG" explains one.',
      columns,
    ),
  ]);
}

/** One command with its flags, by family. */
export function commandHelp(command: CommandDescription, columns: number): string {
  const words = command.positionals.map(({ name, required }) => (required ? name : `[${name}]`));
  const flags = command.families.some((family) => family.flags.length > 0) ? ['[FLAGS]'] : [];
  return paragraphs([
    wrap(command.summary, columns),
    ...(command.description === undefined ? [] : [wrap(command.description, columns)]),
    [`Usage: vke-autoscaler ${[command.name, ...words, ...flags].join(' ')}`],
    ...command.positionals.map(({ name, help }) => [`  ${name}`, ...wrap(help, columns, INDENT, INDENT)]),
    ...command.families.filter((family) => family.flags.length > 0).map((family) => familyHelp(family, columns)),
  ]);
}

function familyHelp(family: FlagFamily, columns: number): readonly string[] {
  const working = family.flags.filter((flag) => flag.effect.kind === 'works');
  const others = family.flags.filter((flag) => flag.effect.kind === 'accepted').map((flag) => dashed(flag.name));
  const compatible =
    others.length === 0
      ? []
      : wrap(`Accepted for compatibility, without effect: ${others.join(', ')}`, columns, '  ', '    ');
  return [`${family.title}:`, ...working.flatMap((flag) => flagHelp(flag, columns)), ...compatible];
}

/** One flag: how it is written, its default, what it does. */
export function flagHelp(flag: Flag, columns: number): readonly string[] {
  const value = flag.type === 'bool' ? '' : ` ${valueName(flag)}`;
  const facts = [...(flag.default === '' ? [] : [`default ${flag.default}`]), ...(isLive(flag.name) ? ['live'] : [])];
  const head = `  ${dashed(flag.name)}${value}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
  const note =
    flag.effect.kind === 'accepted' ? ` Accepted for compatibility, without effect: ${flag.effect.reason}.` : '';
  return [head, ...wrap(`${flag.help}${note}`, columns, INDENT, INDENT)];
}

/** `text` in lines that fit, the first after `first`, the others after `rest`. */
export function wrap(text: string, columns: number, first = '', rest = first): readonly string[] {
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns));
  const lines: string[] = [];
  let line = first;
  let begun = false;
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (begun && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      begun = false;
    }
    line += begun ? ` ${word}` : word;
    begun = true;
  }
  return [...lines, line];
}

function paragraphs(parts: readonly (readonly string[])[]): string {
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
