/**
 * What Vultr's block storage driver does in a cluster: each node tells how many volumes it takes and where it is
 * (CSINode, 11 volumes, topology `region`), and a claim whose pod was given a node gets a volume of that region.
 */
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import type { RealStore } from './real-store.ts';

export const CSI_DRIVER = 'block.csi.vultr.com';
const VOLUMES_PER_NODE = 11;
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export function startCsiStandIn(store: RealStore): { stop(): void } {
  const seen = new Set<string>();
  const once = (uid: string, act: () => void): void => {
    if (seen.has(uid)) return;
    seen.add(uid);
    act();
  };
  const unwatch = [
    store.watch('nodes', ({ type, object }) => {
      const instance = object.metadata.labels?.['vke.vultr.com/node-id'];
      if (type === 'DELETED') store.delete('csinodes', '', object.metadata.name);
      else if (instance !== undefined) once(object.metadata.uid, () => registerDriver(store, object, instance));
    }),
    store.watch('persistentvolumeclaims', ({ type, object }) => {
      if (type === 'DELETED' || object.metadata.annotations?.[SELECTED_NODE] === undefined) return;
      once(object.metadata.uid, () => provision(store, object));
    }),
  ];
  return {
    stop() {
      for (const end of unwatch) end();
    },
  };
}

function registerDriver(store: RealStore, node: KubeObject, instance: string): void {
  store.create('csinodes', {
    metadata: { name: node.metadata.name },
    spec: {
      drivers: [
        { name: CSI_DRIVER, nodeID: instance, topologyKeys: ['region'], allocatable: { count: VOLUMES_PER_NODE } },
      ],
    },
  });
}

function provision(store: RealStore, claim: KubeObject): void {
  const { name, namespace, uid } = claim.metadata;
  const node = store.find('nodes', '', claim.metadata.annotations?.[SELECTED_NODE] ?? '');
  const region = node?.metadata.labels?.['region'] ?? '';
  const volume = `pvc-${uid}`;
  store.create('persistentvolumes', {
    metadata: { name: volume, annotations: { 'pv.kubernetes.io/provisioned-by': CSI_DRIVER } },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: claim.spec?.['accessModes'],
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: claim.spec?.['storageClassName'],
      csi: { driver: CSI_DRIVER, volumeHandle: volume },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'region', operator: 'In', values: [region] }] }],
        },
      },
    },
  });
}
