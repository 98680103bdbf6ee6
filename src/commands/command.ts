/**
 * How a command is declared. Its table of flags gives the parser, the help, the completion and the types of the values
 * that `run` is handed.
 */
import { type Assignment, type ParsedFlags, readCommandLine, readFlags } from '../options/pflag.ts';
import { type Flag, type FlagFamily, flag } from '../options/flag.ts';
import type { Result } from '../runtime/result.ts';
import type { OptionError } from '../options/problem.ts';
import type { Streams } from './terminal.ts';
import { commandHelp } from './help-text.ts';
import { invariant } from '../cluster/invariant.ts';
import { type Sources, readFlagsFrom, readSources } from '../options/sources.ts';
import { removedFlags } from '../options/flag-table.ts';

export const PROGRAM = 'vke-autoscaler';

/** What a shell learns when the program ends. */
export const EXIT = { success: 0, failure: 1, usage: 2 } as const;

/** With this verbosity an unexpected error shows its stack. */
const STACK_VERBOSITY = 4;

/** A word on the command line that is no flag. */
interface Positional {
  /** In capitals, as help shows it. */
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  /** The only words allowed. */
  readonly choices?: readonly string[];
}

/** What the process gives to a command. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly streams: Streams;
  /** Aborts at the first SIGINT or SIGTERM: finish what is in flight and return. */
  readonly signal: AbortSignal;
  /** The text of a file, or a message that names it. */
  readFile(path: string): Result<string, string>;
}

export interface CommandInput<F extends Flag> extends CommandContext {
  readonly flags: ParsedFlags<F>;
  /** The same values, for a reader that knows only these of the command's flags. */
  flagsAmong<G extends F>(table: readonly G[]): ParsedFlags<G>;
  /** The file of `--config`; `undefined`: there is none. */
  readonly configPath: string | undefined;
  /** The values as they would be if the program started now: the file is read again. */
  rereadFlags(): Result<ParsedFlags<F>, readonly OptionError[]>;
  readonly positionals: readonly string[];
}

export interface CommandDescription {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Further paragraphs for `help NAME`. */
  readonly description?: string;
  readonly families: readonly FlagFamily[];
  readonly positionals: readonly Positional[];
}

/** A command as the program dispatches to it. */
export interface Command extends CommandDescription {
  /** Reads `args`, the words after the command's name, and runs; gives the exit code. */
  execute(args: readonly string[], context: CommandContext): Promise<number>;
}

export interface CommandSpec<A extends readonly FlagFamily[]> extends CommandDescription {
  readonly families: A;
  /** Environment variables set its flags too. Absent: they do not. */
  readonly readsEnvironment?: true;
  /** The exit code: 0, 1 for failure, 2 for usage (see {@link usageFailure}). */
  run(input: CommandInput<A[number]['flags'][number]>): Promise<number>;
}

/** Each command has these, and they are in no table: they are answered before anything else is read. */
const helpFlags: readonly Flag[] = ['help', 'h'].map((name) => flag(name, 'bool', 'false', 'Show this help.'));

/** Makes a command of its table of flags and a function that is given their values, typed. */
export function defineCommand<const A extends readonly FlagFamily[]>(spec: CommandSpec<A>): Command {
  type F = A[number]['flags'][number];
  // Each family's flags are a tuple of literals; flatMap forgets which, and this list is of exactly these.
  const flags: readonly F[] = spec.families.flatMap((family): readonly F[] => family.flags);
  return {
    ...spec,
    async execute(args, context) {
      const line = readCommandLine(args, [...flags, ...helpFlags], removedFlags);
      if (line.assignments.some((each) => helpFlags.includes(each.flag) && each.text !== 'false')) {
        context.streams.stdout.write(commandHelp(spec, context.streams.stdout.columns()));
        return EXIT.success;
      }
      const sources: Sources = {
        commandLine: line.assignments,
        readFile: (path) => context.readFile(path),
        ...(spec.readsEnvironment === true && { environment: context.env }),
      };
      const { assignments, configPath, ...said } = readSources(sources, flags);
      const values = readFlags<F>(flags, assignments);
      const errors = [
        ...line.errors,
        ...said.errors,
        ...(values.ok ? [] : values.error),
        ...positionalErrors(spec, line.positionals),
      ];
      if (!values.ok || errors.length > 0) return usageFailure(context.streams, errors, spec.name);
      try {
        return await spec.run({
          ...context,
          flags: values.value,
          flagsAmong: (table) => readAmong(table, assignments),
          configPath,
          rereadFlags: () => readFlagsFrom<F>(sources, flags),
          positionals: line.positionals,
        });
      } catch (error) {
        const verbosity = line.assignments.findLast((each) => each.flag.name === 'v')?.text ?? '0';
        return unexpectedFailure(context.streams, error, Number(verbosity) >= STACK_VERBOSITY);
      }
    },
  };
}

/** Flags that have been read without an error are read so again. */
function readAmong<G extends Flag>(table: readonly G[], assignments: readonly Assignment[]): ParsedFlags<G> {
  const names = new Set(table.map(({ name }) => name));
  const read = readFlags<G>(
    table,
    assignments.filter(({ flag: { name } }) => names.has(name)),
  );
  invariant(read.ok, 'flags that were valid together are valid by themselves');
  return read.value;
}

function positionalErrors(spec: CommandDescription, words: readonly string[]): readonly OptionError[] {
  const errors: OptionError[] = [];
  const problem = (message: string): void => void errors.push({ kind: 'bad-argument', flag: '', message });
  for (const [index, positional] of spec.positionals.entries()) {
    const word = words[index];
    if (word === undefined) {
      if (positional.required) problem(`${spec.name} needs ${positional.name}: ${positional.help}`);
    } else if (positional.choices !== undefined && !positional.choices.includes(word)) {
      problem(`${JSON.stringify(word)} is not one of ${positional.choices.join(', ')}`);
    }
  }
  for (const word of words.slice(spec.positionals.length)) {
    problem(`unexpected argument ${JSON.stringify(word)}${strayAdvice(word)}`);
  }
  return errors;
}

function strayAdvice(word: string): string {
  if (/^(true|false)$/i.test(word)) return `; a switch takes its value as --name=${word}`;
  return /^[a-z]+$/.test(word) ? '; a command comes first, before any flag' : '';
}

/** Says what is wrong with the command line, each mistake once, and where to look. Gives exit code 2. */
export function usageFailure(streams: Streams, errors: readonly OptionError[], command?: string): number {
  for (const message of new Set(errors.map((error) => error.message))) {
    streams.stderr.write(`${PROGRAM}: ${message}\n`);
  }
  const topic = command === undefined ? 'help' : `help ${command}`;
  streams.stderr.write(`Run "${PROGRAM} ${topic}" for usage.\n`);
  return EXIT.usage;
}

/** An exception that reached the top is a bug: a short message, and the stack for who asks for it. Gives exit code 1. */
export function unexpectedFailure(streams: Streams, error: unknown, showStack: boolean): number {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const advice = showStack ? '' : ' (-v=4 shows where)';
  streams.stderr.write(`${PROGRAM}: unexpected error: ${message}${advice}\n`);
  if (showStack && stack !== undefined) streams.stderr.write(`${stack}\n`);
  return EXIT.failure;
}
