/** One question to a running autoscaler, and what goes wrong with it, for the commands that ask. */
import { type Result, failure, success } from '../runtime/result.ts';
import { problemText } from './answer-text.ts';
import { type CommandContext, EXIT, PROGRAM } from './command.ts';
import { reach, type ReachFlags } from './reach.ts';

/** Why there is no answer, for people, and what the shell is told. */
export interface Refusal {
  readonly message: string;
  readonly exitCode: number;
}

/** The body of the answer. */
export async function askOnce(
  context: CommandContext,
  flags: ReachFlags,
  path: string,
): Promise<Result<string, Refusal>> {
  const reached = reach(flags, context.env);
  if (!reached.ok) return failure({ message: reached.error, exitCode: EXIT.usage });
  try {
    const reply = await reached.value.ask(path);
    if (!reply.ok) return failure({ message: reply.error, exitCode: EXIT.failure });
    const { status, body } = reply.value;
    return status === 200 ? success(body) : failure({ message: problemText(body), exitCode: EXIT.failure });
  } finally {
    await reached.value.close();
  }
}

/** Says why there is nothing, and gives the exit code. */
export function fail({ streams }: CommandContext, { message, exitCode }: Refusal): number {
  for (const line of message.split('\n')) streams.stderr.write(`${PROGRAM}: ${line}\n`);
  return exitCode;
}
