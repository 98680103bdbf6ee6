/** The columns of the remaining kinds. */
import { listAt, numberAt, recordAt, textAt, textsAt, valueAt } from '../json.ts';
import { selectorText } from '../label-selector.ts';
import type { KubeObject, ResourceName } from '../object.ts';
import { AGE, NAME, column, counted, orNone, wide } from './column.ts';
import type { Column } from './column.ts';
import { age } from './human-duration.ts';

export const clusterColumns: Readonly<Partial<Record<ResourceName, readonly Column[]>>> = {
  namespaces: [NAME, column('Status', (namespace) => textAt(namespace.status, 'phase')), AGE],
  configmaps: [NAME, counted('Data', (map) => fieldCount(map, 'data') + fieldCount(map, 'binaryData')), AGE],
  secrets: [
    NAME,
    column('Type', (secret) => textAt(secret, 'type')),
    counted('Data', (one) => fieldCount(one, 'data')),
    AGE,
  ],
  serviceaccounts: [NAME, counted('Secrets', (account) => listAt(account, 'secrets').length), AGE],
  leases: [NAME, column('Holder', (lease) => textAt(lease.spec, 'holderIdentity')), AGE],
  poddisruptionbudgets: [
    NAME,
    column('Min Available', (budget) => textOrNumber(budget, 'minAvailable')),
    column('Max Unavailable', (budget) => textOrNumber(budget, 'maxUnavailable')),
    counted('Allowed Disruptions', (budget) => numberAt(budget.status, 'disruptionsAllowed') ?? 0),
    AGE,
  ],
  events: [
    column('Last Seen', (event, nowMs) => age(lastSeen(event), nowMs)),
    column('Type', (event) => textAt(event, 'type')),
    column('Reason', (event) => textAt(event, 'reason')),
    column('Object', (event) => {
      const { kind, name } = textsAt(event, 'involvedObject');
      return `${kind?.toLowerCase()}/${name}`;
    }),
    wide('Subobject', (event) => textAt(event, 'involvedObject', 'fieldPath')),
    wide('Source', (event) => {
      const host = textAt(event, 'source', 'host');
      const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
      return host === '' ? component : `${component}, ${host}`;
    }),
    column('Message', (event) => textAt(event, 'message').trim()),
    wide('First Seen', (event, nowMs) => age(textAt(event, 'firstTimestamp') || textAt(event, 'eventTime'), nowMs)),
    {
      ...counted('Count', (event) => numberAt(event, 'series', 'count') ?? numberAt(event, 'count') ?? 1),
      priority: 1,
    },
    { ...NAME, priority: 1 },
  ],
  services: [
    NAME,
    column('Type', (service) => textAt(service.spec, 'type')),
    column('Cluster-IP', (service) => orNone(textAt(service.spec, 'clusterIP'))),
    column('External-IP', (service) => orNone(externalAddresses(service))),
    column('Port(s)', (service) => orNone(ports(service))),
    AGE,
    wide('Selector', (service) => orNone(selectorText({ matchLabels: textsAt(service.spec, 'selector') }))),
  ],
  persistentvolumeclaims: [
    NAME,
    column('Status', (claim) => textAt(claim.status, 'phase')),
    column('Volume', (claim) => textAt(claim.spec, 'volumeName')),
    column('Capacity', (claim) => textAt(claim.status, 'capacity', 'storage')),
    column('Access Modes', (claim) => listAt(claim.spec, 'accessModes').join(',')),
    column('StorageClass', (claim) => textAt(claim.spec, 'storageClassName')),
    AGE,
  ],
  persistentvolumes: [
    NAME,
    column('Capacity', (volume) => textAt(volume.spec, 'capacity', 'storage')),
    column('Access Modes', (volume) => listAt(volume.spec, 'accessModes').join(',')),
    column('Reclaim Policy', (volume) => textAt(volume.spec, 'persistentVolumeReclaimPolicy')),
    column('Status', (volume) => textAt(volume.status, 'phase')),
    column('Claim', (volume) => {
      const { namespace, name } = textsAt(volume.spec, 'claimRef');
      return name === undefined ? '' : `${namespace}/${name}`;
    }),
    column('StorageClass', (volume) => textAt(volume.spec, 'storageClassName')),
    AGE,
  ],
  storageclasses: [
    NAME,
    column('Provisioner', (one) => textAt(one, 'provisioner')),
    column('ReclaimPolicy', (one) => textAt(one, 'reclaimPolicy')),
    column('VolumeBindingMode', (one) => textAt(one, 'volumeBindingMode')),
    column('AllowVolumeExpansion', (one) => String(valueAt(one, 'allowVolumeExpansion') === true)),
    AGE,
  ],
  priorityclasses: [
    NAME,
    counted('Value', (one) => numberAt(one, 'value') ?? 0),
    column('Global-Default', (one) => String(valueAt(one, 'globalDefault') === true)),
    AGE,
    column('PreemptionPolicy', (one) => textAt(one, 'preemptionPolicy')),
  ],
  csinodes: [NAME, counted('Drivers', (node) => listAt(node.spec, 'drivers').length), AGE],
};

function fieldCount(object: KubeObject, field: string): number {
  return Object.keys(recordAt(object, field)).length;
}

function textOrNumber(budget: KubeObject, field: string): string {
  return textAt(budget.spec, field) || (numberAt(budget.spec, field)?.toString() ?? 'N/A');
}

function lastSeen(event: KubeObject): string {
  return (
    textAt(event, 'series', 'lastObservedTime') ||
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'eventTime') ||
    event.metadata.creationTimestamp
  );
}

function externalAddresses(service: KubeObject): string {
  return listAt(service.status, 'loadBalancer', 'ingress')
    .map((ingress) => textAt(ingress, 'ip') || textAt(ingress, 'hostname'))
    .join(',');
}

function ports(service: KubeObject): string {
  return listAt(service.spec, 'ports')
    .map((port) => {
      const node = numberAt(port, 'nodePort');
      const protocol = textAt(port, 'protocol') || 'TCP';
      return `${numberAt(port, 'port') ?? 0}${node === undefined ? '' : `:${node}`}/${protocol}`;
    })
    .join(',');
}
