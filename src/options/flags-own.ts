import { accepted, flag } from './flag.ts';

const OTHER_CLOUD = 'it is for another cloud';

/** What this program has beyond Cluster Autoscaler. */
export const ownFlags = [
  flag('dry-run', 'bool', 'false', 'Decide and report, but change nothing: no resize, taint, eviction or deletion.'),
  flag(
    'settle-window',
    'duration',
    '100ms',
    'After a change, wait this long for others that belong to it, so that a burst is answered by one decision; at most 10s.',
  ),
  {
    ...flag(
      'compatibility',
      'string',
      '',
      'Decide as Cluster Autoscaler does where this program means to do better (docs/differences.md): one choice of node groups a pass, nodes on their way forgotten after a restart. Empty: no.',
    ),
    choices: ['', 'cluster-autoscaler'],
    valueName: 'TEXT',
  },
  {
    ...flag('config', 'string', '', 'YAML file of flags, by their names; the command line goes before it.'),
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
