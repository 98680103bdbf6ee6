/**
 * Logging: a constant message and fields, so that logs can be searched by message and read by machine. The message
 * carries no variables. A secret never reaches a log line: the fields named in {@link SECRET_FIELDS} are redacted, and
 * secrets are held as {@link Secret} values that print as `[redacted]` (I9).
 */
import { pino } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  /** For debugging; off unless `-v=4` or more. */
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const SECRET_FIELDS = ['token', 'apiKey', 'authorization', 'headers.authorization', 'password'];

/** Lines of JSON on standard error (standard output belongs to what a command prints). */
export function jsonLogger(level: LogLevel): Logger {
  return wrap(sinkAt(level), () => true);
}

/** The same, whose debug lines may be switched on and off while it is in use. */
export function adjustableLogger(level: LogLevel): {
  readonly logger: Logger;
  readonly setLevel: (level: LogLevel) => void;
} {
  let isVerbose = level === 'debug';
  return {
    // A child of the sink keeps the level that it was born with: the choice is made before it.
    logger: wrap(sinkAt('debug'), () => isVerbose),
    setLevel: (to) => void (isVerbose = to === 'debug'),
  };
}

function sinkAt(level: LogLevel): pino.Logger {
  return pino({ level, base: null, redact: SECRET_FIELDS }, pino.destination({ fd: 2, sync: true }));
}

/** Drops everything. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

function wrap(sink: pino.Logger, isVerbose: () => boolean): Logger {
  return {
    debug(message, fields = {}) {
      if (isVerbose()) sink.debug(fields, message);
    },
    info: (message, fields = {}) => sink.info(fields, message),
    warn: (message, fields = {}) => sink.warn(fields, message),
    error: (message, fields = {}) => sink.error(fields, message),
    child: (fields) => wrap(sink.child(fields), isVerbose),
  };
}
