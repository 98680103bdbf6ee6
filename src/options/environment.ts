/**
 * Flags from environment variables, for those who set everything so: `VKE_AUTOSCALER_MAX_NODES_TOTAL` is
 * `--max-nodes-total`. A list has one value in a line (csv: commas separate too). An empty variable sets nothing.
 */
import { type Result, failure, success } from '../runtime/result.ts';
import { type Flag, dashed } from './flag.ts';
import { type Assignment, unknownFlag } from './pflag.ts';
import type { OptionError } from './problem.ts';
import { nearestName } from '../runtime/nearest.ts';

const PREFIX = 'VKE_AUTOSCALER_';

/** What Kubernetes sets in every pod of a namespace that has a Service whose name begins with ours. */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT(?:_.+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/;

/** The variable that sets the flag of that name. */
export function variableOf(flagName: string): string {
  return PREFIX + flagName.toUpperCase().replaceAll('-', '_');
}

/** The assignments of the variables, in the order of the flags. A variable with our prefix that sets no flag is a mistake. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  flags: readonly Flag[],
): Result<readonly Assignment[], readonly OptionError[]> {
  const known = new Set(flags.map(({ name }) => variableOf(name)));
  const strays = Object.keys(environment).filter(
    (name) => name.startsWith(PREFIX) && !known.has(name) && !SERVICE_LINK.test(name),
  );
  if (strays.length > 0) return failure(strays.map((name) => unknownVariable(name, flags)));
  return success(
    flags.flatMap((flag) => {
      const origin = variableOf(flag.name);
      const text = environment[origin] ?? '';
      return valuesIn(flag, text).map((value): Assignment => ({ flag, text: value, origin }));
    }),
  );
}

function valuesIn(flag: Flag, text: string): readonly string[] {
  if (text === '') return [];
  if (flag.type !== 'repeated' && flag.type !== 'csv') return [text];
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function unknownVariable(variable: string, flags: readonly Flag[]): OptionError {
  const name = variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-');
  const names = flags.map((flag) => flag.name);
  const nearest = nearestName(name, names);
  const meant = nearest === undefined ? '' : `; did you mean ${variableOf(nearest)} (${dashed(nearest)})?`;
  return { ...unknownFlag(name, names), message: `${variable}: there is no flag ${dashed(name)}${meant}` };
}
