/**
 * The decision of one pass: a pure function of the world, the memory, the options and the time (I10).
 *
 *     observe   which node belongs to which group, what is on its way, what failed    node-groups/
 *     grow      what the pending pods need that is not there or on its way            scale-up/
 *     shrink    what is not needed, with the pending pods already placed in thought   scale-down/
 *     record    why, for every pod, node and group (I6)                               explain/
 *
 * It holds no clock and does no I/O. What it tries out on the model it takes back.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionRecord, NodeExplanation } from '../explain/record.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { PassGuard } from '../node-groups/guard.ts';
import { wordGuard } from '../node-groups/guard.ts';
import type { HealthThresholds } from '../node-groups/health.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { ObservedNodeGroups } from '../node-groups/observe.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import type { LimitsOptions, NodeGroupHealthOptions } from '../node-groups/options.ts';
import type { InstancesToDelete, NodeGroupView, Withdrawal } from '../node-groups/view.ts';
import type { ScaleDownMemory } from '../scale-down/memory.ts';
import { timersForgotten } from '../scale-down/memory.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import type { PlannedRemoval, RemovalInFlight, ScaleDownPlan, SoftTaints } from '../scale-down/scale-down.ts';
import { planScaleDown } from '../scale-down/scale-down.ts';
import { seededRandom } from '../runtime/random.ts';
import type { CounselAnswers, CounselQuestion } from '../scale-up/counsel.ts';
import { Counsel } from '../scale-up/counsel.ts';
import type { LaunchAllowance } from '../scale-up/launches.ts';
import { launchAllowance, launchesByMaximum } from '../scale-up/launches.ts';
import { growableWithin } from '../scale-up/limits.ts';
import type { ScaleUpOptions } from '../scale-up/options.ts';
import { priorityFindings } from '../scale-up/priority-findings.ts';
import { judgePredictions, NOTHING_JUDGED, promised } from '../scale-up/predictions.ts';
import type { PlannedResize, ScaleUpPlan } from '../scale-up/scale-up.ts';
import { planScaleUp } from '../scale-up/scale-up.ts';
import type { Memory } from './memory.ts';
import { nextMomentOf } from './next-moment.ts';
import { recordOf } from './record-of.ts';
import { type Stopwatch, UNTIMED } from './stopwatch.ts';

export type { Memory } from './memory.ts';

/** What there is, as the watches and the provider told it. */
export interface World {
  readonly cluster: Cluster;
  /** In the provider's order. */
  readonly groups: readonly NodeGroupState[];
  readonly removals: readonly RemovalInFlight[];
  /** What the expander service said; absent: there is none. */
  readonly counsel?: CounselAnswers;
  /** Measures the parts of the decision, and has no part in it. */
  readonly stopwatch?: Stopwatch;
}

export interface DecideOptions {
  readonly scaleUp: ScaleUpOptions;
  readonly scaleDown: ScaleDownOptions;
  readonly limits: LimitsOptions;
  readonly health: NodeGroupHealthOptions;
  readonly thresholds: HealthThresholds;
  /** The most nodes that may be launched within an hour; 0: by what the groups may hold. `--max-node-launches-per-hour` */
  readonly maxLaunchesPerHour: number;
}

export interface Pass {
  /** Counts from 1 since the start of the process. */
  readonly number: number;
  readonly now: number;
  readonly triggers: readonly string[];
  /** The process, by a word of its own; absent: there is one only. */
  readonly run?: string;
  /** For so long nothing has been heard of pods; absent: what is known of them is of now. */
  readonly podsSilentMs?: number;
}

/** All that a decision is made from. */
export interface DecisionInput {
  readonly world: World;
  readonly memory: Memory;
  readonly options: DecideOptions;
  readonly pass: Pass;
}

/** What a pass has found beside the record, for whoever shows it. */
export type Found = Pick<Decision, 'views' | 'memory'>;

export interface Decision {
  readonly record: DecisionRecord;
  /** The groups as the pass saw them, for whoever wants to show what it decided from. */
  readonly views: readonly NodeGroupView[];
  readonly resizes: readonly PlannedResize[];
  readonly removals: readonly PlannedRemoval[];
  /** Nodes to mark, or no longer to mark, as likely to go. */
  readonly softTaints: SoftTaints;
  readonly instancesToDelete: readonly InstancesToDelete[];
  readonly withdrawals: readonly Withdrawal[];
  /** To be given to the next pass, with the outcomes of the actions worked in. */
  readonly memory: Memory;
  /** When, with nothing else happening, the answer may change; `undefined`: never. */
  readonly nextMomentMs: number | undefined;
  /** The expander service is to be asked this first, and the decision then made anew: it is not to be carried out. */
  readonly question: CounselQuestion | undefined;
}

export function decide(world: World, memory: Memory, options: DecideOptions, pass: Pass): Decision {
  const { rehearsed: _rehearsed, ...known } = memory;
  const decision = decideOnce(world, known, options, pass);
  const resting = world.groups.filter((group) => group.options.dryRun === true).map(({ name }) => name);
  return resting.length === 0 ? decision : withRehearsal(decision, rehearse({ world, memory, options, pass }), resting);
}

/**
 * The decision as if no group was on dry run. It has the memory of its own of which nodes are unneeded; all else that it
 * remembers is what has really happened.
 */
function rehearse({ world, memory: { rehearsed, ...memory }, options, pass }: DecisionInput): Decision {
  const { counsel, groups, stopwatch: _stopwatch, ...rest } = world;
  const active = groups.map((group) => ({ ...group, options: { ...group.options, dryRun: false } }));
  // Nobody is asked for the sake of a rehearsal.
  const heard = counsel === undefined ? {} : { counsel: { ...counsel, mayAsk: false } };
  const scaleDown = { ...memory.scaleDown, ...rehearsed };
  return decideOnce({ ...rest, ...heard, groups: active }, { ...memory, scaleDown }, options, pass);
}

/** What is carried out is the decision; of the rehearsal only what it would do with the resting groups is told. */
function withRehearsal(decision: Decision, rehearsal: Decision, resting: readonly string[]): Decision {
  const actions = rehearsal.record.actions.filter(({ group }) => resting.includes(group));
  const { unneeded, unremovable, places } = rehearsal.memory.scaleDown;
  const moments = [decision.nextMomentMs, rehearsal.nextMomentMs].filter((moment) => moment !== undefined);
  return {
    ...decision,
    record: { ...decision.record, dryRun: { groups: resting, actions } },
    memory: { ...decision.memory, rehearsed: { unneeded, unremovable, places } },
    nextMomentMs: moments.length === 0 ? undefined : Math.min(...moments),
  };
}

function decideOnce(world: World, memory: Memory, options: DecideOptions, pass: Pass): Decision {
  const { cluster, stopwatch = UNTIMED } = world;
  const { now } = pass;
  const observed = stopwatch.time('updateClusterState', () =>
    observeNodeGroups({
      cluster,
      groups: world.groups,
      memory: memory.nodeGroups,
      options: options.health,
      thresholds: options.thresholds,
      now,
      fromZero: options.scaleUp.fromZero,
    }),
  );
  const { views, guard } = observed;
  const judged = options.scaleUp.likeClusterAutoscaler
    ? NOTHING_JUDGED
    : judgePredictions(memory.predictions, { cluster, groups: views, now, heardAtMs: now - (pass.podsSilentMs ?? 0) });
  const mostLaunches = options.maxLaunchesPerHour === 0 ? launchesByMaximum(world.groups) : options.maxLaunchesPerHour;
  const counsel = world.counsel === undefined ? undefined : new Counsel(world.counsel);
  const { scaleUp, scaleDown } = cluster.trial(() => {
    const launches = launchAllowance(memory.launches, mostLaunches, now);
    const grown = stopwatch.time('scaleUp', () =>
      planScaleUp({
        cluster,
        groups: views,
        options: options.scaleUp,
        limits: options.limits,
        now,
        draining: world.removals.filter(({ drains }) => drains).map(({ node }) => node),
        guard,
        launches,
        mistakes: judged.memory.mistakes,
        hints: memory.hints,
        lot: seededRandom(now).stream('expander/random'),
        ...(counsel === undefined ? {} : { counsel }),
      }),
    );
    const given = { world, memory, options, pass, launches };
    return { scaleUp: grown, scaleDown: stopwatch.time('findUnneeded', () => shrink(given, observed, grown)) };
  });
  const resizes = scaleDown.growth === undefined ? scaleUp.resizes : [...scaleUp.resizes, scaleDown.growth];
  const record: DecisionRecord = {
    ...recordOf({ cluster, health: options.health, pass }, observed, { ...scaleUp, resizes }, scaleDown),
    ...(judged.wrong.length === 0 ? {} : { wrongPredictions: judged.wrong }),
    ...expanderFindings(world, options, scaleUp, views),
  };
  return {
    record,
    views,
    resizes,
    removals: scaleDown.removals,
    softTaints: scaleDown.softTaints,
    instancesToDelete: observed.instancesToDelete,
    withdrawals: observed.withdrawals,
    memory: {
      nodeGroups: observed.memory,
      scaleDown: scaleDown.memory,
      launches: memory.launches,
      hints: scaleUp.hints,
      predictions: promised(judged.memory, scaleUp.promises, now),
    },
    nextMomentMs: nextMomentOf(record, observed.memory, now),
    question: counsel?.open,
  };
}

/** Only where a choice was to be made: groups that may not grow are not missed in the ConfigMap. */
function expanderFindings(
  { cluster }: World,
  { scaleUp: { expanders } }: DecideOptions,
  { resizes, unhelped }: ScaleUpPlan,
  views: readonly NodeGroupView[],
): Pick<DecisionRecord, 'expanderFindings'> {
  if (!expanders.includes('priority') || (resizes.length === 0 && unhelped === 0)) return {};
  const open = views.filter(({ blocked, template }) => blocked === undefined && template !== undefined);
  const found = priorityFindings(cluster.priorities, open);
  return found.length === 0 ? {} : { expanderFindings: found };
}

interface Given {
  readonly world: World;
  readonly memory: Memory;
  readonly options: DecideOptions;
  readonly pass: Pass;
  readonly launches: LaunchAllowance;
}

function shrink(
  { world, memory, options, pass, launches }: Given,
  observed: ObservedNodeGroups,
  grown: ScaleUpPlan,
): ScaleDownPlan {
  const { guard } = observed;
  if (guard !== undefined) return untrusted(world.cluster, memory.scaleDown, observed, guard);
  return planScaleDown({
    cluster: world.cluster,
    groups: observed.views,
    memory: memory.scaleDown,
    removals: world.removals,
    options: options.scaleDown,
    limits: options.limits,
    now: pass.now,
    growth: new Map(grown.resizes.map(({ groupId, delta }) => [groupId, delta])),
    pendingTooYoungUntilMs: youngUntilMs(grown),
    growable: growableWithin(world.cluster, observed.views, {
      limits: options.limits,
      most: options.scaleUp.maxNodesPerScaleUp,
      launches,
    }),
  });
}

/** Nothing is removed; where the picture is not to be trusted, every timer starts anew. */
function untrusted(
  cluster: Cluster,
  memory: ScaleDownMemory,
  { views }: ObservedNodeGroups,
  guard: PassGuard,
): ScaleDownPlan {
  const reason: NodeReason =
    guard.kind === 'unhealthy'
      ? { code: 'ClusterUnhealthy', unready: guard.unready, registered: guard.registered }
      : { code: 'PassSkipped', message: wordGuard(guard) };
  const groupOf = new Map(views.flatMap((view) => view.slots.map((slot) => [slot, view.state.name])));
  const nodes = cluster
    .nodeSlots()
    .filter((slot) => !cluster.isSimulated(slot))
    .map((slot): NodeExplanation => ({
      node: cluster.node(slot).name,
      group: groupOf.get(slot) ?? '',
      utilization: undefined,
      outcome: { kind: 'stays', reason },
    }));
  return {
    removals: [],
    nodes,
    softTaints: { remove: [], add: [] },
    memory: guard.kind === 'repairs-first' ? memory : timersForgotten(memory),
  };
}

/** While pods are too young to act on, or nodes may be coming for them unseen, the picture is not complete; until when. */
function youngUntilMs({ pods }: ScaleUpPlan): number | undefined {
  const untils = pods.flatMap(({ outcome }) => {
    if (outcome.kind !== 'waits') return [];
    const { reason } = outcome;
    return reason.code === 'TooYoung' || reason.code === 'NodeMayBeComing' ? [reason.untilMs] : [];
  });
  return untils.length === 0 ? undefined : Math.max(...untils);
}
