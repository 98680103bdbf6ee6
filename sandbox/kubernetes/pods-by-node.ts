/** Which pods are bound to which node: so that a node's pods are found without looking at all pods. */
import type { Change } from './change-history.ts';
import { textAt } from './json.ts';
import type { KubeObject } from './object.ts';
import { keyOf } from './object-table.ts';

export class PodsByNode {
  readonly #nodes = new Map<string, Map<string, KubeObject>>();

  apply(change: Change): void {
    const key = keyOf(change.object);
    const node = textAt(change.object.spec, 'nodeName');
    const nodeBefore = textAt(change.previous?.spec, 'nodeName');
    if (nodeBefore !== '' && (nodeBefore !== node || change.type === 'DELETED')) this.#remove(nodeBefore, key);
    if (node !== '' && change.type !== 'DELETED') this.#put(node, key, change.object);
  }

  on(nodeName: string): readonly KubeObject[] {
    return [...(this.#nodes.get(nodeName)?.values() ?? [])];
  }

  #put(node: string, key: string, pod: KubeObject): void {
    let pods = this.#nodes.get(node);
    if (pods === undefined) {
      pods = new Map();
      this.#nodes.set(node, pods);
    }
    pods.set(key, pod);
  }

  #remove(node: string, key: string): void {
    const pods = this.#nodes.get(node);
    pods?.delete(key);
    if (pods?.size === 0) this.#nodes.delete(node);
  }
}
