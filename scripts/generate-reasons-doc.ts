/** Writes docs/reasons.md from the catalogue of reasons. A test (src/explain/catalogue.test.ts) holds that it is current. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { catalogued, FAMILIES, isReasonCode, type ReasonCode } from '../src/explain/catalogue.ts';
import { EXAMPLE_NOW_MS, EXAMPLES } from '../src/explain/examples.test-support.ts';
import { advice, describe } from '../src/explain/text.ts';

export const REASONS_DOC = new URL('../docs/reasons.md', import.meta.url);

const INTRODUCTION = `# Reasons

<!-- Made by scripts/generate-reasons-doc.ts from src/explain; do not edit. -->

Every "why" that logs, events, records and \`explain\` give is one of these. A code does not change its meaning. For each: the
check that gives it (a filter of kube-scheduler by its name, or a rule of the autoscaler), what it means, how it reads, and what
to do about it where something can be done.`;

/** The whole document, formatted. */
export async function reasonsDocument(): Promise<string> {
  const families = Object.entries(FAMILIES).map(([title, codes]) =>
    [`## ${title}`, ...Object.keys(codes).filter(isReasonCode).map(section)].join('\n\n'),
  );
  const style = await resolveConfig(fileURLToPath(REASONS_DOC));
  return format([INTRODUCTION, ...families].join('\n\n'), { ...style, parser: 'markdown' });
}

function section(code: ReasonCode): string {
  const { check, meaning } = catalogued(code);
  const example = EXAMPLES[code];
  const todo = advice(example);
  return [
    `### ${code}`,
    `Check: ${check}. ${meaning}`,
    `> ${describe(example, EXAMPLE_NOW_MS)}`,
    ...(todo === '' ? [] : [`What to do: ${todo}`]),
  ].join('\n\n');
}

if (import.meta.main) writeFileSync(REASONS_DOC, await reasonsDocument());
