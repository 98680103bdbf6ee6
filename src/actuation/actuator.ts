/**
 * Carries out decisions: holds the removals in flight, brings each forward by a look per pass and by the answers to what
 * it asked, and starts resizes and clean-ups.
 *
 * 1. A removal is at every moment one value of removal.ts; nothing else is remembered about it.
 * 2. Without the lease, and in a dry run, nothing moves (I5).
 * 3. The taint is the only mark that outlives the process; `adoptLeftovers` deals with it after a start (I8).
 */
import type { CloudResult } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { InstancesToDelete, Withdrawal } from '../node-groups/view.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import type { PlannedRemoval, RemovalInFlight } from '../scale-down/plan.ts';
import type { PlannedResize } from '../scale-up/scale-up.ts';
import type { ActingOptions } from './acting.ts';
import { Acting } from './acting.ts';
import { scaleDownStarted } from './events.ts';
import { InstanceDeletion } from './instance-deletion.ts';
import { takeOffLeftovers } from './leftovers.ts';
import { marks, withoutMarks } from './node-marks.ts';
import type { ActuationObservation } from './observations.ts';
import { podEvents } from './pod-events.ts';
import type { NodeLook } from './ports.ts';
import { nextLookAtMs, stepName } from './removal-progress.ts';
import type { Effect, Removal, RemovalEvent } from './removal-state.ts';
import { step } from './removal.ts';
import { freeGroup, startResize, startWithdrawal } from './resizes.ts';
import { lookAt } from './sight.ts';

export interface ActuatorOptions extends ActingOptions {
  /** The live model; looked at between trials. */
  readonly cluster: Cluster;
  readonly scaleDown: ScaleDownOptions;
  /** Decisions are reported and not carried out. */
  readonly dryRun: boolean;
}

/** The part of a decision that is to be carried out. */
export interface ActuationDecision {
  readonly resizes: readonly PlannedResize[];
  readonly removals: readonly PlannedRemoval[];
  readonly instancesToDelete: readonly InstancesToDelete[];
  readonly withdrawals: readonly Withdrawal[];
}

export class Actuator {
  readonly #options: ActuatorOptions;
  readonly #acting: Acting;
  readonly #instances: InstanceDeletion;
  /** By node name. */
  readonly #removals = new Map<string, Removal>();
  #cloudSeenAtMs = -Infinity;

  constructor(options: ActuatorOptions) {
    this.#options = options;
    this.#acting = new Acting(options);
    this.#instances = new InstanceDeletion(this.#acting);
  }

  /** Starts everything that the decision asks for. Returns at once; what happens is observed. */
  start(decision: ActuationDecision): void {
    if (this.#options.dryRun || !this.#acting.mayAct()) return;
    for (const removal of decision.removals) this.#begin(removal);
    for (const resize of decision.resizes) startResize(this.#acting, resize);
    for (const deletion of decision.instancesToDelete) this.#instances.start(deletion, this.#options.cluster);
    for (const withdrawal of decision.withdrawals) startWithdrawal(this.#acting, withdrawal);
  }

  /** Tells the pending pods what was decided about them. */
  tell(record: DecisionRecord): void {
    if (this.#options.dryRun || !this.#acting.mayAct()) return;
    for (const event of podEvents(record, this.#options.cluster)) this.#acting.record(event);
  }

  /** The cloud was read, beginning at that (monotonic) time. */
  refreshed(atMs: number): void {
    this.#cloudSeenAtMs = atMs;
    this.#acting.pools.refreshed(atMs);
  }

  /** Looks at every removal in flight. To be called in each pass, before deciding. */
  advance(): void {
    if (this.#options.dryRun || !this.#acting.mayAct()) return;
    for (const removal of this.#removals.values()) this.#look(removal);
  }

  /** Whether a removal is at this node: what happens to its pods then brings the removal on. */
  isRemoving(nodeName: string): boolean {
    return this.#removals.has(nodeName);
  }

  /** The removals that are not over, in the order of names. */
  removals(): readonly RemovalInFlight[] {
    return [...this.#removals.values()]
      .toSorted((a, b) => (a.node < b.node ? -1 : 1))
      .map((removal) => ({ node: removal.node, step: stepName(removal), drains: removal.drains }));
  }

  /** Pools with a call under way, or one whose outcome is not known yet. */
  unsettledPools(): ReadonlySet<string> {
    return this.#acting.pools.unsettled();
  }

  /** When (monotonic) `advance` should next be called for the removals' own sake; `undefined`: when something else happens. */
  nextLookAtMs(): number | undefined {
    const moments = [...this.#removals.values()].flatMap(
      (removal) => nextLookAtMs(removal, this.#options.scaleDown.drain) ?? [],
    );
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** What happened since this was last asked, in order. */
  takeObservations(): readonly ActuationObservation[] {
    return this.#acting.takeObservations();
  }

  /** After a start, once the model and the pools are known: see leftovers.ts. */
  adoptLeftovers(): void {
    if (this.#options.dryRun || !this.#acting.mayAct()) return;
    const { cluster, scaleDown } = this.#options;
    takeOffLeftovers(this.#acting, cluster, scaleDown.drain, (name) => this.#removals.has(name));
  }

  /** Resolves when no call is under way. With `mayAct` false by then, nothing more is sent. */
  idle(): Promise<void> {
    return this.#acting.idle();
  }

  #begin(planned: PlannedRemoval): void {
    const { cluster } = this.#options;
    const slot = cluster.slotOf(planned.node);
    const node = slot === undefined ? undefined : cluster.node(slot);
    if (this.#removals.has(planned.node) || node?.uid !== planned.uid) return;
    const removal: Removal = {
      node: planned.node,
      uid: planned.uid,
      providerID: planned.providerID,
      groupId: planned.groupId,
      groupName: planned.groupName,
      drains: !planned.empty,
      because: planned.because,
      cordoned: false,
      state: { kind: 'tainting' },
    };
    this.#removals.set(planned.node, removal);
    const pods = planned.moves.map(({ pod }) => pod);
    this.#acting.record(scaleDownStarted(removal, pods));
    this.#acting.observe({ kind: 'removal-started', ...identity(removal) });
    this.#happened(removal, { kind: 'begin', node });
  }

  #look(removal: Removal): void {
    const { cluster, provider, scaleDown } = this.#options;
    const sight = lookAt(removal, {
      cluster,
      provider,
      options: scaleDown,
      now: this.#acting.now(),
      cloudSeenAtMs: this.#cloudSeenAtMs,
      poolFree: freeGroup(this.#acting, removal.groupId) !== undefined,
    });
    this.#happened(removal, { kind: 'look', sight });
  }

  #happened(before: Removal, event: RemovalEvent): void {
    const { removal, effects } = step(before, event, this.#options.scaleDown.drain, this.#acting.monotonic());
    this.#keep(removal);
    for (const effect of effects) this.#carryOut(removal, effect);
  }

  #keep(removal: Removal): void {
    const { state } = removal;
    if (state.kind !== 'done' && state.kind !== 'failed') {
      this.#removals.set(removal.node, removal);
      return;
    }
    this.#removals.delete(removal.node);
    if (state.kind === 'done') this.#acting.observe({ kind: 'removal-done', how: state.how, ...identity(removal) });
    else this.#acting.observe({ kind: 'removal-failed', message: state.message, ...identity(removal) });
  }

  #carryOut(removal: Removal, effect: Effect): void {
    switch (effect.kind) {
      case 'event':
        this.#acting.record(effect.event);
        return;
      case 'mark':
        this.#ask(removal, async () => {
          const change = marks(String(Math.floor(this.#acting.now() / 1000)), effect.cordon);
          const result = await this.#acting.write((kubernetes) => kubernetes.changeNode(nodeOf(removal), change));
          return { kind: 'marked', result };
        });
        return;
      case 'unmark':
        this.#ask(removal, async () => {
          const change = withoutMarks(effect.uncordon);
          const result = await this.#acting.write((kubernetes) => kubernetes.changeNode(nodeOf(removal), change));
          return { kind: 'unmarked', result };
        });
        return;
      case 'evict':
        this.#ask(removal, async () => {
          const { pod, graceSeconds, awaited } = effect;
          const result = await this.#acting.write((kubernetes) => kubernetes.evictPod(pod, graceSeconds));
          return awaited ? { kind: 'eviction', podUid: pod.uid, result } : undefined;
        });
        return;
      case 'delete':
        this.#delete(removal);
        return;
    }
  }

  /** The look that asked for this found the pool free, and nothing has come between: it is held during the last look. */
  #delete(removal: Removal): void {
    const group = freeGroup(this.#acting, removal.groupId);
    this.#ask(removal, async () => {
      if (group === undefined) return { kind: 'deletion', result: notNow('its pool is not known at the moment') };
      let heldBack: string | undefined;
      const result = await this.#acting.callCloud(removal.groupId, async () => {
        const look = await this.#acting.look((kubernetes) => kubernetes.lookAtNode(nodeOf(removal)));
        if (!look.ok) return notNow(`it could not be looked at before: ${look.error.message}`);
        heldBack = this.#reasonToHoldBack(removal, look.value);
        return heldBack === undefined ? group.deleteNodes([removal.providerID]) : notNow(heldBack);
      });
      return heldBack === undefined ? { kind: 'deletion', result } : { kind: 'held-back', message: heldBack };
    });
  }

  /** What the API server knows of the node and the model does not. */
  #reasonToHoldBack(removal: Removal, look: NodeLook): string | undefined {
    if (look.kind === 'gone') return 'its Node object is gone';
    if (!look.taintKeys.includes(TO_BE_DELETED_TAINT)) return 'its taint was taken off by somebody else';
    const { cluster } = this.#options;
    const slot = cluster.slotOf(removal.node);
    const known = slot === undefined ? undefined : cluster.podsOn(slot);
    const unknown = look.pods.find(({ uid }) => known?.has(uid) !== true);
    return unknown === undefined ? undefined : `pod ${unknown.key} is on it, which the watch has not told of yet`;
  }

  /** Does something in the background and brings the answer to the removal as it is by then. */
  #ask(removal: Removal, work: () => Promise<RemovalEvent | undefined>): void {
    this.#acting.spawn(async () => {
      const answer = await work();
      const current = this.#removals.get(removal.node);
      if (answer === undefined || current?.uid !== removal.uid) return;
      this.#happened(current, answer);
      // The pool is free for the next of its nodes.
      if (answer.kind === 'deletion') this.advance();
    });
  }
}

function identity({ node, uid, groupId, groupName, drains }: Removal): {
  readonly node: string;
  readonly uid: string;
  readonly groupId: string;
  readonly groupName: string;
  readonly drains: boolean;
} {
  return { node, uid, groupId, groupName, drains };
}

function notNow(message: string): CloudResult {
  return { ok: false, error: { kind: 'unavailable', message } };
}

function nodeOf(removal: Removal): { readonly name: string; readonly uid: string } {
  return { name: removal.node, uid: removal.uid };
}
