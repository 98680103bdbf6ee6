import { accepted, flag } from './flag.ts';

const OTHER_CLOUD = 'it is for another cloud';

/** What this program has beyond Cluster Autoscaler. */
export const ownFlags = [
  flag('dry-run', 'bool', 'false', 'Decide and report, but change nothing: no resize, taint, eviction or deletion.'),
  flag(
    'shadow',
    'bool',
    'false',
    'Run beside another autoscaler without a trace: a dry run that takes no Lease either, and compares what it would have done with what the other one does.',
  ),
  flag(
    'settle-window',
    'duration',
    '100ms',
    'After a change, wait this long for others that belong to it, so that a burst is answered by one decision; at most 10s. While a burst goes on it widens, to at most 400ms.',
  ),
  flag(
    'max-node-launches-per-hour',
    'int',
    '0',
    'The guard against launching nodes without end: so many are launched within an hour and no more. 0: twice as many as all node pools may hold together, and at least 100; negative: no guard.',
  ),
  {
    ...flag(
      'price',
      'repeated',
      '',
      'What an hour of a node costs, in US dollars, where that is not what Vultr’s catalogue says: vhf-4c-16gb=0.09. Plans by their ids; may be repeated.',
    ),
    valueName: 'PLAN=USD',
  },
  {
    ...flag(
      'compatibility',
      'string',
      '',
      'Decide as Cluster Autoscaler does where this program means to do better (docs/differences.md): one choice of node groups a pass, waiting pods given to nodes in turn, everything forgotten at a restart. Empty: no.',
    ),
    choices: ['', 'cluster-autoscaler'],
    valueName: 'TEXT',
  },
  flag(
    'gpu-label',
    'string',
    '',
    "The node label whose value is the type of the node's GPUs, such as nvidia.com/gpu.product, for --gpu-total. A node with the label and without GPUs is not ready. VKE itself sets none.",
  ),
  flag(
    'volume-detach-timeout',
    'duration',
    '2m',
    'How long a drained node waits until the volumes of its pods are detached, so that they can be attached elsewhere at once; 0: not at all.',
  ),
  {
    ...flag(
      'disruption-budget',
      'repeated',
      '',
      'The most nodes, or the largest share of them, under removal at once; always, or in windows that open by a cron schedule: nodes=10%;schedule=0 9 * * mon-fri;duration=8h;tz=Europe/Berlin. May be repeated; the strictest that holds counts.',
    ),
    valueName: 'nodes=N|N%[;schedule=…;duration=…[;tz=…]]',
  },
  flag(
    'respect-billing-hour',
    'bool',
    'false',
    'Remove a node only in the last ten minutes of an hour since its instance was created: the hour is paid for anyway.',
  ),
  flag(
    'consolidation',
    'bool',
    'false',
    'Replace several under-used nodes, or one dear node, by cheaper ones when that is worth it. The new nodes are ready before any pod is evicted.',
  ),
  flag(
    'consolidation-threshold',
    'float',
    '0.5',
    "When it is worth it: the share of the cluster's cost that is saved, divided by the share of its pods that is disturbed, is at least this.",
  ),
  flag('consolidation-min-node-age', 'duration', '1h', 'Younger nodes are not replaced.'),
  flag(
    'consolidation-cooldown',
    'duration',
    '30m',
    'No further replacement so soon after one has ended or was given up.',
  ),
  flag(
    'authenticate-requests',
    'bool',
    'false',
    'Answer over HTTP, health and metrics aside, only to who shows a token of the cluster (Authorization: Bearer …) that may get the path as a nonResourceURL. Needs the rights of deploy/rbac-optional.yaml.',
  ),
  flag(
    'node-conditions',
    'bool',
    'false',
    'Write on each node, as a condition, why it stays or that it goes; when that changes. Needs the rights of deploy/rbac-optional.yaml.',
  ),
  {
    ...flag(
      'decision-log',
      'string',
      '',
      'Keep decisions, with what came of them, in this file, so that they outlive the process. It is made where there is none.',
    ),
    valueName: 'FILE',
  },
  flag('decision-log-max-age', 'duration', '168h', 'Older decisions leave the file; 0: none does for its age.'),
  flag(
    'decision-log-max-size',
    'int',
    '64',
    'The file has at most so many MiB: beyond it the oldest decisions leave it.',
  ),
  {
    ...flag(
      'config',
      'string',
      '',
      'YAML file of flags, by their names without dashes; the command line and environment variables go before it. Changes of it are followed, for flags that are live.',
    ),
    valueName: 'FILE',
  },
] as const;

/** Flags of other clouds, so that one manifest may serve several. */
export const otherCloudFlags = [
  accepted(
    flag('aws-use-static-instance-list', 'bool', 'false', 'AWS: use the built-in list of instance types.'),
    OTHER_CLOUD,
  ),
  accepted(
    flag('clusterapi-cloud-config-authoritative', 'bool', 'false', 'Cluster API: use the cloud config alone.'),
    OTHER_CLOUD,
  ),
  accepted(flag('bulk-mig-instances-listing-enabled', 'bool', 'false', 'GCE: list instances in bulk.'), OTHER_CLOUD),
  accepted(flag('gce-concurrent-refreshes', 'int', '1', 'GCE: refreshes at the same time.'), OTHER_CLOUD),
  accepted(
    flag('gce-mig-instances-min-refresh-wait-time', 'duration', '5s', 'GCE: the shortest time between refreshes.'),
    OTHER_CLOUD,
  ),
] as const;
