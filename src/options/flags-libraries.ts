import { accepted, flag } from './flag.ts';

const STDERR = 'logs go to standard error, all of them';
const JSON_LINES = 'each log entry is one line of JSON';

/** One of several copies acts at a time. */
export const leaderElectionFlags = [
  flag('leader-elect', 'bool', 'true', 'Act only while holding a lease, so that several copies can run.'),
  flag(
    'leader-elect-lease-duration',
    'duration',
    '15s',
    'How long others wait before they take over an unrenewed lease.',
  ),
  flag(
    'leader-elect-renew-deadline',
    'duration',
    '10s',
    'The holder stops acting when it could not renew for so long.',
  ),
  flag('leader-elect-retry-period', 'duration', '2s', 'The pause between two tries to take or renew the lease.'),
  {
    ...flag('leader-elect-resource-lock', 'string', 'leases', 'The kind of object that is the lease.'),
    choices: ['leases'],
  },
  flag('leader-elect-resource-name', 'string', 'cluster-autoscaler', 'The name of the lease.'),
  accepted(
    flag('leader-elect-resource-namespace', 'string', '', 'The namespace of the lease.'),
    'the lease is in the namespace of --namespace',
  ),
] as const;

/** What is logged and where. */
export const loggingFlags = [
  flag('v', 'int', '0', 'How much is logged. 4 and more adds what helps in debugging.'),
  accepted(flag('vmodule', 'string', '', 'Verbosity by source file.'), 'verbosity is the same everywhere; use -v'),
  accepted(flag('logtostderr', 'bool', 'true', 'Log to standard error instead of files.'), STDERR, ['true']),
  accepted(flag('alsologtostderr', 'bool', 'false', 'Log to standard error besides files.'), STDERR, ['true', 'false']),
  accepted({ ...flag('log-file', 'string', '', 'The file to log to.'), valueName: 'FILE' }, STDERR),
  accepted({ ...flag('log-dir', 'string', '', 'The directory to log to.'), valueName: 'DIRECTORY' }, STDERR),
  accepted(flag('log-file-max-size', 'int', '1800', 'The largest log file, in megabytes. 0: no limit.'), STDERR),
  accepted(flag('log-flush-frequency', 'duration', '5s', 'The longest time until a log entry is written.'), STDERR),
  accepted(flag('log-backtrace-at', 'string', ':0', 'Log a stack trace when this line logs.'), JSON_LINES, [':0']),
  accepted(
    { ...flag('logging-format', 'string', 'text', 'The form of log entries.'), choices: ['text', 'json'] },
    JSON_LINES,
    ['json'],
  ),
  accepted(flag('log-json-info-buffer-size', 'string', '0', 'Buffer for JSON entries.'), STDERR, ['0']),
  accepted(
    flag('log-json-split-stream', 'bool', 'false', 'Errors to standard error, the rest to standard output.'),
    STDERR,
    ['false'],
  ),
  accepted(flag('log-text-info-buffer-size', 'string', '0', 'Buffer for text entries.'), STDERR, ['0']),
  accepted(
    flag('log-text-split-stream', 'bool', 'false', 'Errors to standard error, the rest to standard output.'),
    STDERR,
    ['false'],
  ),
  accepted(flag('skip-headers', 'bool', 'false', 'Leave out the beginning of text entries.'), JSON_LINES),
  accepted(flag('skip-log-headers', 'bool', 'false', 'Leave out the beginning of log files.'), JSON_LINES),
  accepted(flag('add-dir-header', 'bool', 'false', 'Name the directory of the source file too.'), JSON_LINES, [
    'false',
  ]),
  accepted(flag('one-output', 'bool', 'false', 'Write each entry to one file only.'), STDERR),
  accepted(
    { ...flag('stderrthreshold', 'string', 'INFO', 'What goes to standard error besides files.'), valueName: 'LEVEL' },
    STDERR,
    ['INFO', '0'],
  ),
] as const;

/** Switches of the Kubernetes libraries. */
export const featureGateFlags = [
  accepted(
    {
      ...flag('feature-gates', 'csv', '', 'Features of the Kubernetes libraries to turn on or off.'),
      valueName: 'NAME=BOOL,…',
    },
    'this program is not built on those libraries',
  ),
] as const;
