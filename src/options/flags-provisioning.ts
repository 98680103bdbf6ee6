import { accepted, flag } from './flag.ts';

// Both are objects of APIs of their own, which a VKE cluster has only if somebody installs them: left out as a whole (README).
const PROVISIONING_REQUESTS = 'ProvisioningRequest objects are not implemented yet';
const BUFFERS = 'CapacityBuffer objects are not implemented yet';

/** Nodes on their way, and what happens when they do not arrive. */
export const provisioningFlags = [
  flag(
    'max-node-provision-time',
    'duration',
    '15m',
    'A node that has not registered so long after the request has failed.',
  ),
  flag(
    'initial-node-group-backoff-duration',
    'duration',
    '5m',
    'How long a node group is left alone after a failed scale-up.',
  ),
  flag('max-node-group-backoff-duration', 'duration', '30m', 'That time doubles with each failure, up to this.'),
  flag('node-group-backoff-reset-timeout', 'duration', '3h', 'After so long without a failure it starts anew.'),
  flag(
    'max-node-startup-time',
    'duration',
    '15m',
    'A registered node that is not ready after so long counts as unready.',
  ),
  flag(
    'force-delete-unregistered-nodes',
    'bool',
    'false',
    'Remove nodes that never register also below the minimum size.',
  ),
  flag('force-delete-failed-nodes', 'bool', 'false', 'Remove nodes whose creation failed also below the minimum size.'),
] as const;

/** Parts of Kubernetes that one may add. */
export const extensionFlags = [
  accepted(
    flag('enable-provisioning-requests', 'bool', 'false', 'Serve ProvisioningRequest objects.'),
    PROVISIONING_REQUESTS,
    ['false'],
  ),
  accepted(
    flag('provisioning-request-initial-backoff-time', 'duration', '1m', 'Until such a request is tried again.'),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag('provisioning-request-max-backoff-time', 'duration', '10m', 'The longest time until it is tried again.'),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag(
      'provisioning-request-max-backoff-cache-size',
      'int',
      '1000',
      'How many requests have their retries remembered.',
    ),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag('check-capacity-batch-processing', 'bool', 'false', 'Serve several check-capacity requests in a pass.'),
    PROVISIONING_REQUESTS,
    ['false'],
  ),
  accepted(
    flag('check-capacity-provisioning-request-max-batch-size', 'int', '10', 'The most of them in a pass.'),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag(
      'check-capacity-provisioning-request-batch-timebox',
      'duration',
      '10s',
      'The longest time for them in a pass.',
    ),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag('check-capacity-processor-instance', 'string', '', 'Serve only the requests addressed to this name.'),
    PROVISIONING_REQUESTS,
  ),
  accepted(
    flag('capacity-buffer-controller-enabled', 'bool', 'false', 'Keep the status of CapacityBuffer objects.'),
    BUFFERS,
    ['false'],
  ),
  accepted(
    flag('capacity-buffer-pod-injection-enabled', 'bool', 'false', 'Keep room for CapacityBuffer objects.'),
    BUFFERS,
    ['false'],
  ),
  accepted(
    flag(
      'capacity-buffer-pod-dry-run-enabled',
      'bool',
      'true',
      'Complete the pods of a buffer by a dry run at the API server.',
    ),
    BUFFERS,
  ),
  accepted(
    flag(
      'enable-dynamic-resource-allocation',
      'bool',
      'true',
      'Take resource claims into account. Cannot be turned off.',
    ),
    'a pod with resource claims is reported as not evaluated yet',
    ['true'],
  ),
  accepted(
    flag(
      'enable-csi-node-aware-scheduling',
      'bool',
      'false',
      'Take the volume limits of CSINode objects into account.',
    ),
    'the volume limits of CSINode objects always count, as they do to the scheduler',
    ['true'],
  ),
] as const;
