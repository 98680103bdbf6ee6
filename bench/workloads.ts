/** Every workload of `npm run bench`, in the order in which they run. */
import type { Workload } from './workload.ts';
import { burst } from './workloads/burst.ts';
import { firstFitCoupled, firstFitPlain } from './workloads/first-fit.ts';
import { journal, memory, podEvent, verdicts } from './workloads/model.ts';
import { memoryProcess } from './workloads/memory-process.ts';
import { packing } from './workloads/packing.ts';
import { reaction } from './workloads/reaction.ts';
import { simulate } from './workloads/simulate.ts';

export const workloads: readonly Workload[] = [
  firstFitPlain,
  firstFitCoupled,
  verdicts,
  journal,
  podEvent,
  memory,
  memoryProcess,
  packing,
  reaction,
  burst,
  simulate,
];
