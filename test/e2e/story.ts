/** A story: what is done to a world, and what is then true of it. Each assertion is noted, for the report. */
import type { JsonObject, KubeObject, ResourceName } from '../../sandbox/kubernetes/object.ts';
import { podSpec } from '../../sandbox/controllers/shapes.ts';
import { collectionPath, objectPath } from './machinery/paths.ts';
import { staysTrue, waitFor } from './machinery/waiting.ts';
import type { World } from './machinery/world.ts';

export interface Story {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

const GONE_TIMEOUT_MS = 120_000;
/** The namespace's controller deletes its pods one after the other, and each takes some requests. */
const GONE_TIMEOUT_PER_POD_MS = 40;

export class Stage {
  readonly world: World;
  readonly namespace: string;
  readonly asserted: string[] = [];

  constructor(world: World, namespace: string) {
    this.world = world;
    this.namespace = namespace;
  }

  async open(): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } };
    await this.world.plane.admin.create('/api/v1/namespaces', object);
  }

  /** Everything that the story made goes, and its pods with it. */
  async close(): Promise<void> {
    await this.world.plane.admin.delete(`/api/v1/namespaces/${this.namespace}`);
    const timeoutMs = GONE_TIMEOUT_MS + GONE_TIMEOUT_PER_POD_MS * this.pods().length;
    await waitFor(`the pods of ${this.namespace} are gone`, timeoutMs, () => this.pods().length === 0);
  }

  create(resource: ResourceName, object: JsonObject): Promise<KubeObject> {
    return this.world.plane.admin.create(collectionPath(resource, this.namespace), object);
  }

  async scale(deployment: string, replicas: number): Promise<void> {
    await this.world.plane.admin.patch(objectPath('deployments', this.namespace, deployment), { spec: { replicas } });
  }

  /** As the watch has them. */
  pods(): readonly KubeObject[] {
    return this.world.store.list('pods', this.namespace);
  }

  bound(): readonly KubeObject[] {
    return this.pods().filter((pod) => podSpec(pod).nodeName !== undefined);
  }

  running(): readonly KubeObject[] {
    return this.pods().filter((pod) => pod.status?.['phase'] === 'Running');
  }

  /** The pools that the story's bound pods are on. */
  poolsUsed(): ReadonlySet<string> {
    return new Set(this.bound().map((pod) => this.poolOf(podSpec(pod).nodeName ?? '')));
  }

  poolOf(node: string): string {
    return this.world.store.find('nodes', '', node)?.metadata.labels?.['vke.vultr.com/node-pool'] ?? '';
  }

  nodesOf(pool: string): number {
    return this.world.store.list('nodes').filter(({ metadata }) => this.poolOf(metadata.name) === pool).length;
  }

  async events(reason: string): Promise<readonly KubeObject[]> {
    const { items } = await this.world.plane.admin.list(collectionPath('events', this.namespace));
    return items.filter((event) => event['reason'] === reason);
  }

  /** Asserts now. */
  check(what: string, holds: boolean, seen?: string | number): void {
    if (!holds) throw new Error(`not so: ${what}${seen === undefined ? '' : ` (${seen})`}`);
    this.asserted.push(seen === undefined ? what : `${what} (${seen})`);
  }

  /** Asserts that it becomes so in time; gives the milliseconds it took. */
  async within(what: string, timeoutMs: number, look: () => boolean | Promise<boolean>): Promise<number> {
    const startMs = performance.now();
    await waitFor(what, timeoutMs, look);
    const tookMs = Math.round(performance.now() - startMs);
    this.asserted.push(`${what} (after ${(tookMs / 1000).toFixed(1)} s)`);
    return tookMs;
  }

  /** Asserts that it stays so for that long. */
  async holds(what: string, durationMs: number, look: () => boolean | Promise<boolean>): Promise<void> {
    await staysTrue(what, durationMs, look);
    this.asserted.push(`${what} (watched for ${durationMs / 1000} s)`);
  }
}
