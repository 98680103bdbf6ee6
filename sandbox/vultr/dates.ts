/** Dates as the simulated API writes them. */
import { formatTimestamp } from '../../src/runtime/timestamps.ts';

/** As the kubernetes and instance routes write dates: `2021-07-07T22:57:01+00:00`. */
export function vultrDate(ms: number): string {
  return formatTimestamp(ms).replace('Z', '+00:00');
}
