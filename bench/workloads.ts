/** Every workload of `npm run bench`, in the order in which they run. */
import type { Workload } from './workload.ts';
import { reaction } from './workloads/reaction.ts';

export const workloads: readonly Workload[] = [reaction];
