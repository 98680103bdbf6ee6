/** The extended resources that device classes offer: pods that request one may get devices for it. */
import type { ClusterEvent, DeviceClassFacts } from './facts.ts';

/** Every class offers itself under this prefix, whether it names a resource or not. */
const IMPLICIT_PREFIX = 'deviceclass.resource.kubernetes.io/';

export class DeviceClasses {
  readonly #byName = new Map<string, DeviceClassFacts>();
  /** How many classes name each resource. */
  readonly #offers = new Map<string, number>();

  apply(event: Extract<ClusterEvent, { kind: 'device-class' | 'device-class-gone' }>): void {
    if (event.kind === 'device-class') {
      this.#drop(event.deviceClass.name);
      this.#byName.set(event.deviceClass.name, event.deviceClass);
      this.#count(event.deviceClass.extendedResourceName, 1);
    } else if (this.#byName.get(event.name)?.uid === event.uid) this.#drop(event.name);
  }

  /** Whether a device may stand for one of this extended resource. */
  offers(resource: string): boolean {
    return resource.startsWith(IMPLICIT_PREFIX) || this.#offers.has(resource);
  }

  values(): IterableIterator<DeviceClassFacts> {
    return this.#byName.values();
  }

  #drop(name: string): void {
    const known = this.#byName.get(name);
    if (known === undefined) return;
    this.#byName.delete(name);
    this.#count(known.extendedResourceName, -1);
  }

  #count(resource: string, sign: 1 | -1): void {
    if (resource === '') return;
    const count = (this.#offers.get(resource) ?? 0) + sign;
    if (count === 0) this.#offers.delete(resource);
    else this.#offers.set(resource, count);
  }
}
