/**
 * Changing a node: taints, the cordon, annotations. Read, change, write with the resourceVersion that was read; a conflict
 * means that somebody else wrote in between, and the change is made again on what they left.
 *
 * The change is described, not the result, so repeating it is harmless: that also settles a lost reply.
 *
 * Patching is asked for first: it sends what changes and nothing else. Cluster Autoscaler's roles grant `update nodes`
 * in its place, so an account that may not patch replaces the whole node, as that does.
 */
import type { Taint } from '../cluster/facts.ts';
import { sleep } from '../runtime/clock.ts';
import { failure, success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import { Backoff } from './backoff.ts';
import type { ApiObject } from './client.ts';
import { malformedReply, type KubernetesError, type KubernetesResult } from './errors.ts';
import { isRecord } from './json-reader.ts';
import type { WriteContext } from './write-context.ts';

export interface NodeChange {
  /** Each replaces a taint of the same key and effect. */
  readonly addTaints?: readonly Taint[];
  /** All taints of these keys go, whatever their effect. */
  readonly removeTaintKeys?: readonly string[];
  /** The cordon. */
  readonly unschedulable?: boolean;
  /** `null` removes the annotation. */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export type NodeWriteOutcome =
  /** Written now. */
  | { readonly kind: 'changed' }
  /** The node was so already. */
  | { readonly kind: 'unchanged' }
  /** There is no such node any more, or another one bears the name. */
  | { readonly kind: 'gone' };

/** Attempts before a conflict that keeps coming back is handed to the caller. */
const ATTEMPTS = 6;
const BACKOFF = { firstMs: 50, longestMs: 1000 };

/** Changes the node of that name, and only if it still has that uid. */
export async function changeNode(
  context: WriteContext,
  node: { readonly name: string; readonly uid: string },
  change: NodeChange,
): Promise<KubernetesResult<NodeWriteOutcome>> {
  const backoff = new Backoff(context.random, BACKOFF);
  for (let attempt = 1; ; attempt++) {
    const outcome = await attemptChange(context, node, change);
    if (outcome.ok || attempt === ATTEMPTS || !isWorthRepeating(outcome.error)) return outcome;
    await sleep(context.clock, backoff.nextDelayMs());
  }
}

async function attemptChange(
  context: WriteContext,
  node: { readonly name: string; readonly uid: string },
  change: NodeChange,
): Promise<KubernetesResult<NodeWriteOutcome>> {
  const path = resourcePath({ api: '/api/v1', resource: 'nodes', name: node.name });
  const read = await context.client.get(path);
  if (!read.ok) return read.error.kind === 'not-found' ? GONE : read;
  const metadata = read.value['metadata'];
  if (!isRecord(metadata)) return failure(malformedReply({ method: 'GET', path }, 'a node without metadata'));
  if (metadata['uid'] !== node.uid) return GONE;
  const patch = patchFor(read.value, metadata, change);
  if (patch === undefined) return success({ kind: 'unchanged' });
  const written = await write(context, path, read.value, patch);
  if (!written.ok) return written.error.kind === 'not-found' ? GONE : written;
  return success({ kind: 'changed' });
}

async function write(
  { client }: WriteContext,
  path: string,
  node: ApiObject,
  patch: NodePatch,
): Promise<KubernetesResult<ApiObject>> {
  const patched = await client.patch(path, { type: 'merge', body: patch });
  if (patched.ok || patched.error.kind !== 'forbidden') return patched;
  const updated = await client.update(path, withPatch(node, patch));
  // Of the two rights that are missing, the one of deploy/rbac.yaml is named.
  return !updated.ok && updated.error.kind === 'forbidden' ? patched : updated;
}

const GONE = success({ kind: 'gone' } as const);

function isWorthRepeating(error: KubernetesError): boolean {
  return error.kind === 'conflict' || error.kind === 'unknown-outcome';
}

interface NodePatch {
  readonly metadata: {
    readonly uid: unknown;
    readonly resourceVersion: unknown;
    readonly annotations?: Readonly<Record<string, string | null>>;
  };
  readonly spec: { readonly taints?: readonly unknown[]; readonly unschedulable?: boolean };
}

/** The merge patch that makes the change; `undefined` when there is nothing to change. */
function patchFor(node: ApiObject, metadata: ApiObject, change: NodeChange): NodePatch | undefined {
  const spec = isRecord(node['spec']) ? node['spec'] : {};
  const taints = changedTaints(spec['taints'], change);
  const cordon = change.unschedulable;
  const annotations = changedAnnotations(metadata['annotations'], change.annotations ?? {});
  const recordon = cordon !== undefined && cordon !== (spec['unschedulable'] === true);
  if (taints === undefined && annotations === undefined && !recordon) return undefined;
  return {
    metadata: {
      uid: metadata['uid'],
      resourceVersion: metadata['resourceVersion'],
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { ...(taints === undefined ? {} : { taints }), ...(recordon ? { unschedulable: cordon } : {}) },
  };
}

/** The node as the merge patch makes it. */
function withPatch(node: ApiObject, patch: NodePatch): ApiObject {
  const metadata = isRecord(node['metadata']) ? node['metadata'] : {};
  const before = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  const annotations = Object.entries({ ...before, ...patch.metadata.annotations }).filter(
    ([, value]) => value !== null,
  );
  const spec = isRecord(node['spec']) ? node['spec'] : {};
  return {
    ...node,
    metadata: { ...metadata, annotations: Object.fromEntries(annotations) },
    spec: { ...spec, ...patch.spec },
  };
}

/**
 * The new list of taints; `undefined` when it stays as it is. Taints of others are passed on as they came, fields that
 * are unknown here included.
 */
function changedTaints(current: unknown, change: NodeChange): readonly unknown[] | undefined {
  const before = Array.isArray(current) ? current.filter(isRecord) : [];
  const removed = new Set(change.removeTaintKeys);
  const added = change.addTaints ?? [];
  const isAlready = (taint: Taint): boolean =>
    before.some((old) => sameKeyAndEffect(old, taint) && (old['value'] ?? '') === taint.value);
  const missing = added.filter((taint) => !isAlready(taint));
  const kept = before.filter(
    (old) => !removed.has(String(old['key'])) && !missing.some((taint) => sameKeyAndEffect(old, taint)),
  );
  if (missing.length === 0 && kept.length === before.length) return undefined;
  return [...kept, ...missing];
}

function sameKeyAndEffect(old: ApiObject, taint: Taint): boolean {
  return old['key'] === taint.key && old['effect'] === taint.effect;
}

function changedAnnotations(
  current: unknown,
  wanted: Readonly<Record<string, string | null>>,
): Readonly<Record<string, string | null>> | undefined {
  const before = isRecord(current) ? current : {};
  const changed = Object.entries(wanted).filter(([key, value]) => (before[key] ?? null) !== value);
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
