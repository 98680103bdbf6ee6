/** The envelope in which the API sends an object. */
import { ProtobufWriter } from '../protobuf-writer.ts';

export { ProtobufWriter } from '../protobuf-writer.ts';

export function envelope(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const unknown = new ProtobufWriter()
    .message(1, (type) => type.text(1, apiVersion).text(2, kind))
    .bytes(2, raw)
    .finish();
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown]);
}
