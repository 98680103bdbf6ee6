/** Every workload of `npm run bench`, in the order in which they run. */
import type { Workload } from './workload.ts';
import { burst } from './workloads/burst.ts';
import { day } from './workloads/day.ts';
import { decisionLog } from './workloads/decision-log.ts';
import { firstFitCoupled, firstFitPlain } from './workloads/first-fit.ts';
import { journal, memory, podEvent, verdicts } from './workloads/model.ts';
import { memoryProcess } from './workloads/memory-process.ts';
import { largeBurst, mixed } from './workloads/mixed.ts';
import { explain, metricsText, recordSize } from './workloads/operate.ts';
import { packing } from './workloads/packing.ts';
import { price } from './workloads/price.ts';
import { reaction } from './workloads/reaction.ts';
import { anti10000, grow, hostnameSpread1000, scaleUp50k } from './workloads/scale-up.ts';
import { scaleDown2000, scaleDown5000, scaleDownCoupled, scaleDownEfficiency } from './workloads/scale-down.ts';
import { simulate } from './workloads/simulate.ts';
import { blocking, steady } from './workloads/steady.ts';

export const workloads: readonly Workload[] = [
  firstFitPlain,
  firstFitCoupled,
  verdicts,
  journal,
  podEvent,
  memory,
  memoryProcess,
  packing,
  scaleUp50k,
  anti10000,
  hostnameSpread1000,
  ...grow,
  ...mixed,
  largeBurst,
  price,
  scaleDown2000,
  scaleDown5000,
  scaleDownCoupled,
  scaleDownEfficiency,
  ...steady,
  blocking,
  reaction,
  burst,
  simulate,
  day,
  metricsText,
  decisionLog,
  explain,
  recordSize,
];
