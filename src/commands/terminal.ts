/** Where a command writes to, and the two signals that stop it: the process, as commands see it. */
import { isatty } from 'node:tty';
import { readFileSync } from 'node:fs';
import { type Result, failure, success } from '../runtime/result.ts';

export interface Output {
  write(text: string): void;
  /** Whether a person watches, so that colours, redrawing and progress bars make sense. */
  readonly isTerminal: boolean;
  /** Characters in a line; 80 where there is no terminal. */
  columns(): number;
}

export interface Streams {
  readonly stdout: Output;
  readonly stderr: Output;
  /** A person with keys in front of a screen; absent: there is none. */
  readonly terminal?: Terminal | undefined;
}

export interface Terminal {
  rows(): number;
  /** Calls `listener` with each key, as it comes from the terminal, until the returned function is called. */
  onKey(listener: (key: string) => void): () => void;
  /** Calls `listener` whenever the screen has another size. */
  onResize(listener: () => void): () => void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface SignalSource {
  /** Calls `listener` at each signal, until the returned function is called. */
  subscribe(listener: (signal: StopSignal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

const COLUMNS_WITHOUT_TERMINAL = 80;

/** The streams of this process. When whoever reads them has gone (`… | head`), the process ends without a word. */
export function processStreams(): Streams {
  return {
    stdout: outputTo(process.stdout, isatty(1)),
    stderr: outputTo(process.stderr, isatty(2)),
    terminal: isatty(0) && isatty(1) ? processTerminal() : undefined,
  };
}

function processTerminal(): Terminal {
  const { stdin, stdout } = process;
  return {
    rows: () => stdout.rows,
    onKey(listener) {
      const onData = (data: Buffer): void => listener(data.toString('utf8'));
      stdin.setRawMode(true);
      stdin.on('data', onData);
      stdin.resume();
      return () => {
        stdin.off('data', onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
  };
}

function outputTo(stream: NodeJS.WriteStream, isTerminal: boolean): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    columns: () => (isTerminal ? stream.columns : COLUMNS_WITHOUT_TERMINAL),
  };
}

export const processSignals: SignalSource = {
  subscribe(listener) {
    const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  exit: (code) => process.exit(code),
};

/** The text of a file, or why it cannot be read, naming the file. */
export function readTextFile(path: string): Result<string, string> {
  try {
    return success(readFileSync(path, 'utf8'));
  } catch (error) {
    return failure(`${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
      return 'this user may not read it';
    case 'EISDIR':
      return 'this is a directory';
    default:
      return error instanceof Error ? error.message : 'cannot be read';
  }
}
