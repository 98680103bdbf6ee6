/** The columns of nodes. */
import { listAt, textAt, valueAt } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { AGE, NAME, column, orNone, wide } from './column.ts';
import type { Column } from './column.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const OLD_ROLE_LABEL = 'kubernetes.io/role';

export const nodeColumns: readonly Column[] = [
  NAME,
  column('Status', nodeStatus),
  column('Roles', nodeRoles),
  AGE,
  column('Version', (node) => textAt(node.status, 'nodeInfo', 'kubeletVersion')),
  wide('Internal-IP', (node) => orNone(address(node, 'InternalIP'))),
  wide('External-IP', (node) => orNone(address(node, 'ExternalIP'))),
  wide('OS-Image', (node) => fact(node, 'osImage')),
  wide('Kernel-Version', (node) => fact(node, 'kernelVersion')),
  wide('Container-Runtime', (node) => fact(node, 'containerRuntimeVersion')),
];

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node.status, 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  const word = ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return valueAt(node.spec, 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(node: KubeObject): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(ROLE_PREFIX)) return [label.slice(ROLE_PREFIX.length)];
    return label === OLD_ROLE_LABEL ? [value] : [];
  });
  return orNone([...new Set(roles)].toSorted((left, right) => (left < right ? -1 : 1)).join(','));
}

function address(node: KubeObject, type: string): string {
  return textAt(
    listAt(node.status, 'addresses').find((one) => textAt(one, 'type') === type),
    'address',
  );
}

function fact(node: KubeObject, field: string): string {
  return textAt(node.status, 'nodeInfo', field) || '<unknown>';
}
