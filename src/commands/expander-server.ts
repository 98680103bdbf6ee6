/** Reads the file of `--grpc-expander-cert`, for every command that asks the expander service. */
import type { GrpcServer } from '../expander-grpc/unary-call.ts';
import type { Options } from '../options/options.ts';
import type { OptionError } from '../options/problem.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { CommandContext } from './command.ts';

/** `undefined`: nobody is to be asked. */
export function readExpanderServer(
  { expanderService }: Options,
  { readFile }: Pick<CommandContext, 'readFile'>,
): Result<GrpcServer | undefined, readonly OptionError[]> {
  if (expanderService === undefined) return success(undefined);
  const { address, caPath } = expanderService;
  const ca = readFile(caPath);
  if (ca.ok) return success({ ...address, ca: ca.value });
  return failure([{ kind: 'bad-file', flag: 'grpc-expander-cert', message: `--grpc-expander-cert: ${ca.error}` }]);
}

/** For commands whose cluster is simulated: it asks nobody outside. */
export function refuseExpanderService({ scaleUp }: Options): readonly OptionError[] {
  if (!scaleUp.expanders.includes('grpc')) return [];
  const message = '--expander=grpc: the simulated cluster asks no service; leave grpc out';
  return [{ kind: 'conflict', flag: 'expander', message }];
}
