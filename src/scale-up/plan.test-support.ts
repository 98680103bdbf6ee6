/** A scale-up decision from start to end, for tests: nodes, pods and groups in, the plan and its words out. */
import assert from 'node:assert/strict';
import type { Cluster } from '../cluster/cluster.ts';
import type { ControllerFacts, NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import { describe } from '../explain/text.ts';
import { HEALTH_OPTIONS, NO_LIMITS } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { ScaleUpOptions } from './options.ts';
import type { ScaleUpPlan } from './scale-up.ts';
import { planScaleUp } from './scale-up.ts';

export const MINUTE = 60_000;
/** Long after the fixtures' nodes and pods were created. */
export const NOON = 720 * MINUTE;

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const DEFAULTS: ScaleUpOptions = {
  expanders: ['least-waste'],
  maxNodesPerScaleUp: UNLIMITED,
  newPodScaleUpDelayMs: 0,
  expendablePodsPriorityCutoff: -10,
  oneChoicePerPass: false,
  likeClusterAutoscaler: false,
  waitsForNewPods: false,
  enforceMinSize: false,
  fromZero: true,
  bypassedSchedulers: [],
  allowedSchedulers: [],
};

export interface Situation {
  /** Or the content of one. A given one has a trial open already. */
  readonly cluster?: Cluster;
  readonly nodes?: readonly NodeFacts[];
  readonly pods?: readonly PodFacts[];
  readonly controllers?: readonly ControllerFacts[];
  readonly groups?: readonly NodeGroupState[];
  readonly memory?: NodeGroupMemory;
  readonly options?: Partial<ScaleUpOptions>;
  readonly limits?: Partial<LimitsOptions>;
  /** Names of nodes that are being drained. */
  readonly draining?: readonly string[];
}

/** Observes the groups and plans, as a pass does. */
export function planFor(situation: Situation): ScaleUpPlan {
  const cluster = situation.cluster ?? aCluster(situation);
  const { views, guard } = observeNodeGroups({
    cluster,
    groups: situation.groups ?? [],
    memory: situation.memory ?? EMPTY_MEMORY,
    options: HEALTH_OPTIONS,
    now: NOON,
    fromZero: situation.options?.fromZero ?? DEFAULTS.fromZero,
  });
  const plan = (): ScaleUpPlan =>
    planScaleUp({
      cluster,
      groups: views,
      options: { ...DEFAULTS, ...situation.options },
      limits: { ...NO_LIMITS, ...situation.limits },
      now: NOON,
      draining: situation.draining ?? [],
      guard,
    });
  return situation.cluster === undefined ? cluster.trial(plan) : plan();
}

/** `group+nodes` of each resize. */
export function resizes(plan: ScaleUpPlan): readonly string[] {
  return plan.resizes.map(({ groupName, delta }) => `${groupName}+${delta}`);
}

/** `namespace/name outcome reason` of each set of pods. */
export function outcomes(plan: ScaleUpPlan): readonly string[] {
  return plan.pods.map(({ example, outcome }) =>
    outcome.kind === 'waits' ? `${example} waits ${outcome.reason.code}` : `${example} ${outcome.kind}`,
  );
}

/** Why the group does not help these pods. */
export function because(plan: ScaleUpPlan, example: string, group: string): string {
  const pods = plan.pods.find((one) => one.example === example);
  const entry = pods?.perGroup.find((one) => one.group === group);
  assert.ok(entry !== undefined, `${example} has a reason for ${group}`);
  return describe(entry.reason);
}
