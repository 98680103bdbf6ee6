/** The thread that writes the decision log: what it is told to, it has the writer do. scripts/build.ts bundles it by itself. */
import { parentPort } from 'node:worker_threads';
import { invariant, unreachable } from '../../cluster/invariant.ts';
import { realClock } from '../../runtime/clock.ts';
import type { LogNews, ToThread } from './entries.ts';
import { LogWriter } from './log-writer.ts';

const port = parentPort;
invariant(port !== null, 'this is the entry of a thread');
const tell = (news: LogNews): void => port.postMessage(news);
let writer: LogWriter | undefined;

port.on('message', (told: ToThread) => {
  switch (told.kind) {
    case 'begin':
      writer = new LogWriter({ ...told, clock: realClock, tell });
      writer.begin(told.mostStored);
      break;
    case 'append':
      writer?.append(told.entries);
      break;
    case 'end':
      writer?.end();
      port.close();
      break;
    default:
      unreachable(told);
  }
});
