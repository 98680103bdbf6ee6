/**
 * Every node that a group has or is to have, counted one by one: registered in some standing, or known to the cloud
 * without a node, or asked for and not listed.
 */
import type { Instance } from '../cloud/facts.ts';
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeGroupMemory } from './memory.ts';
import { isAnswered } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import type { NodeGroupHealthOptions } from './options.ts';
import type { ReadinessRules } from './readiness.ts';
import type { Registration } from './registered.ts';
import type { GroupSighting } from './requests.ts';
import type { Standings } from './standings.ts';
import { standingsOf } from './standings.ts';
import type { UnregisteredInstance } from './view.ts';

export interface CensusInput {
  readonly cluster: Cluster;
  readonly memory: NodeGroupMemory;
  readonly options: NodeGroupHealthOptions;
  readonly now: number;
}

export interface Census {
  readonly group: NodeGroupState;
  /** With what is asked for and not answered yet. */
  readonly targetSize: number;
  readonly slots: readonly Slot[];
  readonly standing: Standings;
  readonly unregistered: readonly UnregisteredInstance[];
  readonly failed: readonly Instance[];
  readonly rules: ReadinessRules;
  readonly sighting: GroupSighting;
}

export function census(input: CensusInput, group: NodeGroupState, registration: Registration): Census {
  const { cluster, memory, options, now } = input;
  const sent = memory.inFlight[group.id];
  const open = sent !== undefined && !isAnswered(sent, { settled: !group.resizing }, now);
  const targetSize = Math.max(group.targetSize, open ? sent.to : 0);
  const slots = registration.slots.get(group.id) ?? [];
  const living = registration.living.get(group.id) ?? { count: 0, missing: [] };
  const { missing } = living;
  const failed = missing.filter(({ error }) => error !== undefined);
  const provision = provisionTimeMs(group, options);
  const rules = rulesFor(group, options);
  const standing = standingsOf(cluster, registration, {
    groupId: group.id,
    expected: group.template?.allocatable,
    rules,
    now,
  });
  const unregistered = missing
    .filter(({ error }) => error === undefined)
    .map((instance) => {
      const sinceMs = memory.unregisteredSince[instance.id] ?? now;
      return { instance, sinceMs, overdue: sinceMs + provision < now };
    });
  const awaited = unregistered.filter(({ overdue }) => !overdue).length;
  return {
    group,
    targetSize,
    slots,
    standing,
    unregistered,
    failed,
    rules,
    sighting: {
      groupId: group.id,
      settled: !group.resizing,
      unregisteredIds: unregistered.map(({ instance }) => instance.id),
      awaited,
      failed: failed.flatMap(({ id, error }) => (error === undefined ? [] : [{ id, error }])),
      unlisted: Math.max(0, targetSize - living.count),
      starting: standing['not-started'].length,
      provisionTimeMs: provision,
      targetSize,
      registered: slots.length,
      listed: living.count,
    },
  };
}

/** How the nodes of the group are judged; of no group, by the flags alone. */
export function rulesFor(
  group: Pick<NodeGroupState, 'options'> | undefined,
  { maxNodeStartupTimeMs, taints, gpuLabel }: NodeGroupHealthOptions,
): ReadinessRules {
  return { maxStartupTimeMs: group?.options.maxNodeStartupTimeMs ?? maxNodeStartupTimeMs, taints, gpuLabel };
}

export function provisionTimeMs(group: NodeGroupState, options: NodeGroupHealthOptions): number {
  return group.options.maxNodeProvisionTimeMs ?? options.maxNodeProvisionTimeMs;
}
