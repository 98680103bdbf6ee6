/** Reads the file of `--scheduler-config-file`, for every command that decides. */
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import type { Options } from '../options/options.ts';
import type { OptionError } from '../options/problem.ts';
import { readSchedulerConfig } from '../options/scheduler-config.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { CommandContext } from './command.ts';

/** `undefined`: no file is given. */
export function readSchedulerProfile(
  { schedulerConfigPath: path }: Options,
  { readFile }: Pick<CommandContext, 'readFile'>,
): Result<SchedulerProfile | undefined, readonly OptionError[]> {
  if (path === '') return success(undefined);
  const text = readFile(path);
  if (text.ok) return readSchedulerConfig(path, text.value);
  const message = `--scheduler-config-file: ${text.error}`;
  return failure([{ kind: 'bad-file', flag: 'scheduler-config-file', message }]);
}

/** For commands whose cluster is simulated too: the scheduler in there has its default profile. */
export function refuseSchedulerConfig({ schedulerConfigPath: path }: Options): readonly OptionError[] {
  if (path === '') return [];
  const flag = 'scheduler-config-file';
  return [
    { kind: 'conflict', flag, message: `--${flag}: the simulated cluster has the default scheduler; leave it out` },
  ];
}
