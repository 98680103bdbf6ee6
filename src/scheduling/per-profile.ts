/** What follows from the scheduler's profile, worked out once for each: most clusters have the default one. */
import type { Cluster } from '../cluster/cluster.ts';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';

export function perProfile<T>(work: (profile: SchedulerProfile) => T): (cluster: Cluster) => T {
  const ofDefault = work(DEFAULT_PROFILE);
  const known = new WeakMap<SchedulerProfile, { readonly result: T }>();
  return ({ profile }) => {
    if (profile === DEFAULT_PROFILE) return ofDefault;
    let entry = known.get(profile);
    if (entry === undefined) known.set(profile, (entry = { result: work(profile) }));
    return entry.result;
  };
}

/** Whether the profile asks the plugin about nodes. */
export function asks(plugin: string): (cluster: Cluster) => boolean {
  return perProfile(({ skippedForNodes }) => !skippedForNodes.includes(plugin));
}
