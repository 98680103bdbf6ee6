/**
 * What a new VKE cluster runs in kube-system: the DaemonSets calico-node, csi-vultr-node and konnectivity-agent (kube-proxy is
 * no pod there), and the Deployments coredns and calico-kube-controllers.
 *
 * VKE's own requests are not published. Assumed are upstream's: calico-node 250m, coredns 100m and 70Mi; the others ask
 * for nothing. All daemons tolerate every taint, so they are on a node before anything else can be.
 */
import type { NewObject } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { Quantities, Toleration } from './shapes.ts';

const NAMESPACE = 'kube-system';
const EVERY_TAINT: readonly Toleration[] = [{ operator: 'Exists' }];
const CRITICAL_ADDON: readonly Toleration[] = [
  { key: 'CriticalAddonsOnly', operator: 'Exists' },
  { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
];

interface Addon {
  readonly name: string;
  readonly image: string;
  readonly requests?: Quantities;
}

/** Creates the add-ons that are missing. */
export function installVkeAddons(store: ObjectStore): void {
  const classes = [
    priorityClass('system-cluster-critical', 2_000_000_000),
    priorityClass('system-node-critical', 2_000_001_000),
  ];
  for (const one of classes) createMissing(store, 'priorityclasses', one);
  for (const one of [
    daemonSet({ name: 'calico-node', image: 'docker.io/calico/node', requests: { cpu: '250m' } }),
    daemonSet({ name: 'csi-vultr-node', image: 'docker.io/vultr/vultr-csi' }),
    daemonSet({ name: 'konnectivity-agent', image: 'registry.k8s.io/kas-network-proxy/proxy-agent' }),
  ]) {
    createMissing(store, 'daemonsets', one);
  }
  const dns = { name: 'coredns', image: 'registry.k8s.io/coredns/coredns', requests: { cpu: '100m', memory: '70Mi' } };
  createMissing(store, 'deployments', deployment(dns, 2));
  createMissing(
    store,
    'deployments',
    deployment({ name: 'calico-kube-controllers', image: 'docker.io/calico/kube-controllers' }, 1),
  );
}

function createMissing(
  store: ObjectStore,
  resource: 'priorityclasses' | 'daemonsets' | 'deployments',
  object: NewObject & { readonly metadata: { readonly name: string } },
): void {
  const namespace = resource === 'priorityclasses' ? '' : NAMESPACE;
  if (store.find(resource, namespace, object.metadata.name) === undefined) store.create(resource, object);
}

function priorityClass(name: string, value: number): NewObject & { metadata: { name: string } } {
  return { metadata: { name }, value, globalDefault: false, description: 'Used for system critical pods.' };
}

function daemonSet(addon: Addon): NewObject & { metadata: { name: string } } {
  const labels = { 'k8s-app': addon.name };
  return {
    metadata: { name: addon.name, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          priorityClassName: 'system-node-critical',
          tolerations: EVERY_TAINT,
          containers: [container(addon)],
        },
      },
    },
  };
}

function deployment(addon: Addon, replicas: number): NewObject & { metadata: { name: string } } {
  const labels = { 'k8s-app': addon.name };
  return {
    metadata: { name: addon.name, namespace: NAMESPACE, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-cluster-critical',
          tolerations: CRITICAL_ADDON,
          containers: [container(addon)],
        },
      },
    },
  };
}

function container({ name, image, requests }: Addon): object {
  return { name, image, ...(requests !== undefined && { resources: { requests } }) };
}
