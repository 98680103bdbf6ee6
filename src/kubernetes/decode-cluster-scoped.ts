/** The small kinds of which scheduling needs a field or two, from JSON to facts: namespaces and device classes. */
import type { DecodeResult } from './decode-result.ts';
import { decodeObject } from './decode-storage.ts';
import type { Interner } from './intern.ts';

/** Decodes a parsed Namespace. */
export function decodeNamespace(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (_root, { name, uid, labels }) => ({
    kind: 'namespace',
    namespace: { name, uid, labels },
  }));
}

/** Decodes a parsed DeviceClass: of it only the extended resource that it offers. */
export function decodeDeviceClass(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid }) => ({
    kind: 'device-class',
    deviceClass: { name, uid, extendedResourceName: root.objectOrEmpty('spec').text('extendedResourceName') },
  }));
}
