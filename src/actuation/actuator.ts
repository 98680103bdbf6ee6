/**
 * Carries out decisions: removals (removals.ts), resizes, withdrawals, the clearing away of instances that never became
 * nodes, and soft taints.
 *
 * 1. Without the lease, and in a dry run, nothing moves (I5); nor does a group whose own option is a dry run.
 * 2. What an earlier process has left undone is dealt with by `adoptLeftovers`, after a start and whenever the lease comes
 *    (back) to this one (I8).
 */
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionRecord } from '../explain/record.ts';
import type { InstancesToDelete, Withdrawal } from '../node-groups/view.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import type { PlannedRemoval, RemovalInFlight, SoftTaints } from '../scale-down/plan.ts';
import type { PlannedResize } from '../scale-up/scale-up.ts';
import type { ActingOptions } from './acting.ts';
import { Acting } from './acting.ts';
import { InstanceDeletion } from './instance-deletion.ts';
import { adoptLeftovers } from './leftovers.ts';
import type { ActuationObservation } from './observations.ts';
import { podEvents } from './pod-events.ts';
import { Removals } from './removals.ts';
import { startResize, startWithdrawal } from './resizes.ts';
import { SoftTainting } from './soft-taints.ts';
import { statusEvents } from './status-events.ts';

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
  readonly softTaints: SoftTaints;
  /** What names it in events. */
  readonly record?: Pick<DecisionRecord, 'id'>;
}

export class Actuator {
  readonly #options: ActuatorOptions;
  readonly #acting: Acting;
  readonly #instances: InstanceDeletion;
  readonly #removals: Removals;
  readonly #softTaints: SoftTainting;
  #scaleDown: ScaleDownOptions;
  #cloudSeenAtMs = -Infinity;

  constructor(options: ActuatorOptions) {
    const { cluster, provider, scaleDown } = options;
    this.#options = options;
    this.#scaleDown = scaleDown;
    this.#acting = new Acting(options);
    this.#instances = new InstanceDeletion(this.#acting);
    this.#removals = new Removals({ acting: this.#acting, cluster, provider, scaleDown });
    this.#softTaints = new SoftTainting(this.#acting, scaleDown.drain);
  }

  /** How nodes are drained must be as it was: what is under way ends by the rules that it began with. */
  reconfigure(scaleDown: ScaleDownOptions): void {
    this.#scaleDown = scaleDown;
    this.#removals.reconfigure(scaleDown);
  }

  /**
   * Starts everything that the decision asks for. Returns at once; what happens is observed.
   *
   * @param kept - Nodes are asked for once this has settled: a process that is killed right after must not forget it (I8).
   */
  start(decision: ActuationDecision, kept?: Promise<void>): void {
    if (!this.#mayMove()) return;
    const id = decision.record?.id;
    const resting = restingGroups(this.#options.provider);
    const isActive = ({ groupId }: { readonly groupId: string }): boolean => !resting.has(groupId);
    const removals = decision.removals.filter(isActive);
    for (const removal of removals) this.#removals.begin(removal, companionsOf(removal, removals), id);
    for (const resize of decision.resizes.filter(isActive)) startResize(this.#acting, resize, { kept, decision: id });
    for (const deletion of decision.instancesToDelete.filter(isActive)) {
      this.#instances.start(deletion, this.#options.cluster, id);
    }
    for (const withdrawal of decision.withdrawals.filter(isActive)) startWithdrawal(this.#acting, withdrawal, id);
    this.#softTaints.start(decision.softTaints);
  }

  /** Tells the pending pods what was decided about them. */
  tell(record: DecisionRecord): void {
    if (!this.#mayMove()) return;
    const events = [...statusEvents(record), ...podEvents(record, this.#options.cluster)];
    for (const event of events) this.#acting.record(event, record.id);
    for (const { configMap, reason, message } of record.expanderFindings ?? []) {
      this.#acting.record({ object: { kind: 'ConfigMap', ...configMap }, type: 'Warning', reason, message }, record.id);
    }
  }

  /** The cloud was read, beginning at that (monotonic) time. */
  refreshed(atMs: number): void {
    this.#cloudSeenAtMs = atMs;
    this.#acting.pools.refreshed(atMs);
  }

  /** Looks at every removal in flight. To be called in each pass, before deciding. */
  advance(): void {
    if (this.#mayMove()) this.#removals.advance(this.#cloudSeenAtMs);
  }

  /** Whether a removal is at this node: what happens to its pods then brings the removal on. */
  isRemoving(nodeName: string): boolean {
    return this.#removals.has(nodeName);
  }

  /** The removals that are not over, in the order of names. */
  removals(): readonly RemovalInFlight[] {
    return this.#removals.inFlight();
  }

  /** Pools with a call under way, or one whose outcome is not known yet. */
  unsettledPools(): ReadonlySet<string> {
    return this.#acting.pools.unsettled();
  }

  /** When (monotonic) `advance` should next be called for the removals' own sake; `undefined`: when something else happens. */
  nextLookAtMs(): number | undefined {
    return this.#removals.nextLookAtMs();
  }

  /** What happened since this was last asked, in order. */
  takeObservations(): readonly ActuationObservation[] {
    return this.#acting.takeObservations();
  }

  /** After a start, once the model and the pools are known: see leftovers.ts. */
  adoptLeftovers(): void {
    if (!this.#mayMove()) return;
    const { cluster } = this.#options;
    adoptLeftovers({ acting: this.#acting, cluster, options: this.#scaleDown, removals: this.#removals });
  }

  /** Resolves when no call is under way. With `mayAct` false by then, nothing more is sent. */
  idle(): Promise<void> {
    return this.#acting.idle();
  }

  #mayMove(): boolean {
    return !this.#options.dryRun && this.#acting.mayAct();
  }
}

/** The decision knows them and asks for nothing of theirs; here is where calls are made, so it is asked here as well. */
function restingGroups(provider: CloudProvider): ReadonlySet<string> {
  const resting = provider.nodeGroups().filter((group) => group.getOptions().dryRun === true);
  return new Set(resting.map((group) => group.id()));
}

/** The nodes of a group that goes as a whole. */
function companionsOf(
  { groupId, wholeGroup }: PlannedRemoval,
  removals: readonly PlannedRemoval[],
): readonly string[] | undefined {
  return wholeGroup ? removals.filter((other) => other.groupId === groupId).map(({ node }) => node) : undefined;
}
