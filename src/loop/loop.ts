/**
 * The loop: waits for a reason to look, reads the cloud, decides, starts what was decided, and tells why.
 *
 * 1. One pass at a time; the decision itself never waits for anything.
 * 2. Nothing is decided before every watch has listed once, nor on a cloud that could not be read; the log says so.
 * 3. Only the leader passes on what it decided (I5); what it started is seen to its end by later passes.
 * 4. Whoever begins to lead goes on from what the last leader has kept; what it asks for is kept before it asks (I8).
 * 5. No failure of the world ends the loop. It ends by the signal, or by a bug.
 */
import type { CloudError } from '../cloud/provider.ts';
import type { ClusterEvent } from '../cluster/facts.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { sleep } from '../runtime/clock.ts';
import type { CounselAnswer, CounselAnswers } from '../scale-up/counsel.ts';
import { ClockSteps, memoryAfterStep } from './clock-steps.ts';
import { type DecideOptions, type Decision, type DecisionInput, decide } from './decide.ts';
import { believed } from './kept-belief.ts';
import type { LoopParts } from './loop-parts.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';
import { nodeGroupStates } from './node-group-states.ts';
import { recallRequests } from './recall.ts';
import { remember, unanswered } from './remember.ts';
import { type LoopWatch, type PassOutcome, UNWATCHED } from './stopwatch.ts';
import { triggerOf } from './trigger-of.ts';

/** Asked of the expander service in one pass; what is to be chosen beyond goes without it. */
const MOST_QUESTIONS = 32;
/** After so long it is tried again to read what was kept. */
const READ_AGAIN_MS = 1000;
const NOT_LEADING = { kind: 'not-leading' } as const;
/** How often a start looks whether the watches have listed. */
const SYNC_POLL_MS = 20;

export class Loop {
  readonly #parts: LoopParts;
  readonly #clockSteps: ClockSteps;
  readonly #watch: LoopWatch;
  #options: DecideOptions;
  #memory: Memory = FIRST_MEMORY;
  #pass = 0;
  /** Of the last pass that decided: why it ran, and what the expander service had said. */
  #triggers: readonly string[] = [];
  #counsel: CounselAnswers | undefined;
  #deciding: DecisionInput | undefined;
  #wasLeader = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#clockSteps = new ClockSteps(parts.clock);
    this.#watch = parts.watch ?? UNWATCHED;
  }

  /** The watches' sink: brings the model up to date and wakes the loop where a pass may find something. */
  observe(events: readonly ClusterEvent[]): void {
    const { actuator, cluster, triggers } = this.#parts;
    for (const event of events) {
      const trigger = triggerOf(event, cluster, (node) => actuator.isRemoving(node));
      cluster.apply(event);
      if (trigger !== undefined) triggers.note(trigger);
    }
  }

  /** From the next decision on it goes by these. */
  reconfigure(options: DecideOptions): void {
    this.#options = options;
  }

  /** An action has ended: what came of it is kept at once, not only once the next pass has read the cloud. */
  progressed(): void {
    if (this.#parts.keeper === undefined || !this.#wasLeader) return;
    this.#followClock();
    if (this.#takeObservations()) this.#keep();
  }

  /**
   * What a pass like the last one would decide from now; while one decides, what that one does. `undefined`: this process
   * does not lead, or has not decided yet.
   */
  input(): DecisionInput | undefined {
    if (this.#deciding !== undefined) return this.#deciding;
    return this.#wasLeader && this.#parts.isLeader() ? this.#input(this.#groups()) : undefined;
  }

  /** Passes until the signal aborts; then waits for the calls under way, and no more are sent. */
  async run(signal: AbortSignal): Promise<void> {
    const { actuator, clock, isSynced, triggers } = this.#parts;
    while (!isSynced() && !signal.aborted) await sleep(clock, SYNC_POLL_MS, signal);
    triggers.note('start');
    let momentInMs: number | undefined;
    while (!signal.aborted) {
      const sinceMs = clock.monotonic();
      const reasons = await triggers.next(signal, momentInMs);
      this.#watch.took('loopWait', clock.monotonic() - sinceMs);
      if (reasons.length > 0) momentInMs = await this.#watched(reasons);
    }
    await actuator.idle();
    await this.#keepLast();
  }

  async #watched(triggers: readonly string[]): Promise<number | undefined> {
    const { clock } = this.#parts;
    const sinceMs = clock.monotonic();
    this.#watch.passBegan(triggers);
    const { momentInMs, ...outcome } = await this.#runPass(triggers);
    this.#watch.took('main', clock.monotonic() - sinceMs);
    this.#watch.passEnded(outcome);
    return momentInMs;
  }

  /** Also says after how long another pass is due for a reason of this one's. */
  async #runPass(triggers: readonly string[]): Promise<PassOutcome & { readonly momentInMs?: number | undefined }> {
    const { actuator, clock, isLeader, logger, onRecord, provider } = this.#parts;
    if (!isLeader()) {
      this.#wasLeader = false;
      return NOT_LEADING;
    }
    this.#pass += 1;
    const askedAtMs = clock.monotonic();
    const refreshed = await provider.refresh();
    this.#watch.took('cloudProviderRefresh', clock.monotonic() - askedAtMs);
    if (refreshed.ok) actuator.refreshed(askedAtMs);
    else logger.warn('the cloud could not be read; no decision in this pass', cloudFields(refreshed.error));
    if (!isLeader()) return NOT_LEADING;
    if (!refreshed.ok) return { kind: 'cloud-unreadable', error: refreshed.error };
    if (!this.#wasLeader) {
      if (!(await this.#goOnFromKept())) return { kind: 'memory-unread', momentInMs: READ_AGAIN_MS };
      if (!isLeader()) return NOT_LEADING;
      actuator.adoptLeftovers();
    }
    this.#wasLeader = true;
    const { expanderService } = this.#parts;
    // Without a service nothing may come between the decision and its start.
    const decision =
      expanderService === undefined
        ? this.#remembered(this.#decide(triggers, undefined))
        : await this.#decideWithCounsel(triggers, expanderService);
    if (decision === undefined) return NOT_LEADING;
    onRecord(decision.record, decision);
    actuator.tell(decision.record);
    const kept = this.#keepBefore(decision);
    this.#watch.time('scaleDown', () => actuator.start(decision, kept));
    this.#takeObservations();
    this.#keep();
    return { kind: 'decided', momentInMs: this.#nextMoment(decision) };
  }

  /** Reads what the last leader has kept; whether that is settled. */
  async #goOnFromKept(): Promise<boolean> {
    const { clock, cluster, keeper, logger, provider } = this.#parts;
    if (keeper === undefined) return true;
    // What ended while another led belongs to what was known before.
    this.#takeObservations();
    const reading = await keeper.read();
    if (reading.kind === 'not-yet') logger.warn('what was kept cannot be read yet; no decision in this pass');
    if (reading.kind !== 'kept') return reading.kind === 'nothing';
    const now = clock.now();
    const uidOf = (name: string): string | undefined => {
      const slot = cluster.slotOf(name);
      return slot === undefined ? undefined : cluster.node(slot).uid;
    };
    const { kept } = reading;
    recallRequests(kept, provider.nodeGroups(), now);
    this.#memory = believed(kept, { groups: this.#groups(), options: this.#options, now, uidOf });
    this.#clockSteps.take();
    logger.info('going on from what was kept', { ageMs: now - kept.aliveAtMs, ...countsOf(this.#memory) });
    return true;
  }

  /** Where nodes are to be asked for: keeps that they may have been. */
  #keepBefore({ resizes }: Decision): Promise<void> | undefined {
    const { clock, keeper } = this.#parts;
    if (keeper === undefined || resizes.length === 0) return undefined;
    const atMs = clock.now();
    const asked = resizes.reduce((memory, { groupId, from, delta }) => {
      return remember(memory, { kind: 'resize-sent', groupId, to: from + delta, delta, atMs }, this.#options, []);
    }, this.#memory);
    return keeper.keepNow(unanswered(asked, this.#options));
  }

  #keep(): void {
    this.#parts.keeper?.note(unanswered(this.#memory, this.#options));
  }

  async #keepLast(): Promise<void> {
    const { keeper } = this.#parts;
    if (keeper === undefined || !this.#wasLeader) return;
    this.#takeObservations();
    await keeper.keepNow(unanswered(this.#memory, this.#options));
  }

  /**
   * Decides; where the expander service has to be asked first, asks it and decides anew, on the world as it is then. A
   * service that fails is not asked again in this pass. `undefined`: the lease was lost meanwhile.
   */
  async #decideWithCounsel(
    triggers: readonly string[],
    expanderService: NonNullable<LoopParts['expanderService']>,
  ): Promise<Decision | undefined> {
    const { isLeader } = this.#parts;
    const known = new Map<string, CounselAnswer>();
    let mayAsk = true;
    while (isLeader()) {
      const decision = this.#decide(triggers, { known, mayAsk });
      const { question } = decision;
      if (question === undefined) return this.#remembered(decision);
      const answer = await expanderService.bestOptions(question);
      known.set(question.key, answer);
      mayAsk = answer.kind === 'best' && known.size < MOST_QUESTIONS;
    }
    return undefined;
  }

  #remembered(decision: Decision): Decision {
    this.#memory = decision.memory;
    return decision;
  }

  #decide(triggers: readonly string[], counsel: CounselAnswers | undefined): Decision {
    const { actuator } = this.#parts;
    this.#followClock();
    this.#takeObservations();
    const groups = this.#groups();
    actuator.advance();
    this.#takeObservations();
    this.#triggers = triggers;
    this.#counsel = counsel;
    const { world, memory, options, pass } = (this.#deciding = this.#input(groups));
    try {
      return decide({ ...world, stopwatch: this.#watch }, memory, options, pass);
    } finally {
      this.#deciding = undefined;
    }
  }

  #input(groups: readonly NodeGroupState[]): DecisionInput {
    const { actuator, clock, cluster, run } = this.#parts;
    const counsel = this.#counsel;
    const podsSilentMs = this.#parts.podsSilentMs?.();
    return {
      world: { cluster, groups, removals: actuator.removals(), ...(counsel === undefined ? {} : { counsel }) },
      memory: this.#memory,
      options: this.#options,
      pass: {
        number: this.#pass,
        now: clock.now(),
        triggers: this.#triggers,
        ...(run === undefined ? {} : { run }),
        ...(podsSilentMs === undefined ? {} : { podsSilentMs }),
      },
    };
  }

  #followClock(): void {
    const stepMs = this.#clockSteps.take();
    if (stepMs === 0) return;
    this.#parts.logger.warn('the clock was set; timeouts go on as they were', { byMs: stepMs });
    this.#memory = memoryAfterStep(this.#memory, stepMs);
  }

  #groups(): readonly NodeGroupState[] {
    const { provider, actuator, onlyLooks = false } = this.#parts;
    return nodeGroupStates(provider, { unsettled: actuator.unsettledPools(), onlyLooks });
  }

  /** Whether there was anything. */
  #takeObservations(): boolean {
    const { actuator, onOutcome } = this.#parts;
    const observations = actuator.takeObservations();
    if (observations.length === 0) return false;
    const groups = this.#groups();
    for (const seen of observations) {
      this.#memory = remember(this.#memory, seen, this.#options, groups);
      onOutcome(seen);
    }
    return true;
  }

  #nextMoment(decision: Decision): number | undefined {
    const { actuator, clock } = this.#parts;
    const untilMoment = (decision.nextMomentMs ?? Infinity) - clock.now();
    const untilLook = (actuator.nextLookAtMs() ?? Infinity) - clock.monotonic();
    const delayMs = Math.min(untilMoment, untilLook);
    return delayMs === Infinity ? undefined : Math.max(0, delayMs);
  }
}

/** How much of what was kept goes on. */
function countsOf({ nodeGroups, scaleDown }: Memory): Readonly<Record<string, number>> {
  return {
    requests: Object.keys({ ...nodeGroups.scaleUpRequests, ...nodeGroups.inFlight }).length,
    backoffs: Object.keys(nodeGroups.backoffs).length,
    unneeded: scaleDown.unneeded.size,
    givenUp: scaleDown.unremovable.size,
  };
}

function cloudFields(error: CloudError): { readonly error: string; readonly reason: string } {
  return { error: error.kind, reason: error.message };
}
