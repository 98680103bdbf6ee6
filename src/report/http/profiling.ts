/** `/debug/pprof/profile?seconds=N` and `/debug/pprof/heap`: profiles for the tools of Chrome, under Go's paths. */
import { LONGEST_SECONDS, type Profiler } from '../debugging/profiler.ts';
import { type Answer, type Handler, problem } from './answer.ts';

/** As Go's. */
const DEFAULT_SECONDS = 30;
const PATH = '/debug/pprof/';

export function profilingHandler(profiler: Profiler): Handler {
  return async ({ path, query, left }) => {
    if (!path.startsWith(PATH)) return undefined;
    switch (path.slice(PATH.length)) {
      case 'heap':
        return profile('heap.heapprofile', await profiler.heap());
      case 'profile': {
        const seconds = Number(query.get('seconds') ?? DEFAULT_SECONDS);
        if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_SECONDS) {
          return problem(400, `seconds is a whole number from 1 to ${LONGEST_SECONDS}`);
        }
        const taken = await profiler.cpu(seconds, left);
        if (taken === undefined) return problem(429, 'another profile is being taken; ask again in a moment');
        return profile('cpu.cpuprofile', taken);
      }
      default:
        return problem(404, 'there are /debug/pprof/profile and /debug/pprof/heap');
    }
  };
}

function profile(fileName: string, body: string): Answer {
  return { status: 200, contentType: 'application/json; charset=utf-8', body, fileName };
}
