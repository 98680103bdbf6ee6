/** The files that a running program follows: that of `--config`, and the cloud-config with its token. */
import type { Autoscaler } from '../autoscaler.ts';
import type { AutoscalerFlags } from '../options/findings.ts';
import { Reload } from '../options/reload.ts';
import type { OptionError } from '../options/problem.ts';
import { type Clock, realClock } from '../runtime/clock.ts';
import type { Logger, LogLevel } from '../runtime/log.ts';
import type { Result } from '../runtime/result.ts';
import { watchFile } from '../runtime/watched-file.ts';
import { cloudConfigChanged } from '../vultr/cloud-config-reload.ts';
import type { VultrConfig } from '../vultr/cloud-config.ts';
import type { CommandContext } from './command.ts';

/** What a person started the program with. */
export interface StartInput extends CommandContext {
  readonly flags: AutoscalerFlags;
  readonly configPath: string | undefined;
  rereadFlags(): Result<AutoscalerFlags, readonly OptionError[]>;
}

export interface Following {
  readonly input: StartInput;
  readonly autoscaler: Pick<Autoscaler, 'reconfigure'>;
  readonly logger: Logger;
  readonly setLevel: (level: LogLevel) => void;
  /** In use: its token is replaced. */
  readonly vultrConfig: VultrConfig;
  /** `undefined`: the environment says who we are, and does not change. */
  readonly cloudConfigPath: string | undefined;
  readonly clock?: Clock;
}

/** Follows them until the returned function is called. */
export function followFiles(following: Following): () => void {
  const { input, autoscaler, logger, setLevel, vultrConfig, cloudConfigPath, clock = realClock } = following;
  const read = (path: string): Result<string, string> => input.readFile(path);
  const ends: (() => void)[] = [];
  if (input.configPath !== undefined) {
    const reload = new Reload({
      flags: input.flags,
      reread: () => input.rereadFlags(),
      apply(options) {
        setLevel(options.logging.level);
        autoscaler.reconfigure(options);
      },
      logger,
    });
    ends.push(watchFile({ path: input.configPath, read, clock, changed: () => reload.fileChanged() }));
  }
  if (cloudConfigPath !== undefined) {
    const around = { logger, environment: input.env };
    const changed = (text: Result<string, string>): void => cloudConfigChanged(vultrConfig, text, around);
    ends.push(watchFile({ path: cloudConfigPath, read, clock, changed }));
  }
  return () => {
    for (const end of ends) end();
  };
}
