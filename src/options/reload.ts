/**
 * Follows the file of `--config` while the program runs.
 *
 * 1. Only flags of the closed list (live-flags.ts) change. A change of any other is told by its name and waits for a restart.
 * 2. A file that is wrong or away changes nothing, and is told once. So is a file whose live flags do not go together with
 *    what stays as it was.
 * 3. What was changed is told: each flag with what it was and is.
 */
import type { Logger } from '../runtime/log.ts';
import type { Result } from '../runtime/result.ts';
import type { AutoscalerFlags } from './findings.ts';
import { type AutoscalerFlag, flagTable } from './flag-table.ts';
import { dashed } from './flag.ts';
import { isLive } from './live-flags.ts';
import { type Options, optionsFrom } from './options.ts';
import type { OptionError } from './problem.ts';

export interface ReloadParts {
  /** What the program was started with. */
  readonly flags: AutoscalerFlags;
  /** What it would be started with now. */
  readonly reread: () => Result<AutoscalerFlags, readonly OptionError[]>;
  /** Puts new options into force; only what live flags say differs from before. */
  readonly apply: (options: Options) => void;
  readonly logger: Logger;
}

/** A flag whose value is another one now; JSON is what both read as. */
interface Change {
  readonly flag: AutoscalerFlag;
  readonly from: unknown;
  readonly to: unknown;
}

export class Reload {
  readonly #parts: ReloadParts;
  /** The values in force. */
  #flags: AutoscalerFlags;
  #toldWarnings: ReadonlySet<string> = new Set();

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#flags = parts.flags;
    const atStart = optionsFrom(parts.flags);
    if (atStart.ok) this.#toldWarnings = new Set(atStart.value.warnings.map(({ message }) => message));
  }

  /** To be called when the file is another one. */
  fileChanged(): void {
    const { apply, logger, reread } = this.#parts;
    const wanted = reread();
    if (!wanted.ok) {
      this.#refuse(wanted.error);
      return;
    }
    const changes = changesBetween(this.#flags, wanted.value);
    const next = mixed(this.#flags, wanted.value);
    const checked = optionsFrom(next);
    if (!checked.ok) {
      this.#refuse(checked.error);
      return;
    }
    for (const { flag, from, to } of changes.filter((change) => !isLive(change.flag.name))) {
      logger.warn('a flag was changed in the file of --config that needs a restart', {
        flag: dashed(flag.name),
        from,
        to,
      });
    }
    const live = changes.filter(({ flag }) => isLive(flag.name));
    this.#flags = next;
    for (const { message } of checked.value.warnings) {
      if (!this.#toldWarnings.has(message)) logger.warn('option', { message });
    }
    this.#toldWarnings = new Set(checked.value.warnings.map(({ message }) => message));
    if (live.length === 0) {
      logger.info('the file of --config was read again; nothing that is live has changed');
      return;
    }
    apply(checked.value.options);
    logger.info('options changed by the file of --config', {
      changed: Object.fromEntries(live.map(({ flag, from, to }) => [flag.name, { from, to }])),
    });
  }

  #refuse(errors: readonly OptionError[]): void {
    const problems = [...new Set(errors.map(({ message }) => message))];
    this.#parts.logger.warn('the file of --config cannot be used; the values stay as they were', { problems });
  }
}

function changesBetween(before: AutoscalerFlags, after: AutoscalerFlags): readonly Change[] {
  return flagTable
    .map((flag): Change => ({ flag, from: before.get(flag.name), to: after.get(flag.name) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** The live flags of the one and all others of the other. */
function mixed(inForce: AutoscalerFlags, wanted: AutoscalerFlags): AutoscalerFlags {
  const sourceOf = (name: AutoscalerFlag['name']): AutoscalerFlags => (isLive(name) ? wanted : inForce);
  return {
    get<N extends AutoscalerFlag['name']>(name: N) {
      return sourceOf(name).get(name);
    },
    given: (name) => sourceOf(name).given(name),
    originOf: (name, text) => sourceOf(name).originOf(name, text),
  };
}
