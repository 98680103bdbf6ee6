import { accepted, flag } from './flag.ts';

/** It would be a second source of demand beside pending pods: left out as a whole, and so is what would bound it. */
const PROACTIVE = 'scaling up before pods exist is not implemented yet';
const TIME_CAPS = 'packing takes milliseconds; it is bounded by --max-nodes-per-scaleup';

/** When and how nodes are added. */
export const scaleUpFlags = [
  {
    ...flag(
      'expander',
      'string',
      'least-waste',
      'How to choose among the node groups that would help; several names, separated by commas, narrow the choice one after the other. price looks for the cheapest way to help all pods at once; priority follows the ConfigMap cluster-autoscaler-priority-expander; random comes last.',
    ),
    offers: ['least-waste', 'random', 'most-pods', 'least-nodes', 'price', 'priority', 'grpc'],
    valueName: 'NAME,…',
  },
  flag(
    'max-nodes-per-scaleup',
    'int',
    '1000',
    'The most nodes asked for in one decision. 0: no maximum; negative: no scale-up.',
  ),
  flag('new-pod-scale-up-delay', 'duration', '0s', 'How old a pending pod must be before nodes are added for it.'),
  flag(
    'expendable-pods-priority-cutoff',
    'int',
    '-10',
    'Pods of a lower priority neither cause a scale-up nor stop a scale-down.',
  ),
  flag('scale-up-from-zero', 'bool', 'true', 'Act also when the cluster has no node, or none that is ready.'),
  flag(
    'enforce-node-group-min-size',
    'bool',
    'false',
    'Raise node groups to their minimum size. Vultr keeps a pool at its own minimum; this is for bounds given with --nodes.',
  ),
  flag('bypassed-scheduler-names', 'csv', '', 'Schedulers whose pods count as pending before they were tried.'),
  flag(
    'allowed-scheduler-names',
    'csv',
    '',
    'Only pending pods of these schedulers have nodes added. Running pods count whoever placed them.',
  ),
  accepted(
    { ...flag('estimator', 'string', 'binpacking', 'How the number of nodes is estimated.'), choices: ['binpacking'] },
    'there is one estimator, and it packs',
    ['binpacking'],
  ),
  {
    ...flag('grpc-expander-url', 'string', '', 'Address of the service that the expander grpc asks.'),
    valueName: 'HOST:PORT',
  },
  {
    ...flag('grpc-expander-cert', 'string', '', 'CA certificates, in PEM, by one of which the service is to be known.'),
    valueName: 'FILE',
  },
  accepted(
    flag('max-nodegroup-binpacking-duration', 'duration', '10s', 'The longest time to pack onto one node group.'),
    TIME_CAPS,
  ),
  accepted(flag('max-binpacking-time', 'duration', '5m', 'The longest time to pack onto all node groups.'), TIME_CAPS),
  accepted(
    flag('fastpath-binpacking-enabled', 'bool', 'false', 'Pack identical pods by arithmetic.'),
    'identical pods are always packed by arithmetic where that is exact',
    ['true'],
  ),
  flag('balance-similar-node-groups', 'bool', 'false', 'Spread new nodes over node groups that are alike.'),
  flag('balancing-ignore-label', 'repeated', '', 'A label that may differ between like node groups. May be repeated.'),
  flag('balancing-label', 'repeated', '', 'A label by which alone node groups are compared. May be repeated.'),
  flag('memory-difference-ratio', 'float', '0.015', 'How far the memory of like node groups may differ.'),
  flag('max-free-difference-ratio', 'float', '0.05', 'How far the free resources of like node groups may differ.'),
  flag('max-allocatable-difference-ratio', 'float', '0.05', 'How far the allocatable of like node groups may differ.'),
  accepted(
    flag('parallel-scale-up', 'bool', 'false', 'Resize several node groups at the same time.'),
    'the resizes of one decision are always sent together',
    ['true'],
  ),
  accepted(
    flag('salvo-scale-up', 'bool', 'false', 'Decide on several scale-ups in one pass.'),
    'a pass always decides for all pending pods',
    ['true'],
  ),
  accepted(
    flag('salvo-scale-up-budget', 'duration', '1m', 'The longest time for the scale-ups of one salvo.'),
    'a pass always decides for all pending pods',
  ),
  // Left out as a whole (README): the pools are those that the user has made.
  accepted(
    flag('async-node-groups', 'bool', 'false', 'Create node groups in the background.'),
    'creating node pools on demand is not implemented yet',
    ['false'],
  ),
  accepted(
    flag(
      'scaleup-simulation-for-skipped-node-groups-enabled',
      'bool',
      'false',
      'Simulate also on node groups that cannot grow, to report more exactly.',
    ),
    'every pass explains every node group',
    ['true'],
  ),
  flag(
    'force-ds',
    'bool',
    'false',
    'Count every suitable DaemonSet on a new node, also those that the living nodes of its group lack.',
  ),
  accepted(
    flag('node-info-cache-expire-time', 'duration', '87600h', 'How long a template made from a living node is kept.'),
    'templates follow the living nodes; nothing expires',
  ),
  flag(
    'scale-from-unschedulable',
    'bool',
    'false',
    'New nodes count as schedulable though the living ones are cordoned.',
  ),
  flag('startup-taint', 'repeated', '', 'A taint that nodes lose once they are up.'),
  flag('startup-taint-prefix', 'repeated', '', 'The same, by the beginning of its key.'),
  flag('status-taint', 'repeated', '', 'A taint that tells a state and does not last.'),
  flag('ignore-taint', 'repeated', '', 'The old name of --startup-taint. Deprecated.'),
  accepted(
    flag(
      'enable-graceful-degradation',
      'bool',
      'false',
      'Bound the time for pending pods and let scale-down take turns.',
    ),
    'a pass is quick enough for both',
    ['false'],
  ),
  accepted(
    flag('pending-pods-batching-timeout', 'duration', '4m', 'That bound.'),
    'a pass is quick enough for both scale-up and scale-down',
  ),
  accepted(
    flag('enable-proactive-scaleup', 'bool', 'false', 'Count replicas that controllers have not created yet.'),
    PROACTIVE,
    ['false'],
  ),
  accepted(flag('pod-injection-limit', 'int', '5000', 'The most pods, such ones included.'), PROACTIVE),
  accepted(
    flag(
      'enable-inter-pod-affinity-hostname-fast-path',
      'bool',
      'false',
      'Evaluate pod affinity on host names by a shortcut.',
    ),
    'it changes speed elsewhere, not results',
  ),
] as const;
