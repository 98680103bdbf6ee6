/** The envelopes in which the API sends an object and a page of a list. */
import { ProtobufWriter } from '../protobuf-writer.ts';

export { ProtobufWriter } from '../protobuf-writer.ts';

export function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const unknown = new ProtobufWriter()
    .message(1, (type) => type.text(1, apiVersion).text(2, kind))
    .bytes(2, raw)
    .finish();
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown]);
}

/** A page of pods; a token says that there are more. */
export function podPage(resourceVersion: string, pods: readonly Uint8Array[], token = ''): Buffer {
  const list = new ProtobufWriter().message(1, (metadata) => metadata.text(2, resourceVersion).text(3, token));
  for (const pod of pods) list.bytes(2, pod);
  return envelope('v1', 'PodList', list.finish());
}
