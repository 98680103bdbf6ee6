/**
 * The messages of the service `grpcplugin.Expander`, by the field numbers of Cluster Autoscaler's published protocol.
 *
 * Of pods and nodes goes what the model keeps and a choice may hang on: names, labels, the controller, requests as one
 * container, selector, tolerations and priority; of a node labels, taints, capacity and allocatable. Images, volumes and
 * status do not: the model has dropped them long since.
 */
import type { Labels, NodeFacts, PodFacts, ResourceList, Taint, Toleration } from '../cluster/facts.ts';
import { ProtobufError, ProtobufReader } from '../kubernetes/protobuf-reader.ts';
import { ProtobufWriter } from '../kubernetes/protobuf-writer.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { CounselOption, CounselQuestion } from '../scale-up/counsel.ts';

/** BestOptionsRequest: `options = 1`, `nodeBytesMap = 3`. */
export function encodeQuestion({ options }: CounselQuestion): Buffer {
  const writer = new ProtobufWriter();
  for (const option of options) writer.message(1, (message) => writeOption(message, option));
  for (const { groupId, template } of options) {
    writer.message(3, (entry) => entry.text(1, groupId).bytes(2, encodeNode(template)));
  }
  return writer.finish();
}

/** BestOptionsResponse: the ids of its options. */
export function decodeAnswer(bytes: Uint8Array): Result<readonly string[], string> {
  const reader = new ProtobufReader(bytes);
  const ids: string[] = [];
  try {
    for (let field = reader.field(); field !== 0; field = reader.field()) {
      if (field === 1) ids.push(readOptionId(reader));
      else reader.skip();
    }
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    return failure(`its reply is no BestOptionsResponse: ${error.message}`);
  }
  return success(ids.filter((id) => id !== ''));
}

function readOptionId(reader: ProtobufReader): string {
  let id = '';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) id = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return id;
}

/** Option: `nodeGroupId = 1`, `nodeCount = 2`, `debug = 3`, `podBytes = 5`. */
function writeOption(writer: ProtobufWriter, { groupId, nodes, debug, pods }: CounselOption): void {
  writer.text(1, groupId).integer(2, nodes).text(3, debug);
  for (const pod of pods) writer.bytes(5, encodePod(pod));
}

/** core/v1 Pod. */
function encodePod(pod: PodFacts): Buffer {
  const { spec, controller } = pod;
  return new ProtobufWriter()
    .message(1, (metadata) => {
      metadata.text(1, pod.name).text(3, pod.namespace).text(5, pod.uid);
      writeMap(metadata, 11, pod.labels);
      if (controller !== undefined) {
        metadata.message(13, (owner) =>
          owner
            .text(1, controller.kind)
            .text(3, controller.name)
            .text(4, controller.uid)
            .text(5, controller.apiVersion)
            .boolean(6, true),
        );
      }
    })
    .message(2, (message) => {
      message.message(2, (container) =>
        container.text(1, 'all').message(8, (resources) => writeAmounts(resources, 2, spec.requests)),
      );
      writeMap(message, 7, spec.nodeSelector);
      message.text(19, spec.schedulerName);
      for (const toleration of spec.tolerations) {
        message.message(22, (inner) => writeToleration(inner, toleration));
      }
      message.integer(25, spec.priority);
    })
    .finish();
}

/** core/v1 Node. */
function encodeNode(node: NodeFacts): Buffer {
  return new ProtobufWriter()
    .message(1, (metadata) => {
      metadata.text(1, node.name).text(5, node.uid);
      writeMap(metadata, 11, node.labels);
    })
    .message(2, (spec) => {
      for (const taint of node.taints) spec.message(5, (inner) => writeTaint(inner, taint));
    })
    .message(3, (status) => {
      writeAmounts(status, 1, node.capacity);
      writeAmounts(status, 2, node.allocatable);
    })
    .finish();
}

function writeToleration(writer: ProtobufWriter, { key, operator, value, effect }: Toleration): void {
  writer.text(1, key).text(2, operator).text(3, value).text(4, effect);
}

function writeTaint(writer: ProtobufWriter, { key, value, effect }: Taint): void {
  writer.text(1, key).text(2, value).text(3, effect);
}

function writeMap(writer: ProtobufWriter, field: number, entries: Labels): void {
  for (const [key, value] of Object.entries(entries)) {
    writer.message(field, (entry) => entry.text(1, key).text(2, value));
  }
}

/** As quantities: `250m` of CPU, whole units of anything else. */
function writeAmounts(writer: ProtobufWriter, field: number, amounts: ResourceList): void {
  for (const [resource, amount] of Object.entries(amounts)) {
    const text = resource === 'cpu' ? `${amount}m` : String(amount);
    writer.message(field, (entry) => entry.text(1, resource).message(2, (quantity) => quantity.text(1, text)));
  }
}
