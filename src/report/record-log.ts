/** Logs each pass's record: what is new in it, line by line, as the narrator words it. */
import type { ActuationObservation } from '../actuation/observations.ts';
import type { DecisionRecord } from '../explain/record.ts';
import type { Logger } from '../runtime/log.ts';
import { type Narration, Narrator, narrateOutcome } from './narrator.ts';

/** The constant message of each kind of line; the words are in the field `what`. */
const MESSAGES: Readonly<Record<Narration['kind'], string>> = {
  'scale-up': 'scale-up',
  'scale-down': 'scale-down',
  waiting: 'pods wait',
  blocked: 'pods cannot be helped',
  node: 'node is unneeded',
};

export interface RecordLog {
  decision(record: DecisionRecord): void;
  outcome(outcome: ActuationObservation): void;
}

export function recordLog(logger: Logger, options: { readonly dryRun: boolean }): RecordLog {
  const narrator = new Narrator(options);
  const log = options.dryRun ? logger.child({ dryRun: true }) : logger;
  const decision = (record: DecisionRecord): void => {
    for (const { kind, text } of narrator.narrate(record)) {
      if (kind === 'blocked') log.warn(MESSAGES[kind], { decision: record.id, what: text });
      else log.info(MESSAGES[kind], { decision: record.id, what: text });
    }
    log.debug('pass', {
      decision: record.id,
      triggers: record.triggers,
      pendingSets: record.pods.length,
      nodes: record.nodes.length,
      actions: record.actions.length,
    });
  };
  const outcome = (told: ActuationObservation): void => {
    const narration = narrateOutcome(told);
    if (narration !== undefined) log.warn('an action failed', { what: narration.text });
  };
  return { decision, outcome };
}
