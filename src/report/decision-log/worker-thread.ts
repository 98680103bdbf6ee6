/** Starts the thread that writes the decision log. */
import { Worker } from 'node:worker_threads';
import type { LogFile, LogNews, ToThread } from './entries.ts';

/** The other side of the decision log. */
export interface LogThread {
  post(told: ToThread): void;
  onNews(listen: (news: LogNews) => void): void;
  /** Called once, when it has ended by itself or by `error`. */
  onEnd(listen: (error: Error | undefined) => void): void;
  terminate(): void;
}

/** The thread's program, where it is bundled into one file with this one; scripts/build.ts sets it. */
declare const VKE_AUTOSCALER_LOG_THREAD: string | undefined;

export function startLogThread(file: LogFile): LogThread {
  // The flags of node are for the program, not for this: `--test` would make it look for tests.
  const options = { execArgv: [] };
  const worker =
    typeof VKE_AUTOSCALER_LOG_THREAD === 'string'
      ? new Worker(VKE_AUTOSCALER_LOG_THREAD, { ...options, eval: true })
      : new Worker(new URL('./log-thread.ts', import.meta.url), options);
  // Whoever ends the program waits for the log by itself.
  worker.unref();
  const post = (told: ToThread): void => worker.postMessage(told, []);
  post({ kind: 'begin', ...file });
  let error: Error | undefined;
  worker.on('error', (thrown) => (error = thrown instanceof Error ? thrown : new Error(String(thrown))));
  return {
    post,
    onNews: (listen) => void worker.on('message', listen),
    onEnd: (listen) => void worker.on('exit', () => listen(error)),
    terminate: () => void worker.terminate(),
  };
}
