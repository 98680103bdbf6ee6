/**
 * Lets a Deployment of one replica replace its pod by its own rolling update: finding the Deployment of a ReplicaSet,
 * telling whether it would start the new pod before it ends the old one, and asking for it.
 */
import { failure, success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import type { KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';

export interface ObjectIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface DeploymentIdentity extends ObjectIdentity {
  readonly resourceVersion: string;
}

export type DeploymentLook =
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'there';
      readonly deployment: DeploymentIdentity;
      /** Why it cannot start a pod before it ends another; `undefined`: it can. */
      readonly cannotSurge: string | undefined;
      /** No update is under way, and its pod is available. */
      readonly settled: boolean;
      /** The uid of the pod that was last replaced in this way. */
      readonly replacing: string;
    };

/** On the pod template: the uid of the pod that the update replaces. */
const REPLACES_ANNOTATION = 'vke-autoscaler.io/replaces-pod';
const APPS = '/apis/apps/v1';
/** What the API server fills in. */
const DEFAULT_BOUND = '25%';

/** The Deployment that owns the ReplicaSet of that name and uid. */
export async function deploymentOf(
  client: KubernetesClient,
  replicaSet: ObjectIdentity,
): Promise<KubernetesResult<DeploymentLook>> {
  const { namespace, name, uid } = replicaSet;
  const set = await client.get(resourcePath({ api: APPS, resource: 'replicasets', namespace, name }));
  if (!set.ok) return set.error.kind === 'not-found' ? NO_REPLICA_SET : set;
  const metadata = recordIn(set.value, 'metadata');
  if (metadata['uid'] !== uid) return NO_REPLICA_SET;
  const owners = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'].filter(isRecord) : [];
  const owner = owners.find((one) => one['controller'] === true && one['kind'] === 'Deployment');
  if (owner === undefined) return NO_DEPLOYMENT;
  const path = deploymentPath({ namespace, name: textIn(owner, 'name') });
  const read = await client.get(path);
  if (!read.ok) return read.error.kind === 'not-found' ? NO_DEPLOYMENT : read;
  return recordIn(read.value, 'metadata')['uid'] === owner['uid'] ? success(lookOf(read.value)) : NO_DEPLOYMENT;
}

/** Starts the rolling update, if the Deployment is still as it was read. */
export async function replacePod(
  client: KubernetesClient,
  deployment: DeploymentIdentity,
  podUid: string,
): Promise<KubernetesResult<void>> {
  const { uid, resourceVersion } = deployment;
  const template = { metadata: { annotations: { [REPLACES_ANNOTATION]: podUid } } };
  const body = { metadata: { uid, resourceVersion }, spec: { template } };
  const written = await client.patch(deploymentPath(deployment), { type: 'merge', body });
  return written.ok ? success(undefined) : failure(written.error);
}

const NO_REPLICA_SET = success({ kind: 'none', why: 'its ReplicaSet is gone' } as const);
const NO_DEPLOYMENT = success({ kind: 'none', why: 'no Deployment keeps it' } as const);

function lookOf(deployment: ApiObject): DeploymentLook {
  const metadata = recordIn(deployment, 'metadata');
  const spec = recordIn(deployment, 'spec');
  const annotations = recordIn(recordIn(recordIn(spec, 'template'), 'metadata'), 'annotations');
  return {
    kind: 'there',
    deployment: {
      namespace: textIn(metadata, 'namespace'),
      name: textIn(metadata, 'name'),
      uid: textIn(metadata, 'uid'),
      resourceVersion: textIn(metadata, 'resourceVersion'),
    },
    cannotSurge: cannotSurge(spec),
    settled: isSettled(metadata, recordIn(deployment, 'status')),
    replacing: textIn(annotations, REPLACES_ANNOTATION),
  };
}

function cannotSurge(spec: ApiObject): string | undefined {
  const replicas = Number(spec['replicas'] ?? 1);
  if (replicas !== 1) return `its Deployment wants ${replicas} replicas, not one`;
  if (spec['paused'] === true) return 'its Deployment is paused';
  const strategy = recordIn(spec, 'strategy');
  if (strategy['type'] === 'Recreate') return 'its Deployment ends the old pod before it starts the new one';
  const { maxSurge = DEFAULT_BOUND, maxUnavailable = DEFAULT_BOUND } = recordIn(strategy, 'rollingUpdate');
  // Of one replica: any share above none is one pod more (rounded up), and only the whole is one pod fewer.
  if (shareOfOne(maxSurge) <= 0) return 'its Deployment may not have a pod more (maxSurge)';
  return shareOfOne(maxUnavailable) < 1 ? undefined : 'its Deployment may do without its pod (maxUnavailable)';
}

function shareOfOne(bound: unknown): number {
  if (typeof bound === 'number') return bound;
  const percent = typeof bound === 'string' ? /^(\d+)%$/.exec(bound)?.[1] : undefined;
  return percent === undefined ? 0 : Number(percent) / 100;
}

function isSettled(metadata: ApiObject, status: ApiObject): boolean {
  return (
    status['observedGeneration'] === metadata['generation'] &&
    status['replicas'] === 1 &&
    status['updatedReplicas'] === 1 &&
    status['availableReplicas'] === 1
  );
}

function deploymentPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return resourcePath({ api: APPS, resource: 'deployments', namespace, name });
}

function recordIn(object: ApiObject, field: string): ApiObject {
  const value = object[field];
  return isRecord(value) ? value : {};
}

function textIn(object: ApiObject, field: string): string {
  const value = object[field];
  return typeof value === 'string' ? value : '';
}
