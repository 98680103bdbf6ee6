/**
 * The sandbox's object store on a real API server, so that the sandbox's kubelets and cloud controller live in a real
 * cluster unchanged. Reads come from watches; writes go out in order, object by object, and are repeated on conflicts.
 *
 * 1. A write is on its way when the method returns; its effect is seen when the watch tells of it.
 * 2. An object that is gone when its turn comes is left alone, as a kubelet would.
 * 3. A server that is down is waited for: nothing is lost but time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type {
  JsonObject,
  KubeObject,
  NewObject,
  ResourceName,
  StoreEvent,
} from '../../../sandbox/kubernetes/object.ts';
import type { DeleteOptions, ObjectStore } from '../../../sandbox/kubernetes/store.ts';
import { podSpec } from '../../../sandbox/controllers/shapes.ts';
import { kubeObject } from './json.ts';
import { ApiRefusal, type KubernetesApi } from './kubernetes-api.ts';
import { COLLECTIONS, collectionPath, objectPath } from './paths.ts';

const MIRRORED = ['nodes', 'pods', 'persistentvolumeclaims'] as const;
const RETRY_MS = 200;
/** A minute: longer than any story keeps the server away. */
const ATTEMPTS = 300;

type Listener = (event: StoreEvent) => void;

interface Mirror {
  readonly objects: Map<string, KubeObject>;
  /** Created here and not yet heard of: whoever made it finds it. */
  readonly coming: Map<string, KubeObject>;
  readonly listeners: Set<Listener>;
}

export class RealStore implements ObjectStore {
  readonly #api: () => KubernetesApi;
  readonly #mirrors = new Map<ResourceName, Mirror>();
  readonly #queues = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #failures: string[] = [];

  /** `api` is asked before each request: the client changes when the server's certificate does. */
  constructor(api: () => KubernetesApi) {
    this.#api = api;
    for (const resource of MIRRORED) {
      this.#mirrors.set(resource, { objects: new Map(), coming: new Map(), listeners: new Set() });
      void this.#follow(resource);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Writes that the server refused for good: a defect of the stand-ins, told at the end of a run. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  get(resource: ResourceName, namespace: string, name: string): KubeObject {
    const found = this.find(resource, namespace, name);
    if (found === undefined) throw new Error(`${resource} ${namespace}/${name} is not mirrored`);
    return found;
  }

  find(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    const mirror = this.#mirrors.get(resource);
    return mirror?.objects.get(`${namespace}/${name}`) ?? mirror?.coming.get(`${namespace}/${name}`);
  }

  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    const objects = [...(this.#mirrors.get(resource)?.objects.values() ?? [])];
    return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
  }

  podsOnNode(nodeName: string): readonly KubeObject[] {
    return this.list('pods').filter((pod) => podSpec(pod).nodeName === nodeName);
  }

  create(resource: ResourceName, object: NewObject): KubeObject {
    const { namespace = '', name = '' } = object.metadata;
    const { apiVersion, kind } = COLLECTIONS[resource];
    const whole: JsonObject = { ...object, apiVersion, kind };
    // The server gives it the rest (uid, version) a moment later; the stand-ins read only what they wrote.
    const expected = kubeObject.parse(whole);
    this.#mirrors.get(resource)?.coming.set(`${namespace}/${name}`, expected);
    this.#enqueue(`${resource}/${namespace}/${name}`, async () => {
      try {
        await this.#api().create(collectionPath(resource, namespace), whole);
      } catch (error) {
        // It is there: made by the server itself, or by an attempt whose answer was lost.
        if (!(error instanceof ApiRefusal && error.status === 409)) throw error;
      }
    });
    return expected;
  }

  update(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
  ): KubeObject {
    const path = objectPath(resource, namespace, name);
    this.#enqueue(`${resource}/${namespace}/${name}`, async () => {
      const current = await this.#api().get(path);
      const next = change(current);
      let written = current;
      if (differs(current, next, ['metadata', 'spec'])) {
        written = await this.#api().replace(path, { ...next, status: current.status });
      }
      if (differs(current, next, ['status'])) {
        await this.#api().replace(`${path}/status`, { ...written, status: next.status });
      }
    });
    return this.get(resource, namespace, name);
  }

  delete(resource: ResourceName, namespace: string, name: string, options: DeleteOptions = {}): void {
    const { graceSeconds, uid, resourceVersion } = options;
    const preconditions = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    this.#enqueue(`${resource}/${namespace}/${name}`, async () => {
      await this.#api().delete(objectPath(resource, namespace, name), {
        ...(graceSeconds !== undefined && { gracePeriodSeconds: graceSeconds }),
        ...(Object.keys(preconditions).length > 0 && { preconditions }),
      });
    });
  }

  watch(resource: ResourceName, listener: Listener): () => void {
    const mirror = this.#mirrors.get(resource);
    if (mirror === undefined) throw new Error(`${resource} are not mirrored`);
    for (const object of mirror.objects.values()) listener({ type: 'ADDED', object });
    mirror.listeners.add(listener);
    return () => mirror.listeners.delete(listener);
  }

  bind(): void {
    throw new Error('binding is the real scheduler’s work');
  }

  /** One after the other for each object. A conflict or a server that is down means: again. */
  #enqueue(key: string, write: () => Promise<void>): void {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const mine = this.#after(before, key, write);
    this.#queues.set(key, mine);
  }

  async #after(before: Promise<void>, key: string, write: () => Promise<void>): Promise<void> {
    await before;
    await this.#persist(key, write);
  }

  async #persist(key: string, write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt++) {
      try {
        await write();
        return;
      } catch (error) {
        const refusal = error instanceof ApiRefusal ? error : undefined;
        if (refusal?.status === 404) return;
        const final = refusal !== undefined && refusal.status < 500 && ![401, 409, 429].includes(refusal.status);
        if (final || attempt === ATTEMPTS) {
          this.#failures.push(`${key}: ${error instanceof Error ? error.message : String(error)}`);
          return;
        }
        if (refusal?.status !== 409 || attempt > 3) await pause(RETRY_MS);
      }
    }
  }

  async #follow(resource: ResourceName): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const listed = await this.#api().list(collectionPath(resource, ''));
        this.#replaceAll(resource, listed.items);
        for await (const { type, object } of this.#api().watch(
          collectionPath(resource, ''),
          listed.resourceVersion,
          signal,
        )) {
          if (type === 'ERROR') break;
          if (type !== 'BOOKMARK') this.#take(resource, object, type === 'DELETED');
        }
      } catch {
        // The server is away, or has another certificate: seen again in a moment.
        await pause(RETRY_MS);
      }
    }
  }

  #replaceAll(resource: ResourceName, items: readonly KubeObject[]): void {
    const present = new Set(items.map(keyOf));
    for (const old of this.list(resource)) if (!present.has(keyOf(old))) this.#take(resource, old, true);
    for (const item of items) this.#take(resource, item, false);
  }

  #take(resource: ResourceName, object: KubeObject, gone: boolean): void {
    const mirror = this.#mirrors.get(resource);
    if (mirror === undefined) return;
    const previous = mirror.objects.get(keyOf(object));
    mirror.coming.delete(keyOf(object));
    if (gone) mirror.objects.delete(keyOf(object));
    else mirror.objects.set(keyOf(object), object);
    const event: StoreEvent = gone
      ? { type: 'DELETED', object }
      : previous === undefined
        ? { type: 'ADDED', object }
        : { type: 'MODIFIED', object, previous };
    for (const listener of mirror.listeners) listener(event);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function differs(before: KubeObject, after: KubeObject, fields: readonly ('metadata' | 'spec' | 'status')[]): boolean {
  return fields.some((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}
