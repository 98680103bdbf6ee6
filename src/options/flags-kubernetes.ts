import { accepted, flag } from './flag.ts';

/** How the Kubernetes API is reached, and what is written to it for people to read. */
export const kubernetesFlags = [
  flag(
    'kubernetes',
    'string',
    '',
    'URL of the API server, when no kubeconfig is given. Its query may say inClusterConfig=false, auth=KUBECONFIG and useServiceAccount=true. Empty: the cluster this pod runs in.',
  ),
  {
    ...flag('kubeconfig', 'string', '', 'Kubeconfig file to connect with; goes before --kubernetes.'),
    valueName: 'FILE',
  },
  {
    ...flag(
      'kube-api-content-type',
      'string',
      'application/vnd.kubernetes.protobuf',
      'The form in which pods and nodes are asked for: this or application/json. Other kinds are always read as JSON.',
    ),
    choices: ['application/vnd.kubernetes.protobuf', 'application/json'],
    valueName: 'TYPE',
  },
  accepted(
    flag('kube-client-qps', 'float', '5', 'Requests a second to the API server.'),
    'requests are few (watches, not polling) and are not throttled on this side',
  ),
  accepted(
    flag('kube-client-burst', 'int', '10', 'Requests at once to the API server.'),
    'requests are few (watches, not polling) and are not throttled on this side',
  ),
  flag('record-duplicated-events', 'bool', 'false', 'Write an event each time, also when it repeats an earlier one.'),
] as const;

/** What operators look at. */
export const healthFlags = [
  flag(
    'write-status-configmap',
    'bool',
    'true',
    'Keep a ConfigMap with the state of the autoscaler. Events about the autoscaler itself are shown on it.',
  ),
  flag('status-config-map-name', 'string', 'cluster-autoscaler-status', 'The name of that ConfigMap.'),
  flag('max-inactivity', 'duration', '10m', 'The health check fails when a leader has begun no pass for so long.'),
  flag('max-failing-time', 'duration', '15m', 'The health check fails when no pass has succeeded for so long.'),
  flag('max-startup-time', 'duration', '20m', 'Stands for both of these until the first pass has succeeded.'),
  flag('max-total-unready-percentage', 'float', '45', 'With a greater share of unready nodes nothing is scaled.'),
  flag('ok-total-unready-count', 'int', '3', 'So many unready nodes never stop scaling.'),
  flag('emit-per-nodegroup-metrics', 'bool', 'false', 'Add metrics with a label for each node group.'),
  flag(
    'debugging-snapshot-enabled',
    'bool',
    'false',
    'Offer /snapshotz over HTTP: what the next pass decides from, as Cluster Autoscaler gives it.',
  ),
] as const;
