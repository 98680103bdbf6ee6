/**
 * The loop: waits for a reason to look, reads the cloud, decides, starts what was decided, and tells why.
 *
 * 1. One pass at a time; the decision itself never waits for anything.
 * 2. Nothing is decided before every watch has listed once, nor on a cloud that could not be read; the log says so.
 * 3. Only the leader passes on what it decided (I5); what it started is seen to its end by later passes.
 * 4. No failure of the world ends the loop. It ends by the signal, or by a bug.
 */
import type { Actuator } from '../actuation/actuator.ts';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { CloudError, CloudProvider } from '../cloud/provider.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterEvent } from '../cluster/facts.ts';
import type { DecisionRecord } from '../explain/record.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { CounselAnswer, CounselAnswers, CounselQuestion } from '../scale-up/counsel.ts';
import { ClockSteps, memoryAfterStep } from './clock-steps.ts';
import { type DecideOptions, type Decision, decide } from './decide.ts';
import { FIRST_MEMORY, type Memory } from './memory.ts';
import { nodeGroupStates } from './node-group-states.ts';
import { remember } from './remember.ts';
import { triggerOf } from './trigger-of.ts';
import type { Triggers } from './triggers.ts';

export interface LoopParts {
  readonly cluster: Cluster;
  readonly provider: CloudProvider;
  readonly actuator: Actuator;
  readonly triggers: Triggers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: DecideOptions;
  /** Whether every watch has listed once. */
  readonly isSynced: () => boolean;
  /** Whether this process may act; without leader election always. */
  readonly isLeader: () => boolean;
  /** Whom the expander grpc asks; absent: nobody. Never rejects. */
  readonly expanderService?: { bestOptions(question: CounselQuestion): Promise<CounselAnswer> } | undefined;
  /** Told of each pass. Must not throw. */
  readonly onRecord: (record: DecisionRecord) => void;
  /** Told of what came of an action. Must not throw. */
  readonly onOutcome: (outcome: ActuationObservation) => void;
}

/** Asked of the expander service in one pass; what is to be chosen beyond goes without it. */
const MOST_QUESTIONS = 32;
/** How often a start looks whether the watches have listed. */
const SYNC_POLL_MS = 20;

export class Loop {
  readonly #parts: LoopParts;
  readonly #clockSteps: ClockSteps;
  #memory: Memory = FIRST_MEMORY;
  #pass = 0;
  #wasLeader = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#clockSteps = new ClockSteps(parts.clock);
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

  /** Passes until the signal aborts; then waits for the calls under way, and no more are sent. */
  async run(signal: AbortSignal): Promise<void> {
    const { actuator, clock, isSynced, triggers } = this.#parts;
    while (!isSynced() && !signal.aborted) await sleep(clock, SYNC_POLL_MS, signal);
    triggers.note('start');
    let momentInMs: number | undefined;
    while (!signal.aborted) {
      const reasons = await triggers.next(signal, momentInMs);
      if (reasons.length > 0) momentInMs = await this.#runPass(reasons);
    }
    await actuator.idle();
  }

  /** Returns after how long another pass is due for a reason of this one's. */
  async #runPass(triggers: readonly string[]): Promise<number | undefined> {
    const { actuator, clock, isLeader, logger, onRecord, provider } = this.#parts;
    if (!isLeader()) {
      this.#wasLeader = false;
      return undefined;
    }
    this.#pass += 1;
    const askedAtMs = clock.monotonic();
    const refreshed = await provider.refresh();
    if (refreshed.ok) actuator.refreshed(askedAtMs);
    else logger.warn('the cloud could not be read; no decision in this pass', cloudFields(refreshed.error));
    if (!isLeader()) return undefined;
    if (!refreshed.ok) return undefined;
    if (!this.#wasLeader) actuator.adoptLeftovers();
    this.#wasLeader = true;
    const { expanderService } = this.#parts;
    // Without a service nothing may come between the decision and its start.
    const decision =
      expanderService === undefined
        ? this.#remembered(this.#decide(triggers, undefined))
        : await this.#decideWithCounsel(triggers, expanderService);
    if (decision === undefined) return undefined;
    onRecord(decision.record);
    actuator.tell(decision.record);
    actuator.start(decision);
    return this.#nextMoment(decision);
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
    const { actuator, clock, cluster, options, provider } = this.#parts;
    this.#followClock();
    const groups = nodeGroupStates(provider, actuator.unsettledPools());
    this.#takeObservations(groups);
    actuator.advance();
    this.#takeObservations(groups);
    const world = { cluster, groups, removals: actuator.removals(), ...(counsel === undefined ? {} : { counsel }) };
    return decide(world, this.#memory, options, { number: this.#pass, now: clock.now(), triggers });
  }

  #followClock(): void {
    const stepMs = this.#clockSteps.take();
    if (stepMs === 0) return;
    this.#parts.logger.warn('the clock was set; timeouts go on as they were', { byMs: stepMs });
    this.#memory = memoryAfterStep(this.#memory, stepMs);
  }

  #takeObservations(groups: readonly NodeGroupState[]): void {
    const { actuator, onOutcome, options } = this.#parts;
    for (const seen of actuator.takeObservations()) {
      this.#memory = remember(this.#memory, seen, options, groups);
      onOutcome(seen);
    }
  }

  #nextMoment(decision: Decision): number | undefined {
    const { actuator, clock } = this.#parts;
    const untilMoment = (decision.nextMomentMs ?? Infinity) - clock.now();
    const untilLook = (actuator.nextLookAtMs() ?? Infinity) - clock.monotonic();
    const delayMs = Math.min(untilMoment, untilLook);
    return delayMs === Infinity ? undefined : Math.max(0, delayMs);
  }
}

function cloudFields(error: CloudError): { readonly error: string; readonly reason: string } {
  return { error: error.kind, reason: error.message };
}
