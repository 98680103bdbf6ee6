/**
 * Which kinds are served under which group and version. One kind, events, is served twice, with some fields under
 * other names: it is stored in its core form and translated at the door.
 */
import type { JsonObject, KubeObject } from './object.ts';
import { ALL_KINDS, RESOURCE_KINDS } from './resource-kinds.ts';
import type { ResourceKind } from './resource-kinds.ts';

export interface ServedResource {
  readonly kind: ResourceKind;
  readonly group: string;
  readonly version: string;
  /** Where the served form differs from the stored one. */
  readonly translation?: Translation;
}

interface Translation {
  readonly toServed: (stored: KubeObject) => KubeObject;
  readonly toStored: (served: JsonObject) => JsonObject;
}

/** Names in events.k8s.io/v1, and what core/v1 calls the same fields. */
const EVENT_FIELDS: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const CORE_EVENT_FIELDS = Object.fromEntries(Object.entries(EVENT_FIELDS).map(([served, stored]) => [stored, served]));

function renamed(object: Readonly<JsonObject>, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [names[field] ?? field, value]));
}

const EVENTS_GROUP = 'events.k8s.io';

const eventTranslation: Translation = {
  toServed: ({ apiVersion: _apiVersion, kind, metadata, ...fields }) => ({
    apiVersion: `${EVENTS_GROUP}/v1`,
    kind,
    metadata,
    ...renamed(fields, CORE_EVENT_FIELDS),
  }),
  toStored: (served) => renamed(served, EVENT_FIELDS),
};

export const SERVED_RESOURCES: readonly ServedResource[] = [
  ...ALL_KINDS.map((kind) => ({ kind, group: kind.group, version: kind.version })),
  { kind: RESOURCE_KINDS.events, group: EVENTS_GROUP, version: 'v1', translation: eventTranslation },
];

export function findServed(group: string, version: string, resource: string): ServedResource | undefined {
  return SERVED_RESOURCES.find(
    (served) => served.group === group && served.version === version && served.kind.resource === resource,
  );
}

export function servedApiVersion(served: ServedResource): string {
  return served.group === '' ? served.version : `${served.group}/${served.version}`;
}

/** The object in its served form as JSON, without `apiVersion` and `kind`, and without the opening brace. */
function encodedFields(served: ServedResource, object: KubeObject): string {
  if (served.translation !== undefined) {
    const { apiVersion: _apiVersion, kind: _kind, ...fields } = served.translation.toServed(object);
    return JSON.stringify(fields).slice(1);
  }
  let encoded = ENCODED.get(object);
  if (encoded === undefined) {
    const { apiVersion: _apiVersion, kind: _kind, ...fields } = object;
    encoded = JSON.stringify(fields).slice(1);
    ENCODED.set(object, encoded);
  }
  return encoded;
}

/** Each version of an object is encoded once, however many clients list or watch it. */
const ENCODED = new WeakMap<KubeObject, string>();

/** The object as it stands alone or in a watch event. */
export function encodeObject(served: ServedResource, object: KubeObject): string {
  return `{"kind":"${served.kind.kind}","apiVersion":"${servedApiVersion(served)}",${encodedFields(served, object)}`;
}

/** The object as an item of a list, where the real server leaves out `kind` and `apiVersion`. */
export function encodeItem(served: ServedResource, object: KubeObject): string {
  return `{${encodedFields(served, object)}`;
}

/** The stored form of what a client sent. */
export function storedForm(served: ServedResource, body: JsonObject): JsonObject {
  return served.translation?.toStored(body) ?? body;
}
