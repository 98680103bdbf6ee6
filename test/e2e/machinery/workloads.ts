/** The objects that the stories create, as a user would write them. */
import type { JsonObject } from '../../../sandbox/kubernetes/object.ts';
import { CSI_DRIVER } from './csi-stand-in.ts';

export interface PodTemplate {
  readonly cpu: string;
  readonly memory?: string;
  readonly spec?: JsonObject;
  readonly container?: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Never pulled: there is no kubelet that would. */
const IMAGE = 'example.invalid/app:1';

export function podSpec({ cpu, memory = '64Mi', spec = {}, container = {} }: PodTemplate): JsonObject {
  return {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'app', image: IMAGE, resources: { requests: { cpu, memory } }, ...container }],
    ...spec,
  };
}

export function deployment(name: string, replicas: number, template: PodTemplate): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...template.labels }, annotations: { ...template.annotations } },
        spec: podSpec(template),
      },
    },
  };
}

export function pod(name: string, template: PodTemplate): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: podSpec(template) };
}

export function statefulSetWithVolumes(name: string, replicas: number, template: PodTemplate): JsonObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      replicas,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(template) },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: STORAGE_CLASS,
            resources: { requests: { storage: '10Gi' } },
          },
        },
      ],
    },
  };
}

const STORAGE_CLASS = 'vultr-block-storage';

/** VKE's own. */
export const storageClass: JsonObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: STORAGE_CLASS },
  provisioner: CSI_DRIVER,
  volumeBindingMode: 'WaitForFirstConsumer',
  allowedTopologies: [{ matchLabelExpressions: [{ key: 'region', values: ['ewr'] }] }],
};

export function disruptionBudget(app: string, minAvailable: number): JsonObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: app },
    spec: { minAvailable, selector: { matchLabels: { app } } },
  };
}
