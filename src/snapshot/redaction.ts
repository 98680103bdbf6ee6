/**
 * Takes out of a snapshot what may be secret and decides nothing: the values of annotations that no decision reads.
 * Most of an object never comes so far: environment variables, commands, images and all other annotations are dropped when
 * it is decoded, and the API key is in none of what is decided from (I9).
 *
 * What decides stays: labels, which selectors read, and the annotations below. So a redacted snapshot decides the same.
 */
import type { ClusterEvent, ControllerFacts, Labels } from '../cluster/facts.ts';

const DECIDING_ANNOTATIONS: ReadonlySet<string> = new Set([
  'cluster-autoscaler.kubernetes.io/daemonset-pod',
  'cluster-autoscaler.kubernetes.io/pod-scale-up-delay',
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes',
  'cluster-autoscaler.kubernetes.io/scale-down-disabled',
  'controller.kubernetes.io/pod-deletion-cost',
  'kubernetes.io/config.mirror',
  'kubernetes.io/config.source',
]);

const REDACTED = '(redacted)';

/** Equal annotations stay one object, as they were. */
export class Redaction {
  readonly #known = new Map<Labels, Labels>();

  event(event: ClusterEvent): ClusterEvent {
    switch (event.kind) {
      case 'pod':
        return { kind: 'pod', pod: this.#without(event.pod) };
      case 'node':
        return { kind: 'node', node: this.#without(event.node) };
      case 'controller':
        return { kind: 'controller', controller: this.#controller(event.controller) };
      default:
        return event;
    }
  }

  #controller(controller: ControllerFacts): ControllerFacts {
    const { podTemplate } = controller;
    return podTemplate === undefined ? controller : { ...controller, podTemplate: this.#without(podTemplate) };
  }

  #without<T extends { readonly annotations: Labels }>(fact: T): T {
    const annotations = this.#redacted(fact.annotations);
    return annotations === fact.annotations ? fact : { ...fact, annotations };
  }

  #redacted(annotations: Labels): Labels {
    let redacted = this.#known.get(annotations);
    if (redacted === undefined) {
      const entries = Object.entries(annotations);
      const isHarmless = entries.every(([key]) => DECIDING_ANNOTATIONS.has(key));
      redacted = isHarmless
        ? annotations
        : Object.fromEntries(entries.map(([key, value]) => [key, DECIDING_ANNOTATIONS.has(key) ? value : REDACTED]));
      this.#known.set(annotations, redacted);
    }
    return redacted;
  }
}
