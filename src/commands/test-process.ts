/** A process for tests of commands: streams that keep what is written, and signals sent by hand. */
import type { Output, SignalSource, StopSignal, Streams } from './terminal.ts';
import { type Command, defineCommand } from './command.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { flag, type FlagFamily } from '../options/flag.ts';
import { main } from './program.ts';

export class TestProcess {
  stdout = '';
  stderr = '';
  readonly exits: number[] = [];
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #commands: readonly Command[];
  readonly #files: Readonly<Record<string, string>>;

  constructor(commands: readonly Command[], files: Readonly<Record<string, string>> = {}) {
    this.#commands = commands;
    this.#files = files;
  }

  type(...argv: readonly string[]): Promise<number> {
    const readFile = (path: string): Result<string, string> => {
      const text = this.#files[path];
      return text === undefined ? failure(`${path}: no such file`) : success(text);
    };
    const { streams, signals } = this;
    return main({ argv, env: {}, commands: this.#commands, streams, signals, readFile });
  }

  send(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly streams: Streams = {
    stdout: this.#output((text) => void (this.stdout += text)),
    stderr: this.#output((text) => void (this.stderr += text)),
  };

  readonly signals: SignalSource = {
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
    exit: (code) => void this.exits.push(code),
  };

  #output(write: (text: string) => void): Output {
    return { write, isTerminal: false, columns: () => 80 };
  }
}

/** A command that prints what it was given, with `body` in the middle. */
export function echoCommand(
  name: string,
  families: readonly FlagFamily[],
  body: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Command {
  return defineCommand({
    name,
    summary: `Does ${name}.`,
    families: [{ title: 'Echo', flags: [flag('word', 'string', 'nothing', 'A word.')] }, ...families],
    positionals: [],
    async run({ flags, streams, signal }) {
      await body(signal);
      streams.stdout.write(`${name} ${flags.get('word')}\n`);
      return 0;
    },
  });
}
