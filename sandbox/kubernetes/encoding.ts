/** The three ways in which a client may want objects: whole, as rows of a table, or only their metadata. */
import { ApiError } from './object.ts';
import type { KubeObject } from './object.ts';
import type { Representation } from './media-type.ts';
import { tableOf } from './printing/table.ts';
import type { TableObject } from './printing/table.ts';
import { encodeItem, encodeObject, servedApiVersion } from './served-resources.ts';
import type { ServedResource } from './served-resources.ts';

/** Everything as JSON text. */
export interface Encoding {
  object(object: KubeObject): string;
  list(items: readonly KubeObject[], meta: object): string;
  /** The object of a watch event; calls come in the order of the events. */
  watched(object: KubeObject): string;
  bookmark(resourceVersion: string, annotations: Readonly<Record<string, string>> | undefined): string;
}

/** `query` and `nowMs` matter to tables: which form of the objects their rows carry, and ages. */
export function encodingFor(
  served: ServedResource,
  representation: Representation,
  query: URLSearchParams,
  now: () => number,
): Encoding {
  switch (representation.kind) {
    case 'object':
    case 'aggregated-discovery':
      return wholeObjects(served);
    case 'metadata':
      return onlyMetadata;
    case 'table':
      return tables(served, { version: representation.version, includeObject: includedObject(query), now });
    default:
      return representation satisfies never;
  }
}

function wholeObjects(served: ServedResource): Encoding {
  const type = { kind: served.kind.kind, apiVersion: servedApiVersion(served) };
  return {
    object: (object) => encodeObject(served, object),
    watched: (object) => encodeObject(served, object),
    list: (items, meta) =>
      `{"kind":"${type.kind}List","apiVersion":"${type.apiVersion}","metadata":${JSON.stringify(meta)},"items":[${items
        .map((item) => encodeItem(served, item))
        .join(',')}]}`,
    bookmark: (resourceVersion, annotations) =>
      JSON.stringify({ ...type, ...bookmarkOf(resourceVersion, annotations) }),
  };
}

const META_VERSION = 'meta.k8s.io/v1';
const PARTIAL = { kind: 'PartialObjectMetadata', apiVersion: META_VERSION };

const onlyMetadata: Encoding = {
  object: (object) => JSON.stringify({ ...PARTIAL, metadata: object.metadata }),
  watched: (object) => JSON.stringify({ ...PARTIAL, metadata: object.metadata }),
  list: (items, meta) =>
    JSON.stringify({
      kind: 'PartialObjectMetadataList',
      apiVersion: META_VERSION,
      metadata: meta,
      items: items.map((object) => ({ ...PARTIAL, metadata: object.metadata })),
    }),
  bookmark: (resourceVersion, annotations) =>
    JSON.stringify({ ...PARTIAL, ...bookmarkOf(resourceVersion, annotations) }),
};

interface TableOptions {
  readonly version: string;
  readonly includeObject: TableObject;
  readonly now: () => number;
}

function tables(served: ServedResource, options: TableOptions): Encoding {
  const type = { kind: 'Table', apiVersion: `meta.k8s.io/${options.version}` };
  const { resource } = served.kind;
  const table = (objects: readonly KubeObject[], meta: object): object => ({
    ...type,
    metadata: meta,
    ...tableOf(resource, objects, { nowMs: options.now(), includeObject: options.includeObject }),
  });
  const single = (object: KubeObject): object => table([object], { resourceVersion: object.metadata.resourceVersion });
  let headed = false;
  return {
    object: (object) => JSON.stringify(single(object)),
    list: (items, meta) => JSON.stringify(table(items, meta)),
    watched(object) {
      // Only the first table of a watch carries the headings.
      const row = headed ? { ...single(object), columnDefinitions: undefined } : single(object);
      headed = true;
      return JSON.stringify(row);
    },
    bookmark: (resourceVersion, annotations) =>
      JSON.stringify({ ...type, columnDefinitions: [], rows: [], ...bookmarkOf(resourceVersion, annotations) }),
  };
}

function includedObject(query: URLSearchParams): TableObject {
  const asked = query.get('includeObject') ?? 'Metadata';
  if (asked === '' || asked === 'Metadata') return 'Metadata';
  if (asked === 'None' || asked === 'Object') return asked;
  throw new ApiError(400, 'BadRequest', `unrecognized includeObject value: ${asked}`);
}

function bookmarkOf(resourceVersion: string, annotations: Readonly<Record<string, string>> | undefined): object {
  return { metadata: { resourceVersion, creationTimestamp: null, ...(annotations && { annotations }) } };
}
