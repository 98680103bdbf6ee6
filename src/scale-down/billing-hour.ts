/**
 * The hour that is already paid for. A node that goes in the middle of it is paid for to its end all the same, so with
 * `--respect-billing-hour` it goes shortly before that.
 */
import type { NodeReason } from '../explain/reasons.ts';
import type { Candidate } from './eligibility.ts';

const HOUR_MS = 60 * 60_000;
/** So long before its end the hour counts as used: a drain takes its time, and the next hour must not begin. */
const LEAD_MS = 10 * 60_000;

/** Why the node stays a while; `undefined`: its hour is about to end, or nobody knows when it began. */
export function paidFor({ node, group }: Candidate, now: number): NodeReason | undefined {
  const instance = group.state.instances.find(({ id }) => id === node.providerID);
  const sinceMs = instance?.createdAtMs ?? node.createdAtMs;
  if (sinceMs <= 0 || sinceMs > now) return undefined;
  const endsAtMs = sinceMs + (Math.floor((now - sinceMs) / HOUR_MS) + 1) * HOUR_MS;
  const untilMs = endsAtMs - LEAD_MS;
  return now < untilMs ? { code: 'HourPaidFor', untilMs } : undefined;
}
