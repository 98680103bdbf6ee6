/** What is wrong with a story file, and where: line, field, and what was expected. */
import type { Document, LineCounter, YAMLParseError } from 'yaml';
import { isNode } from 'yaml';
import type { core } from 'zod';

export interface StoryProblem {
  /** Beginning with 1. */
  readonly line: number;
  /** `pools[0].min`; empty for the whole file. */
  readonly field: string;
  readonly message: string;
}

export interface StorySource {
  readonly document: Document;
  readonly lines: LineCounter;
}

type Path = readonly (string | number)[];

/** `evening.yaml:12: pools[0].min: a VKE pool has at least 1 node` */
export function formatStoryProblem(file: string, { line, field, message }: StoryProblem): string {
  return `${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`;
}

export function storyProblem(source: StorySource, path: Path, message: string): StoryProblem {
  return { line: lineOf(source, path), field: fieldOf(path), message };
}

/** What is not YAML at all. */
export function problemsOfSyntax(errors: readonly YAMLParseError[]): readonly StoryProblem[] {
  return errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    field: '',
    // The library adds an excerpt on further lines.
    message: error.message.split(' at line ')[0] ?? error.message,
  }));
}

/** What is YAML, but no story. */
export function problemsOfIssues(issues: readonly core.$ZodIssue[], source: StorySource): readonly StoryProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code !== 'unrecognized_keys') return [storyProblem(source, path, issueText(issue))];
    return issue.keys.map((key) => storyProblem(source, [...path, key], 'there is no such field'));
  });
}

function issueText(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.input === undefined) return `is missing; expected ${issue.expected}`;
  return issue.message.replace(/^Invalid input: /, '');
}

/** The line of the value at the path, or of the nearest thing around it that is there. */
function lineOf({ document, lines }: StorySource, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function fieldOf(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}
