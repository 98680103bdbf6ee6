/** Logs each pass's record: what is new in it, line by line, as the narrator words it. */
import type { DecisionRecord } from '../explain/record.ts';
import type { Logger } from '../runtime/log.ts';
import { type Narration, Narrator } from './narrator.ts';

/** The constant message of each kind of line; the words are in the field `what`. */
const MESSAGES: Readonly<Record<Narration['kind'], string>> = {
  'scale-up': 'scale-up',
  'scale-down': 'scale-down',
  waiting: 'pods wait',
  blocked: 'pods cannot be helped',
  node: 'node is unneeded',
};

/** A function to be told of each record. */
export function recordLog(logger: Logger, options: { readonly dryRun: boolean }): (record: DecisionRecord) => void {
  const narrator = new Narrator();
  const log = options.dryRun ? logger.child({ dryRun: true }) : logger;
  return (record) => {
    for (const { kind, text } of narrator.narrate(record)) {
      if (kind === 'blocked') log.warn(MESSAGES[kind], { pass: record.pass, what: text });
      else log.info(MESSAGES[kind], { pass: record.pass, what: text });
    }
    log.debug('pass', {
      pass: record.pass,
      triggers: record.triggers,
      pendingSets: record.pods.length,
      nodes: record.nodes.length,
      actions: record.actions.length,
    });
  };
}
