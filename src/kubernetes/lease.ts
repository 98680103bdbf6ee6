/** A Lease of coordination.k8s.io/v1: reading and writing the record that says who leads. */
import { failure, success } from '../runtime/result.ts';
import { formatMicroTimestamp } from '../runtime/timestamps.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import { malformedReply, type KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/** What the Lease says. Times are texts by other machines' clocks: compared for change, never with our own time. */
export interface LeaseRecord {
  /** Empty: released. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly transitions: number;
}

export interface HeldLease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
}

const API = '/apis/coordination.k8s.io/v1';

/** `undefined` when there is no Lease of that name. */
export async function readLease(
  client: KubernetesClient,
  lease: LeaseName,
  signal?: AbortSignal,
): Promise<KubernetesResult<HeldLease | undefined>> {
  const path = resourcePath({ api: API, resource: 'leases', ...lease });
  const reply = await client.get(path, signal);
  if (!reply.ok) return reply.error.kind === 'not-found' ? success(undefined) : reply;
  const held = parseLease(reply.value);
  return held === undefined
    ? failure(malformedReply({ method: 'GET', path }, 'a Lease without metadata'))
    : success(held);
}

/** Creates the Lease, or updates the version given: a change by anybody else in between is a `conflict`. */
export function writeLease(
  client: KubernetesClient,
  lease: LeaseName & { readonly resourceVersion: string | undefined },
  record: LeaseRecord,
  signal?: AbortSignal,
): Promise<KubernetesResult<ApiObject>> {
  const { namespace, name, resourceVersion } = lease;
  const object = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
  const collection = { api: API, resource: 'leases', namespace };
  return resourceVersion === undefined
    ? client.create(resourcePath(collection), object, signal)
    : client.update(resourcePath({ ...collection, name }), object, signal);
}

/** A time as a Lease has it. */
export function leaseTime(nowMs: number): string {
  return formatMicroTimestamp(nowMs);
}

function parseLease(object: ApiObject): HeldLease | undefined {
  const metadata = object['metadata'];
  if (!isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') return undefined;
  const spec = isRecord(object['spec']) ? object['spec'] : {};
  return {
    resourceVersion: metadata['resourceVersion'],
    record: {
      holder: textOf(spec['holderIdentity']),
      durationSeconds: numberOf(spec['leaseDurationSeconds']),
      acquireTime: textOf(spec['acquireTime']),
      renewTime: textOf(spec['renewTime']),
      transitions: numberOf(spec['leaseTransitions']),
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
