/**
 * Which pods keep their node, which move elsewhere, and which do not matter when it goes.
 *
 * 1. The rules are asked in the order of {@link RULES}; the first that has an opinion decides.
 * 2. Budgets are asked about every pod that would be evicted, whatever rule let it go: the eviction API asks them too.
 * 3. An annotation `safe-to-evict: "false"` keeps protecting a kube-system pod that is older than the timeout, and a pod
 *    below the priority cutoff. (Cluster Autoscaler lets both go.)
 * 4. The answer does not depend on the order in which the pods came (I10).
 */
import { isExpendable as isBelowCutoff } from '../cluster/expendable.ts';
import type { ControllerFacts, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { BlockingPodReason } from '../explain/reasons.ts';
import { isDaemonSetPod, isMirrorPod } from '../node-groups/readiness.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import type { Horizon, Moment } from './horizon.ts';
import type { DrainabilityOptions } from './options.ts';

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const SAFE_TO_EVICT_LOCAL_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
/** So long after its time to end was up, a terminating pod counts as stuck. */
const STUCK_AFTER_MS = 30_000;
const REPLICATED_KINDS = new Set(['ReplicationController', 'Job', 'ReplicaSet', 'StatefulSet']);

export interface DrainContext {
  readonly now: number;
  /** Told of the moments at which the answer changes by itself. */
  readonly horizon?: Horizon;
  readonly options: DrainabilityOptions;
  readonly expendablePodsPriorityCutoff: number;
  readonly budgets: Pick<DisruptionBudgets, 'covers'>;
  /** The controller of that uid, if it exists. */
  controller(uid: string): ControllerFacts | undefined;
}

/** What becomes of one pod when its node goes. */
type PodOutcome =
  /** Evicted; needs a place elsewhere. */
  | { readonly kind: 'move' }
  /** Evicted; needs no place. */
  | { readonly kind: 'expendable' }
  /** Goes with the node, at best asked to leave. */
  | { readonly kind: 'daemon-set' }
  /** Neither holds the node nor is evicted. */
  | { readonly kind: 'ignored' }
  /** The node has to wait until it has ended. */
  | { readonly kind: 'on-completion' }
  | { readonly kind: 'blocks'; readonly reason: BlockingPodReason; readonly detail: string };

export interface BlockingPod {
  readonly kind: 'blocked';
  readonly pod: PodFacts;
  readonly reason: BlockingPodReason;
  readonly detail: string;
}

/** The pods of a node by what becomes of them, each list in the order of `namespace/name`. */
export interface MovablePods {
  readonly kind: 'movable';
  /** To evict; each needs a place elsewhere. */
  readonly evict: readonly PodFacts[];
  /** To evict; below the priority cutoff, so they need no place. */
  readonly expendable: readonly PodFacts[];
  readonly daemonSet: readonly PodFacts[];
  /** The node waits until these have ended. */
  readonly onCompletion: readonly PodFacts[];
}

const MOVE: PodOutcome = { kind: 'move' };
const EXPENDABLE: PodOutcome = { kind: 'expendable' };
const DAEMON_SET: PodOutcome = { kind: 'daemon-set' };
const IGNORED: PodOutcome = { kind: 'ignored' };
const ON_COMPLETION: PodOutcome = { kind: 'on-completion' };

type Rule = (pod: PodFacts, context: DrainContext) => PodOutcome | undefined;

const RULES: readonly Rule[] = [
  mirror,
  longTerminating,
  belowPriorityCutoff,
  controllerThere,
  daemonSet,
  safeToEvict,
  terminal,
  onCompletion,
  replicated,
  system,
  notSafeToEvict,
  localStorage,
];

/** What becomes of the node's pods when it goes, budgets included; or the pod that keeps it. */
export function podsToMove(
  cluster: Cluster,
  slot: Slot,
  context: DrainContext & { readonly budgets: DisruptionBudgets },
): MovablePods | BlockingPod {
  const pods = classifyPods(cluster, slot, context);
  return pods.kind === 'blocked' ? pods : (refusedByBudget(pods, context.budgets) ?? pods);
}

/** The same without asking the budgets how much is left. */
export function classifyPods(cluster: Cluster, slot: Slot, context: DrainContext): MovablePods | BlockingPod {
  const pods = sortOut(cluster.podsOn(slot).values(), context);
  if (pods.kind === 'blocked') return pods;
  for (const list of [pods.evict, pods.expendable, pods.daemonSet, pods.onCompletion]) list.sort(byKey);
  return pods;
}

/** {@link MovablePods} with the lists in no particular order. */
export interface SortedOut extends MovablePods {
  readonly evict: PodFacts[];
  readonly expendable: PodFacts[];
  readonly daemonSet: PodFacts[];
  readonly onCompletion: PodFacts[];
}

/** What becomes of each of the pods of a node. */
export function sortOut(pods: Iterable<PodFacts>, context: DrainContext): SortedOut | BlockingPod {
  const lists: SortedOut = { kind: 'movable', evict: [], expendable: [], daemonSet: [], onCompletion: [] };
  let blocking: BlockingPod | undefined;
  for (const pod of pods) {
    const outcome = outcomeOf(pod, context);
    switch (outcome.kind) {
      case 'move':
        lists.evict.push(pod);
        break;
      case 'expendable':
        lists.expendable.push(pod);
        break;
      case 'daemon-set':
        lists.daemonSet.push(pod);
        break;
      case 'on-completion':
        lists.onCompletion.push(pod);
        break;
      case 'ignored':
        break;
      case 'blocks':
        if (blocking === undefined || byKey(pod, blocking.pod) < 0) blocking = { ...outcome, kind: 'blocked', pod };
        break;
    }
  }
  return blocking ?? lists;
}

/** The first of the pods to evict that a budget holds. */
export function refusedByBudget(pods: MovablePods, budgets: DisruptionBudgets): BlockingPod | undefined {
  const refused = budgets.firstRefused(pods.evict) ?? budgets.firstRefused(pods.expendable);
  return refused && { kind: 'blocked', reason: 'NotEnoughPdb', ...refused };
}

/** What becomes of one pod, budgets aside. */
function outcomeOf(pod: PodFacts, context: DrainContext): PodOutcome {
  for (const rule of RULES) {
    const outcome = rule(pod, context);
    if (outcome !== undefined) return outcome;
  }
  return MOVE;
}

/** Below the priority cutoff: such a pod may be lost. DaemonSet pods never count as that. */
export function isExpendable(pod: PodFacts, cutoff: number): boolean {
  return isBelowCutoff(pod, cutoff) && !isDaemonSetPod(pod);
}

/** A terminating pod whose time was up long ago: whatever holds it, nobody waits for it. */
export function isStuckTerminating({ deletion, spec }: PodFacts, { now, horizon }: Moment): boolean {
  if (deletion === undefined) return false;
  const stuckAtMs = deletion.atMs + spec.terminationGracePeriodSeconds * 1000 + STUCK_AFTER_MS;
  return horizon === undefined ? stuckAtMs < now : horizon.isPast(stuckAtMs);
}

/** By namespace, then name. */
function byKey(a: PodFacts, b: PodFacts): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name === b.name ? 0 : 1;
}

// ---- The rules --------------------------------------------------------------------------------------------------

function mirror(pod: PodFacts): PodOutcome | undefined {
  return isMirrorPod(pod) ? IGNORED : undefined;
}

function longTerminating(pod: PodFacts, context: DrainContext): PodOutcome | undefined {
  return isStuckTerminating(pod, context) ? IGNORED : undefined;
}

function belowPriorityCutoff(pod: PodFacts, context: DrainContext): PodOutcome | undefined {
  const expendable = isExpendable(pod, context.expendablePodsPriorityCutoff);
  return expendable && pod.annotations[SAFE_TO_EVICT] !== 'false' ? EXPENDABLE : undefined;
}

/** Without its controller nobody would make the pod anew; with too few replicas one must not be missed. */
function controllerThere(pod: PodFacts, context: DrainContext): PodOutcome | undefined {
  const owner = pod.controller;
  if (!context.options.skipNodesWithCustomControllerPods || owner === undefined) return undefined;
  // Kinds of that name in other groups are somebody else's.
  const onlyOfApps = owner.kind === 'StatefulSet' || owner.kind === 'DaemonSet';
  const looked = onlyOfApps ? owner.apiVersion.startsWith('apps/') : REPLICATED_KINDS.has(owner.kind);
  if (!looked) return undefined;
  const controller = context.controller(owner.uid);
  if (controller === undefined) {
    return blocks('ControllerNotFound', `its ${owner.kind} ${pod.namespace}/${owner.name} does not exist`);
  }
  const counts = owner.kind === 'ReplicaSet' || owner.kind === 'ReplicationController';
  if (!counts || controller.replicas >= context.options.minReplicaCount) return undefined;
  const wants = `its ${owner.kind} ${podKey(controller)} wants ${controller.replicas} replicas`;
  return blocks('MinReplicasReached', `${wants}, fewer than ${context.options.minReplicaCount}`);
}

function daemonSet(pod: PodFacts): PodOutcome | undefined {
  return isDaemonSetPod(pod) ? DAEMON_SET : undefined;
}

function safeToEvict(pod: PodFacts): PodOutcome | undefined {
  return pod.annotations[SAFE_TO_EVICT] === 'true' ? MOVE : undefined;
}

function terminal(pod: PodFacts): PodOutcome | undefined {
  const ended = pod.phase === 'Failed' || (pod.phase === 'Succeeded' && pod.spec.restartPolicy !== 'Always');
  return ended ? MOVE : undefined;
}

function onCompletion(pod: PodFacts): PodOutcome | undefined {
  return pod.annotations[SAFE_TO_EVICT] === 'on-completion' ? ON_COMPLETION : undefined;
}

function replicated(pod: PodFacts, { options }: DrainContext): PodOutcome | undefined {
  if (pod.controller === undefined) return blocks('NotReplicated', 'no controller would make it anew');
  if (!options.skipNodesWithCustomControllerPods || REPLICATED_KINDS.has(pod.controller.kind)) return undefined;
  return blocks('NotReplicated', `nothing is known of what ${pod.controller.kind} ${pod.controller.name} would do`);
}

function system(pod: PodFacts, context: DrainContext): PodOutcome | undefined {
  const { options, now, horizon } = context;
  if (!options.skipNodesWithSystemPods || pod.namespace !== 'kube-system' || context.budgets.covers(pod))
    return undefined;
  const freeAtMs = pod.createdAtMs + options.blockingSystemPodTimeoutMs;
  const old = pod.createdAtMs > 0 && (horizon === undefined ? freeAtMs < now : horizon.isPast(freeAtMs));
  if (!old) return blocks('UnmovableKubeSystemPod', 'a pod of kube-system that no PodDisruptionBudget covers');
  return pod.annotations[SAFE_TO_EVICT] === 'false' ? undefined : MOVE;
}

function notSafeToEvict(pod: PodFacts): PodOutcome | undefined {
  if (pod.annotations[SAFE_TO_EVICT] !== 'false') return undefined;
  return blocks('NotSafeToEvictAnnotation', `annotated ${SAFE_TO_EVICT}: "false"`);
}

function localStorage(pod: PodFacts, { options }: DrainContext): PodOutcome | undefined {
  if (!options.skipNodesWithLocalStorage || pod.spec.volumes.length === 0) return undefined;
  // Names are taken as they stand, spaces included.
  const given = (pod.annotations[SAFE_TO_EVICT_LOCAL_VOLUMES] ?? '').split(',');
  const kept = pod.spec.volumes.find(
    (volume) =>
      (volume.kind === 'hostPath' || (volume.kind === 'emptyDir' && volume.medium !== 'Memory')) &&
      !given.includes(volume.name),
  );
  return kept && blocks('LocalStorageRequested', `its ${kept.kind} volume ${kept.name} would be lost`);
}

function blocks(reason: BlockingPodReason, detail: string): PodOutcome {
  return { kind: 'blocks', reason, detail };
}
