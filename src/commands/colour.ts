/** Colours on a terminal, by the codes of SGR. */
import type { CommandContext } from './command.ts';

/** On a terminal, unless the person says otherwise by the usual variables (no-color.org, force-color.org). */
export function wantsColour({ env, streams }: Pick<CommandContext, 'env' | 'streams'>): boolean {
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return streams.stdout.isTerminal && (env['NO_COLOR'] ?? '') === '';
}
