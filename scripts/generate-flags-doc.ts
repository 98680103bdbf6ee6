/** Writes docs/flags.md from the table of flags. A test (src/options/flags-doc.test.ts) holds that it is current. */
import { type Flag, dashed, valueName } from '../src/options/flag.ts';
import { isLive } from '../src/options/live-flags.ts';
import { flagFamilies, removedFlags } from '../src/options/flag-table.ts';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';

export const FLAGS_DOC = new URL('../docs/flags.md', import.meta.url);

const INTRODUCTION = `# Flags

<!-- Made by scripts/generate-flags-doc.ts from src/options; do not edit. -->

\`vke-autoscaler run\` takes all flags of Cluster Autoscaler, so that a manifest written for it works without a change, and
a few of its own. Without a command, \`run\` is meant.

- \`--flag=value\`, \`--flag value\`, \`-flag=value\` and \`--flag_name=value\` all work. A switch is turned on by \`--switch\` and
  off by \`--switch=false\`. Verbosity is \`-v=4\`, \`-v 4\`, \`-v4\` or \`--v=4\`.
- A flag given twice counts as given last. A flag of the type _repeated_ gathers one value each time; one of the type
  _csv_ splits its value at commas, too.
- Durations are written as in Go: \`10s\`, \`1m30s\`, \`500ms\`, \`1.5h\`.
- The same flags can stand in a file (\`--config\`) or in environment variables: [configuration.md](configuration.md). Those
  marked _live_ are taken from a changed file without a restart.
- Flags marked _no effect_ are accepted and checked, and a value that asks for something else than what happens is
  answered with a warning at the start.`;

/** The whole document, formatted. */
export async function flagsDocument(): Promise<string> {
  const families = flagFamilies.map(({ title, flags }) => [`## ${title}`, ...flags.map(flagSection)].join('\n\n'));
  const removed = Object.entries(removedFlags).map(([name, advice]) => `- \`${dashed(name)}\`: ${advice}.`);
  const text = [INTRODUCTION, ...families, '## No longer there', removed.join('\n')].join('\n\n');
  const style = await resolveConfig(fileURLToPath(FLAGS_DOC));
  return format(text, { ...style, parser: 'markdown' });
}

function flagSection(flag: Flag): string {
  const facts = [
    flag.type === 'bool' ? 'switch' : `${flag.type} \`${valueName(flag)}\``,
    ...(flag.default === '' ? [] : [`default \`${flag.default}\``]),
    ...(flag.effect.kind === 'accepted' ? ['_no effect_'] : []),
    ...(isLive(flag.name) ? ['_live_'] : []),
  ];
  const reason = flag.effect.kind === 'accepted' ? ` No effect: ${flag.effect.reason}.` : '';
  return `### ${dashed(flag.name)}\n\n${facts.join(' · ')}\n\n${flag.help.replaceAll('*', '\\*')}${reason}`;
}

if (import.meta.main) writeFileSync(FLAGS_DOC, await flagsDocument());
