/** A logger that keeps its lines as a log shipper would see them, for tests of what logs say and must not say. */
import type { LogFields, Logger } from '../../src/runtime/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** `onLine` is told of each line, its fields and those of its parents together. */
export function recordingLogger(onLine: (line: LogLine) => void, inherited: LogFields = {}): Logger {
  const at =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void =>
      onLine({ level, message, fields: { ...inherited, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => recordingLogger(onLine, { ...inherited, ...fields }),
  };
}
