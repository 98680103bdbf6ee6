/**
 * What happens when a person types `vke-autoscaler …`: finds the command, hands it the rest, and gives the exit code.
 * Without a command, or when the first word is a flag, it is `run`, so that the program takes the place of
 * Cluster Autoscaler in a manifest without a change.
 */
import { type Command, type CommandContext, unexpectedFailure, usageFailure } from './command.ts';
import {
  type SignalSource,
  type StopSignal,
  type Streams,
  processSignals,
  processStreams,
  readTextFile,
} from './terminal.ts';
import { completionCommand } from './completion.ts';
import { helpCommand } from './help.ts';
import { nearestName } from '../runtime/nearest.ts';
import { versionCommand } from './version.ts';

const DEFAULT_COMMAND = 'run';

/** Flags that stand for a command, as people try them. */
const COMMAND_FLAGS: Readonly<Record<string, string>> = {
  '--help': 'help',
  '-help': 'help',
  '-h': 'help',
  '--version': 'version',
  '-version': 'version',
};

/** What a shell says of a process that a signal ended: 128 and the signal's number. */
const SIGNAL_EXITS: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

export interface ProgramInput {
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly env: CommandContext['env'];
  /** The commands besides help, version and completion. */
  readonly commands: readonly Command[];
  readonly streams?: Streams;
  readonly signals?: SignalSource;
  readonly readFile?: CommandContext['readFile'];
}

/** Runs the command that `argv` names and gives the exit code. Never throws. */
export async function main(input: ProgramInput): Promise<number> {
  const streams = input.streams ?? processStreams();
  const all: readonly Command[] = [
    ...input.commands,
    versionCommand,
    helpCommand(() => all),
    completionCommand(() => all),
  ];
  const [first = '', ...rest] = input.argv;
  const isCommand = first !== '' && !first.startsWith('-');
  const name = isCommand ? first : (COMMAND_FLAGS[first] ?? DEFAULT_COMMAND);
  const args = isCommand || Object.hasOwn(COMMAND_FLAGS, first) ? rest : input.argv;
  const command = all.find((candidate) => candidate.name === name);
  if (command === undefined) return unknownCommand(streams, name, all);
  const stop = stopOnSignals(input.signals ?? processSignals, streams);
  try {
    const readFile = input.readFile ?? readTextFile;
    return await command.execute(args, { env: input.env, streams, signal: stop.signal, readFile });
  } catch (error) {
    return unexpectedFailure(streams, error, false);
  } finally {
    stop.release();
  }
}

function unknownCommand(streams: Streams, name: string, all: readonly Command[]): number {
  const nearest = nearestName(
    name,
    all.map((command) => command.name),
  );
  const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  const message = `unknown command ${JSON.stringify(name)}${advice}`;
  return usageFailure(streams, [{ kind: 'bad-argument', flag: '', message }]);
}

/** The first signal asks the command to stop, the second ends the process: a person who asks twice will not wait. */
function stopOnSignals(signals: SignalSource, streams: Streams): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const release = signals.subscribe((signal) => {
    if (controller.signal.aborted) {
      signals.exit(SIGNAL_EXITS[signal]);
      return;
    }
    if (streams.stderr.isTerminal) streams.stderr.write('Stopping; once more to stop at once.\n');
    controller.abort(new Error(`stopped by ${signal}`));
  });
  return { signal: controller.signal, release };
}
