import type { PodFacts } from './facts.ts';

/** Of so low a priority that no node is bought for it, and that it gives way to any other pod. */
export function isExpendable({ spec }: PodFacts, cutoff: number): boolean {
  return spec.priority < cutoff && spec.hasNoPriority !== true;
}
