/**
 * The removals in flight: brings each forward by a look per pass and by the answers to what it asked.
 *
 * 1. A removal is at every moment one value of removal.ts; nothing else is remembered about it.
 * 2. What outlives the process stands on the node (node-marks.ts).
 * 3. Those that go together or not at all: when one is kept, so are the others.
 */
import type { CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { DrainOptions, ScaleDownOptions } from '../scale-down/options.ts';
import type { PlannedRemoval, RemovalInFlight } from '../scale-down/plan.ts';
import type { Acting } from './acting.ts';
import { batchesDue } from './batches.ts';
import { deleteBatch } from './deletion-calls.ts';
import type { AskingEffect } from './effects.ts';
import { carryOut } from './effects.ts';
import { scaleDownStarted } from './events.ts';
import { nextLookAtMs, stepName } from './removal-progress.ts';
import type { Removal, RemovalEvent } from './removal-state.ts';
import { step } from './removal.ts';
import { freeGroup } from './resizes.ts';
import { instanceState, lookAt } from './sight.ts';
import { TaintLatency } from './taint-latency.ts';

export interface RemovalsOptions {
  readonly acting: Acting;
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly scaleDown: ScaleDownOptions;
}

export class Removals {
  readonly #options: RemovalsOptions;
  readonly #acting: Acting;
  /** By node name. */
  readonly #removals = new Map<string, Removal>();
  /** The calls for each node that are under way. */
  readonly #calls = new Map<string, Set<Promise<unknown>>>();
  readonly #latency = new TaintLatency();
  #scaleDown: ScaleDownOptions;
  #lookedAtMs = -Infinity;

  constructor(options: RemovalsOptions) {
    this.#options = options;
    this.#acting = options.acting;
    this.#scaleDown = options.scaleDown;
  }

  reconfigure(scaleDown: ScaleDownOptions): void {
    this.#scaleDown = scaleDown;
  }

  has(nodeName: string): boolean {
    return this.#removals.has(nodeName);
  }

  /** Those that are not over, in the order of names. */
  inFlight(): readonly RemovalInFlight[] {
    return [...this.#removals.values()]
      .toSorted((a, b) => (a.node < b.node ? -1 : 1))
      .map((removal) => ({ node: removal.node, step: stepName(removal), drains: removal.drains }));
  }

  /** When (monotonic) a look is next wanted for a removal's own sake; `undefined`: when something else happens. */
  nextLookAtMs(): number | undefined {
    const drain = this.#drain();
    const moments = [...this.#removals.values()]
      .flatMap((removal) => nextLookAtMs(removal, drain) ?? [])
      // What was due at the last look waits for something else.
      .filter((moment) => moment > this.#lookedAtMs);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** Starts to remove a node. `together`: the nodes that go with it or not at all, itself included. */
  begin(planned: PlannedRemoval, together: readonly string[] | undefined, decision?: string): void {
    const { cluster } = this.#options;
    const slot = cluster.slotOf(planned.node);
    const node = slot === undefined ? undefined : cluster.node(slot);
    if (this.#removals.has(planned.node) || node?.uid !== planned.uid) return;
    const { uid, providerID, groupId, groupName, because } = planned;
    const removal: Removal = {
      node: planned.node,
      uid,
      providerID,
      groupId,
      groupName,
      because,
      ...(decision === undefined ? {} : { decision }),
      together,
      drains: !planned.empty,
      cordoned: false,
      state: { kind: 'tainting' },
    };
    this.#removals.set(planned.node, removal);
    const pods = planned.moves.map(({ pod }) => pod);
    this.#acting.record(scaleDownStarted(removal, pods), decision);
    this.#acting.observe({ kind: 'removal-started', ...outline(removal) });
    this.#happened(removal, { kind: 'begin', node });
  }

  /** Goes on with a removal that another process has begun. */
  takeUp(removal: Removal): void {
    this.#removals.set(removal.node, removal);
  }

  /** Looks at every removal, and asks the cloud for those whose turn it is. `cloudSeenAtMs`: when the cloud was last read. */
  advance(cloudSeenAtMs: number): void {
    this.#lookedAtMs = this.#acting.monotonic();
    for (const removal of this.#removals.values()) this.#look(removal, cloudSeenAtMs);
    const isFree = (groupId: string): boolean => freeGroup(this.#acting, groupId) !== undefined;
    for (const batch of batchesDue(this.#removals, isFree, this.#drain(), this.#lookedAtMs)) {
      this.#delete(batch, cloudSeenAtMs);
    }
  }

  #look(removal: Removal, cloudSeenAtMs: number): void {
    const { cluster, provider } = this.#options;
    const kept = removal.together?.find((node) => this.#isKept(node));
    if (kept !== undefined) this.#happened(removal, { kind: 'companion-stays', node: kept });
    const current = this.#removals.get(removal.node);
    if (current === undefined) return;
    const now = this.#acting.now();
    const sight = lookAt(current, { cluster, provider, options: this.#scaleDown, now, cloudSeenAtMs });
    this.#happened(current, { kind: 'look', sight });
  }

  /** Whether the node stays although it was to go: its removal is taken back, or was, and the node is there. */
  #isKept(node: string): boolean {
    const { cluster, provider } = this.#options;
    const removal = this.#removals.get(node);
    if (removal !== undefined) return removal.state.kind === 'rolling-back';
    const slot = cluster.slotOf(node);
    return slot !== undefined && instanceState(provider, cluster.node(slot)) === 'running';
  }

  /** The looks of this moment found them ready, and nothing has come between. */
  #delete(batch: readonly Removal[], cloudSeenAtMs: number): void {
    const { cluster } = this.#options;
    const group = freeGroup(this.#acting, batch[0]?.groupId ?? '');
    if (group === undefined) return;
    for (const removal of batch) this.#happened(removal, { kind: 'turn' });
    const call = deleteBatch(this.#acting, cluster, group, batch);
    for (const removal of batch) this.#track(removal.node, call);
    this.#acting.spawn(async () => {
      for (const [node, answer] of await call) {
        const removal = batch.find((one) => one.node === node);
        if (removal !== undefined) this.#answered(removal, answer);
      }
      // The pool is free for the next of its nodes.
      if (this.#acting.mayAct()) this.advance(cloudSeenAtMs);
    });
  }

  #answered(asker: Removal, answer: RemovalEvent): void {
    const current = this.#removals.get(asker.node);
    if (current?.uid === asker.uid) this.#happened(current, answer);
  }

  #happened(before: Removal, event: RemovalEvent): void {
    const { removal, effects } = step(before, event, this.#drain(), this.#acting.monotonic());
    this.#keep(removal);
    for (const effect of effects) {
      if (effect.kind === 'event') this.#acting.record(effect.event, removal.decision);
      else if (effect.kind === 'eviction-over') this.#acting.observe({ ...effect, node: removal.node });
      else if (effect.kind === 'taint-seen') this.#latency.seenAfter(effect.afterMs, this.#acting.monotonic());
      else this.#ask(removal, effect);
    }
  }

  #keep(removal: Removal): void {
    const { state } = removal;
    if (state.kind !== 'done' && state.kind !== 'failed') {
      this.#removals.set(removal.node, removal);
      return;
    }
    this.#removals.delete(removal.node);
    if (state.kind === 'done') this.#acting.observe({ kind: 'removal-done', how: state.how, ...outline(removal) });
    else this.#acting.observe({ kind: 'removal-failed', message: state.message, ...outline(removal) });
  }

  /** Does something in the background and brings the answer to the removal as it is by then. */
  #ask(removal: Removal, effect: AskingEffect): void {
    const others = [...(this.#calls.get(removal.node) ?? [])];
    const current = (): Removal | undefined => {
      const known = this.#removals.get(removal.node);
      return known?.uid === removal.uid ? known : undefined;
    };
    const call = carryOut({ acting: this.#acting, removal, current, others }, effect);
    this.#track(removal.node, call);
    this.#acting.spawn(async () => {
      const answer = await call;
      if (answer !== undefined) this.#answered(removal, answer);
    });
  }

  #track(node: string, call: Promise<unknown>): void {
    const calls = this.#calls.get(node) ?? new Set<Promise<unknown>>();
    this.#calls.set(node, calls.add(call));
    const over = (): void => {
      calls.delete(call);
      if (calls.size === 0 && this.#calls.get(node) === calls) this.#calls.delete(node);
    };
    call.then(over, over);
  }

  #drain(): DrainOptions {
    const { drain } = this.#scaleDown;
    return { ...drain, deleteDelayAfterTaintMs: this.#latency.delayMs(drain, this.#acting.monotonic()) };
  }
}

/** What an observation tells of a removal. */
function outline({ node, uid, groupId, groupName, drains }: Removal): {
  readonly node: string;
  readonly uid: string;
  readonly groupId: string;
  readonly groupName: string;
  readonly drains: boolean;
} {
  return { node, uid, groupId, groupName, drains };
}
