import { accepted, flag } from './flag.ts';

/** The program as a whole, and how often it looks. */
export const generalFlags = [
  flag('address', 'string', ':8085', 'Address of the HTTP server for metrics and health, as [HOST]:PORT.'),
  {
    ...flag('cloud-provider', 'string', 'vultr', 'The cloud to work with. This program knows one.'),
    choices: ['vultr'],
  },
  {
    ...flag(
      'cloud-config',
      'string',
      '',
      'File with the cluster id and the API token, as JSON or INI. Without it VULTR_CLUSTER_ID and VULTR_API_KEY are read from the environment.',
    ),
    valueName: 'FILE',
  },
  accepted(
    flag('cluster-name', 'string', '', 'A name for the cluster, for providers that want one.'),
    'the Vultr API knows the cluster by the cluster_id of the cloud config',
  ),
  {
    ...flag(
      'namespace',
      'string',
      'kube-system',
      'The namespace the autoscaler runs in: its lease, its status ConfigMap and its events are there.',
    ),
    valueName: 'NAMESPACE',
  },
  {
    ...flag(
      'nodes',
      'repeated',
      '',
      'A node pool to manage with bounds of its own, whatever its settings at Vultr, by label or id. May be repeated. Without any, the pools with auto-scaling enabled at Vultr are managed, with the bounds set there.',
    ),
    valueName: 'MIN:MAX:POOL',
  },
  {
    ...flag(
      'node-group-auto-discovery',
      'repeated',
      '',
      "Manage the node pools that have these labels; the key tag stands for a pool's tag: label:tag=TAG. May be repeated.",
    ),
    valueName: 'label:KEY=VALUE,…',
  },
  flag(
    'user-agent',
    'string',
    'cluster-autoscaler',
    "Start of the User-Agent header of requests to the Vultr API; the program's name and version follow.",
  ),
  flag(
    'scan-interval',
    'duration',
    '10s',
    'The longest time between two looks at the cluster when nothing happens in it.',
  ),
  accepted(
    flag(
      'frequent-loops-enabled',
      'bool',
      'true',
      'Look as soon as a pod cannot be scheduled, and again after a productive pass.',
    ),
    'this program always looks as soon as something changes',
    ['true'],
  ),
  accepted(
    flag('regional', 'bool', 'false', 'Says that the cluster spans the zones of a region.'),
    'a VKE cluster lives in one region without zones',
    ['false'],
  ),
  flag(
    'profiling',
    'bool',
    'false',
    'Offer /debug/pprof/profile (where the time goes) and /debug/pprof/heap (who holds memory) over HTTP, for the tools of Chrome.',
  ),
  {
    ...flag(
      'scheduler-config-file',
      'string',
      '',
      'The KubeSchedulerConfiguration of the scheduler, whose one profile is simulated. By default: the default profile. What of it cannot be simulated is an error that names the field and its line.',
    ),
    valueName: 'FILE',
  },
  accepted(
    flag('scheduler-verbosity', 'int', '0', 'Verbosity of embedded scheduler code.'),
    'no scheduler code is embedded; use -v',
    ['0'],
  ),
  accepted(
    flag('predicate-parallelism', 'int', '4', 'Workers that evaluate scheduling filters; at least 1.'),
    'filters are evaluated by one thread and remembered',
  ),
  accepted(
    flag('cluster-snapshot-parallelism', 'int', '16', 'Workers that build the model of the cluster. Deprecated.'),
    'the model of the cluster is updated event by event',
  ),
] as const;
