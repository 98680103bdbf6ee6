/** metav1.Table: what `kubectl get` prints. */
import type { KubeObject, ResourceName } from '../object.ts';
import { AGE, NAME } from './column.ts';
import type { Column } from './column.ts';
import { clusterColumns } from './cluster-columns.ts';
import { nodeColumns } from './node-columns.ts';
import { podColumns } from './pod-columns.ts';
import { workloadColumns } from './workload-columns.ts';

/** Which form of its object each row carries. */
export type TableObject = 'None' | 'Metadata' | 'Object';

const COLUMNS: Readonly<Partial<Record<ResourceName, readonly Column[]>>> = {
  ...clusterColumns,
  ...workloadColumns,
  nodes: nodeColumns,
  pods: podColumns,
};

/** Kinds without columns of their own have a name and an age. */
const PLAIN: readonly Column[] = [NAME, AGE];

export function tableOf(
  resource: ResourceName,
  objects: readonly KubeObject[],
  options: { readonly nowMs: number; readonly includeObject: TableObject },
): { readonly columnDefinitions: readonly object[]; readonly rows: readonly object[] } {
  const columns = COLUMNS[resource] ?? PLAIN;
  return {
    columnDefinitions: columns.map(({ name, type, format, priority }) => ({
      name,
      type,
      format,
      description: '',
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.nowMs)),
      object: rowObject(object, options.includeObject),
    })),
  };
}

function rowObject(object: KubeObject, include: TableObject): object | null {
  switch (include) {
    case 'None':
      return null;
    case 'Metadata':
      return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
    case 'Object':
      return object;
    default:
      return include satisfies never;
  }
}
