/**
 * Notices that a file says something else. It is read every {@link LOOK_MS} rather than watched: a mounted ConfigMap or
 * Secret changes by a symbolic link two folders up, of which the file's own watch hears nothing, and a look at a small file
 * costs microseconds.
 *
 * A text counts once it has been found twice in a row: a file that is being written holds half of it, and half a file may
 * be a valid one that says something else.
 */
import type { Clock, Timer } from './clock.ts';
import type { Result } from './result.ts';

/** The kubelet itself takes up to a minute to bring a change. */
const LOOK_MS = 2_000;

export interface WatchedFileParts {
  readonly path: string;
  /** The text, or a message that names the file. */
  readonly read: (path: string) => Result<string, string>;
  readonly clock: Clock;
  /** Called with each text that differs from the last, and once with the message when it cannot be read. */
  readonly changed: (now: Result<string, string>) => void;
}

/** Looks until the returned function is called. */
export function watchFile({ path, read, clock, changed }: WatchedFileParts): () => void {
  let told = gistOf(read(path));
  let seen = told;
  const look = (): void => {
    const now = read(path);
    const gist = gistOf(now);
    const isSettled = gist === seen;
    seen = gist;
    timer = clock.setTimer(LOOK_MS, look);
    if (!isSettled || gist === told) return;
    told = gist;
    changed(now);
  };
  let timer: Timer = clock.setTimer(LOOK_MS, look);
  return () => timer.cancel();
}

function gistOf(text: Result<string, string>): string {
  return JSON.stringify(text);
}
