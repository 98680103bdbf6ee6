/**
 * Where the values of flags come from, and who goes before whom: the command line, then environment variables, then the
 * file of `--config`, then the default. Whoever comes first sets the whole flag: lists are not joined over sources.
 */
import { type Result, failure, success } from '../runtime/result.ts';
import { readConfigFile } from './config-file.ts';
import { readEnvironment } from './environment.ts';
import type { Flag } from './flag.ts';
import { type Assignment, type ParsedFlags, readFlags } from './pflag.ts';
import type { OptionError } from './problem.ts';

export interface Sources {
  readonly commandLine: readonly Assignment[];
  /** Absent: variables set nothing. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The text of a file, or a message that names it. */
  readonly readFile: (path: string) => Result<string, string>;
}

/** What the sources say, in the order in which it is to be read. */
export interface Said {
  readonly assignments: readonly Assignment[];
  /** Everything that is wrong with variables and file; what else they say counts all the same. */
  readonly errors: readonly OptionError[];
  /** The file of `--config`; `undefined`: there is none. */
  readonly configPath: string | undefined;
}

export function readSources(sources: Sources, flags: readonly Flag[]): Said {
  const environment = readEnvironment(sources.environment ?? {}, flags);
  const above = over(sources.commandLine, environment.ok ? environment.value : []);
  const given = above.findLast(({ flag }) => flag.name === 'config')?.text;
  const configPath = given === '' ? undefined : given;
  const file = configPath === undefined ? success([]) : readFileOf(configPath, sources, flags);
  return {
    assignments: over(above, file.ok ? file.value : []),
    errors: [...(environment.ok ? [] : environment.error), ...(file.ok ? [] : file.error)],
    configPath,
  };
}

/** The values of all flags from all sources. */
export function readFlagsFrom<F extends Flag>(
  sources: Sources,
  flags: readonly F[],
): Result<ParsedFlags<F>, readonly OptionError[]> {
  const said = readSources(sources, flags);
  const values = readFlags<F>(flags, said.assignments);
  const errors = [...said.errors, ...(values.ok ? [] : values.error)];
  return values.ok && errors.length === 0 ? values : failure(errors);
}

function readFileOf(
  path: string,
  { readFile }: Sources,
  flags: readonly Flag[],
): Result<readonly Assignment[], readonly OptionError[]> {
  const text = readFile(path);
  if (text.ok) return readConfigFile(path, text.value, flags);
  return failure([{ kind: 'bad-file', flag: 'config', message: `--config: ${text.error}` }]);
}

/** The lower assignments of flags that the higher ones leave alone, and then the higher ones. */
function over(higher: readonly Assignment[], lower: readonly Assignment[]): readonly Assignment[] {
  const set = new Set(higher.map(({ flag }) => flag.name));
  return [...lower.filter(({ flag }) => !set.has(flag.name)), ...higher];
}
