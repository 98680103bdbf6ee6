/**
 * What one pool has and is wanted to have: Vultr's listing, corrected by what this process has asked for and Vultr does
 * not show yet. No I/O; time is told to it.
 *
 * - Vultr's listed quantity lags: after 3 was asked for it may read 1 until the nodes exist. So an own target, raised by
 *   this process, is kept while nodes are missing, for at most {@link RAISED_TARGET_MS}; one lowered by a deletion or a
 *   withdrawal is kept while the listing still shows no more than before, for at most {@link LOWERED_TARGET_MS}.
 * - The target is never below the nodes that exist (I1): asking for fewer makes VKE delete some at random.
 * - VKE counts a node that somebody destroyed behind its back until it builds another, and picks a victim for it when the
 *   quantity is lowered meanwhile. So for {@link LOSS_MEMORY_MS} a withdrawal leaves room for each node lost that way, and
 *   for each that may have come and gone while nobody looked.
 * - An instance is deleting from the moment its DELETE is sent until the listing lacks it, and is not deleted again (I3).
 * - An outcome that is unknown stays so until a listing shows it, for at most {@link UNCERTAIN_MS}; then the listing is
 *   the truth (I4). A repeated resize would be harmless then: it names the quantity, not the difference.
 */
import type { NodeRow, PoolRow } from './wire.ts';

/** Past the core's default provisioning timeout (15 min), which normally withdraws what does not come. */
const RAISED_TARGET_MS = 20 * 60_000;
/** How long after a raise the listing may lack nodes that VKE has built for it. Unpublished; generous. */
const HIDDEN_NODES_MS = 2 * 60_000;
/** How long the listing may still count nodes that were deleted or withdrawn. */
const LOWERED_TARGET_MS = 2 * 60_000;
/** Twice the client's timeout for writes: a request that was not processed by then never will be. */
const UNCERTAIN_MS = 60_000;
/** A node that is still listed so long after its DELETE was accepted is not going: it may be deleted again. */
const STUCK_DELETION_MS = 30 * 60_000;
/** VKE rebuilds lost nodes "after a small amount of time"; the core withdraws nothing sooner than after 15 minutes. */
const LOSS_MEMORY_MS = 15 * 60_000;
/**
 * Between looks further apart a node may have been built and lost, which then looks like one that never came. A program
 * that always looks more seldom withdraws nothing: that leaves requests open, and destroys no node.
 */
const UNSEEN_MS = 2 * 60_000;
/** Ids of nodes that are gone are remembered, so that a listing that lags does not bring them back to life. */
const GONE_MEMORY_MS = 10 * 60_000;
/** The oldest are forgotten beyond this. */
const MOST_GONE = 2000;

interface OwnTarget {
  readonly target: number;
  /** The largest quantity that a lagging listing may still show; a larger one is somebody else's wish. */
  readonly highest: number;
  readonly raisedUntilMs: number;
  readonly loweredUntilMs: number;
}

/** A resize whose reply was lost. */
interface OpenResize {
  readonly asked: number;
  /** Target and existing nodes when it was sent. */
  readonly targetBefore: number;
  readonly existingBefore: number;
  readonly untilMs: number;
}

type Departure =
  /** The DELETE is under way. */
  | { readonly kind: 'sent' }
  | { readonly kind: 'accepted'; readonly sinceMs: number }
  /** The reply was lost; the target was lowered as if it had been done. */
  | { readonly kind: 'uncertain'; readonly untilMs: number };

export class PoolLedger {
  #listing: PoolRow;
  #own: OwnTarget | undefined;
  #open: OpenResize | undefined;
  #hiddenUntilMs = Number.NEGATIVE_INFINITY;
  readonly #departures = new Map<string, Departure>();
  /** When the node was first missing from the listing. */
  readonly #gone = new Map<string, number>();
  /** When each node was lost that went without being deleted here. */
  #lossesMs: readonly number[] = [];
  #observedAtMs = Number.NEGATIVE_INFINITY;
  /** Listed nodes that have been seen active: a strange status later on does not make them new. */
  #onceActive: ReadonlySet<string> = new Set();

  constructor(listing: PoolRow, nowMs: number) {
    this.#listing = listing;
    this.observe(listing, nowMs);
  }

  get listing(): PoolRow {
    return this.#listing;
  }

  /** Takes in a newer listing. Returns the ids of nodes whose deletion was accepted but does not happen. */
  observe(listing: PoolRow, nowMs: number): readonly string[] {
    const listed = new Set(listing.nodes.map(({ id }) => id));
    this.#noteGone(listed, nowMs);
    this.#listing = listing;
    // At first sight nobody has looked before.
    if (nowMs - this.#observedAtMs > UNSEEN_MS) this.#noteMissing(nowMs);
    this.#observedAtMs = nowMs;
    this.#onceActive = new Set(
      listing.nodes.filter(({ id, status }) => status === 'active' || this.#onceActive.has(id)).map(({ id }) => id),
    );
    const stuck = this.#settleDepartures(listed, nowMs);
    this.#settleOpenResize(nowMs);
    this.#settleOwnTarget(nowMs);
    this.#forgetGone(nowMs);
    return stuck;
  }

  /** Wanted size: what was asked for, never below the nodes that exist and are not being deleted. */
  targetSize(): number {
    const settled = this.#own?.target ?? this.#listing.quantity;
    return Math.max(settled, this.#open?.asked ?? 0, this.existing());
  }

  /** Nodes that exist and are not being deleted; rows that could not be read count as nodes. */
  existing(): number {
    const staying = this.#listing.nodes.filter((node) => !this.isDeparting(node));
    return staying.length + this.#listing.unreadableNodes;
  }

  /** The least that may be asked for: what exists, and what VKE may still count although it is going or gone. */
  lowestSafeSize(): number {
    const closing = this.#listing.nodes.filter(({ id, status }) => status === 'closed' && !this.#departures.has(id));
    return this.existing() + closing.length + this.#lossesMs.length;
  }

  /** Until when the listing may lack nodes that this process has asked for and that exist. */
  hiddenUntilMs(): number {
    return this.#hiddenUntilMs;
  }

  isDeparting(node: NodeRow): boolean {
    return node.status === 'closed' || this.#departures.has(node.id);
  }

  wasActive(nodeId: string): boolean {
    return this.#onceActive.has(nodeId);
  }

  /** The node is listed, being deleted, or was in this pool lately. */
  knows(nodeId: string): boolean {
    return (
      this.#departures.has(nodeId) || this.#gone.has(nodeId) || this.#listing.nodes.some(({ id }) => id === nodeId)
    );
  }

  /** Of a node that is known: whether its deletion has yet to be asked for. */
  isDeletable(nodeId: string): boolean {
    const node = this.#listing.nodes.find(({ id }) => id === nodeId);
    return node !== undefined && !this.isDeparting(node);
  }

  /** An outcome is unknown: nothing may be asked until it is known or {@link UNCERTAIN_MS} have passed. */
  isUnsettled(): boolean {
    return this.#open !== undefined || [...this.#departures.values()].some(({ kind }) => kind === 'uncertain');
  }

  raiseAccepted(asked: number, nowMs: number): void {
    this.#hiddenUntilMs = nowMs + HIDDEN_NODES_MS;
    this.#open = undefined;
    this.#setOwn(asked, { raisedUntilMs: nowMs + RAISED_TARGET_MS });
  }

  /** The process before this one raised it, of which the listing may lack some until then. */
  raisedBefore(asked: number, { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number }): void {
    this.#hiddenUntilMs = Math.max(this.#hiddenUntilMs, sinceMs + HIDDEN_NODES_MS);
    if (asked > this.targetSize()) this.#setOwn(asked, { raisedUntilMs: untilMs });
  }

  lowerAccepted(asked: number, nowMs: number): void {
    this.#open = undefined;
    this.#setOwn(asked, { loweredUntilMs: nowMs + LOWERED_TARGET_MS });
  }

  resizeUncertain(asked: number, nowMs: number): void {
    const existingBefore = this.existing();
    this.#open = { asked, targetBefore: this.targetSize(), existingBefore, untilMs: nowMs + UNCERTAIN_MS };
  }

  deletionSent(nodeId: string): void {
    this.#departures.set(nodeId, { kind: 'sent' });
  }

  /** The node goes, and VKE wants one fewer. */
  deletionAccepted(nodeId: string, nowMs: number): void {
    const wasCounted = this.#departures.get(nodeId)?.kind === 'uncertain';
    if (!wasCounted) this.#lowerByOne(nowMs);
    this.#departures.set(nodeId, { kind: 'accepted', sinceMs: nowMs });
  }

  deletionUncertain(nodeId: string, nowMs: number): void {
    this.#lowerByOne(nowMs);
    this.#departures.set(nodeId, { kind: 'uncertain', untilMs: nowMs + UNCERTAIN_MS });
  }

  /** Vultr does not know the node any more. Somebody else deleted it: whether VKE wants fewer, the listing will tell. */
  goneAlready(nodeId: string, nowMs: number): void {
    this.#lossesMs = [...this.#lossesMs, nowMs];
    this.#departures.set(nodeId, { kind: 'accepted', sinceMs: nowMs });
  }

  deletionRefused(nodeId: string): void {
    this.#departures.delete(nodeId);
  }

  #noteGone(listed: ReadonlySet<string>, nowMs: number): void {
    const losses = this.#lossesMs.filter((sinceMs) => nowMs - sinceMs < LOSS_MEMORY_MS);
    for (const node of this.#listing.nodes) {
      if (listed.has(node.id) || this.#gone.has(node.id)) continue;
      this.#gone.set(node.id, nowMs);
      if (!this.#departures.has(node.id)) losses.push(nowMs);
    }
    this.#lossesMs = losses;
  }

  /** What is wanted and not there counts as lost now. */
  #noteMissing(nowMs: number): void {
    const { quantity, nodes, unreadableNodes } = this.#listing;
    const wanted = Math.max(quantity, this.#own?.target ?? 0);
    const missing = Math.max(this.#lossesMs.length, wanted - nodes.length - unreadableNodes);
    this.#lossesMs = Array.from({ length: missing }, () => nowMs);
  }

  #lowerByOne(nowMs: number): void {
    // Measured before the node counts as departing: the target may rest on the number of existing nodes.
    const settled = this.#own?.target ?? Math.max(this.#listing.quantity, this.existing() + this.#sentCount());
    this.#setOwn(Math.max(0, settled - 1), { loweredUntilMs: nowMs + LOWERED_TARGET_MS });
  }

  #sentCount(): number {
    return this.#listing.nodes.filter(({ id }) => this.#departures.get(id)?.kind === 'sent').length;
  }

  #setOwn(target: number, until: { readonly raisedUntilMs?: number; readonly loweredUntilMs?: number }): void {
    const own = this.#own;
    this.#own = {
      target,
      highest: Math.max(target, this.#listing.quantity, own?.highest ?? 0),
      raisedUntilMs: until.raisedUntilMs ?? own?.raisedUntilMs ?? Number.NEGATIVE_INFINITY,
      loweredUntilMs: until.loweredUntilMs ?? own?.loweredUntilMs ?? Number.NEGATIVE_INFINITY,
    };
  }

  #settleOwnTarget(nowMs: number): void {
    const own = this.#own;
    if (own === undefined) return;
    const { quantity } = this.#listing;
    const comesStill = nowMs < own.raisedUntilMs && this.existing() < own.target;
    const goesStill = nowMs < own.loweredUntilMs && quantity <= own.highest;
    const keep = quantity < own.target ? comesStill : quantity > own.target ? goesStill : comesStill || goesStill;
    if (!keep) this.#own = undefined;
  }

  #settleOpenResize(nowMs: number): void {
    const open = this.#open;
    if (open === undefined) return;
    const { quantity } = this.#listing;
    const existing = this.existing();
    const isRaise = open.asked > open.targetBefore;
    if (isRaise && (quantity >= open.asked || existing > Math.max(open.targetBefore, open.existingBefore))) {
      this.raiseAccepted(open.asked, nowMs);
    } else if (!isRaise && quantity <= open.asked) this.lowerAccepted(open.asked, nowMs);
    else if (nowMs >= open.untilMs) this.#open = undefined;
  }

  #settleDepartures(listed: ReadonlySet<string>, nowMs: number): readonly string[] {
    const stuck: string[] = [];
    for (const [id, departure] of this.#departures) {
      if (departure.kind === 'sent') continue;
      const status = this.#listing.nodes.find((node) => node.id === id)?.status;
      if (departure.kind === 'uncertain' && (!listed.has(id) || status === 'closed')) {
        this.#departures.set(id, { kind: 'accepted', sinceMs: nowMs });
      } else if (departure.kind === 'uncertain' && nowMs >= departure.untilMs) {
        this.#departures.delete(id);
        if (this.#own !== undefined) this.#setOwn(this.#own.target + 1, {});
      } else if (departure.kind === 'accepted' && listed.has(id) && nowMs - departure.sinceMs >= STUCK_DELETION_MS) {
        this.#departures.delete(id);
        stuck.push(id);
      }
    }
    return stuck;
  }

  #forgetGone(nowMs: number): void {
    for (const [id, sinceMs] of this.#gone) {
      if (nowMs - sinceMs < GONE_MEMORY_MS && this.#gone.size <= MOST_GONE) continue;
      this.#gone.delete(id);
      this.#departures.delete(id);
    }
  }
}
