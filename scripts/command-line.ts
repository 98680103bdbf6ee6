/** The command lines of the scripts of this checkout: a mistake in one is told in a line, with what there is. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** As parseArgs has it; ends the process with 2 on an option that there is not, with 0 on `--help`. */
export function readCommandLine<T extends ParseArgsConfig>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    return process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    const [line] = error instanceof Error ? error.message.split('. To specify') : [String(error)];
    process.stderr.write(`${line}\n${usage}`);
    return process.exit(2);
  }
}
