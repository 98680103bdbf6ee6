/**
 * Trouble made for removals while they are under way: whenever a node is marked, and at each request that a removal
 * sends, something may happen that its plan did not foresee. Drawn from the world's seed.
 *
 *     pods that must stay appear on the node          somebody takes the taint off, or asks for a delay
 *     budgets are tightened                           volumes stay attached
 *     the clock jumps, watches are cut                the process is killed before or after any request, or stopped
 */
import { nodeSpec } from '../../sandbox/controllers/shapes.ts';
import type { FaultEffect } from '../../sandbox/faults.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { MINUTE_MS, SECOND_MS, type World } from './world.ts';
import { NOT_SAFE_TO_EVICT, barePod } from './workloads.ts';

const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const DELAY_DELETION = 'delay-deletion.cluster-autoscaler.kubernetes.io/simulated';
/** Of the nodes that are marked. */
const TROUBLE_CHANCE = 0.5;
/** Of the requests that a removal sends. */
const KILL_CHANCE = 0.015;
/** After the mark. */
const TROUBLE_WITHIN_MS = 40 * SECOND_MS;

/** The requests by which a removal goes from one step to the next, and what a kill there is called. */
const STEPS = [
  { name: 'at a node write', methods: ['PATCH'], path: /^\/api\/v1\/nodes\// },
  { name: 'at a last look', methods: ['GET'], path: /^\/api\/v1\/pods\?fieldSelector/ },
  { name: 'at an eviction', methods: ['POST'], path: /\/eviction$/ },
  { name: 'at a replacement', methods: ['PATCH'], path: /\/deployments\// },
] as const;

export class DrainTroubles {
  readonly #world: World;
  readonly #random: RandomStream;
  readonly #counts = new Map<string, number>();
  /** Nodes whose mark has been seen, by uid. */
  readonly #seen = new Set<string>();
  #unwatch: () => void = () => undefined;
  #made = 0;
  #over = false;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.stream('drain-troubles');
  }

  begin(): void {
    const { sandbox } = this.#world;
    this.#unwatch = sandbox.store.watch('nodes', ({ type, object }) => {
      if (type !== 'DELETED') this.#onNode(object);
    });
    for (const { name, methods, path } of STEPS) {
      sandbox.kubernetesFaults.add({ name, methods, path, probability: KILL_CHANCE, effect: () => this.#kill(name) });
    }
    const deletion = { methods: ['DELETE'] as const, path: /\/nodes\// };
    const name = 'at a deletion';
    sandbox.vultrFaults.add({ name, ...deletion, probability: 4 * KILL_CHANCE, effect: () => this.#kill(name) });
  }

  /** What has been made is taken back; the wires' faults are cleared by whoever clears them all. */
  end(): void {
    this.#over = true;
    this.#unwatch();
    for (const { metadata } of this.#world.nodes()) this.#annotate(metadata.name, undefined);
  }

  /** How often each happened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  #onNode(node: KubeObject): void {
    const marked = nodeSpec(node).taints?.some(({ key }) => key === TO_BE_DELETED) ?? false;
    const { uid } = node.metadata;
    if (!marked) this.#seen.delete(uid);
    if (!marked || this.#over || this.#seen.has(uid)) return;
    this.#seen.add(uid);
    if (this.#random.next() >= TROUBLE_CHANCE) return;
    const [name, happens] = this.#random.pick(this.#troubles);
    this.#world.clock.setTimer(this.#random.integer(0, TROUBLE_WITHIN_MS), () => {
      if (this.#over || this.#world.sandbox.store.find('nodes', '', node.metadata.name)?.metadata.uid !== uid) return;
      this.#count(name);
      happens(node.metadata.name);
    });
  }

  readonly #troubles: readonly (readonly [name: string, happens: (node: string) => void])[] = [
    ['a pod that must stay appears', (node) => this.#guard(node)],
    ['a pod that must stay appears', (node) => this.#guard(node)],
    ['a budget is tightened', () => this.#tighten()],
    ['a budget is tightened', () => this.#tighten()],
    ['somebody takes the taint off', (node) => this.#untaint(node)],
    ['somebody asks for a delay', (node) => this.#delay(node)],
    ['a volume stays attached', (node) => this.#attach(node)],
    ['the clock jumps', () => this.#world.clock.jump(this.#random.integer(-10 * MINUTE_MS, 10 * MINUTE_MS))],
    ['watches are cut', () => this.#world.sandbox.apiServer.endWatches()],
    ['killed', () => this.#world.kill()],
    ['killed', () => this.#world.kill()],
    ['stopped', () => void this.#world.current.stop()],
  ];

  /** The process dies with the request on its way, or with its answer. */
  #kill(name: string): FaultEffect {
    const isDone = this.#random.next() < 0.5;
    this.#count(`killed ${name}, ${isDone ? 'after' : 'before'} it was done`);
    this.#world.kill();
    return { kind: isDone ? 'lose-reply' : 'lose-request' };
  }

  /** Bound without asking the scheduler, as a pod with a node of its own choice is. */
  #guard(nodeName: string): void {
    this.#made += 1;
    const durationMs = this.#random.integer(30, 300) * SECOND_MS;
    const { resource, object } = barePod(`guard-${this.#made}`, {
      cpu: '10m',
      durationMs,
      annotations: NOT_SAFE_TO_EVICT,
    });
    this.#world.sandbox.store.create(resource, { ...object, spec: Object.assign({ nodeName }, object.spec) });
  }

  /** For some minutes nobody of `web` may go. */
  #tighten(): void {
    const { store } = this.#world.sandbox;
    const allow = (maxUnavailable: number) => (): void => {
      if (store.find('poddisruptionbudgets', 'default', 'web') === undefined) return;
      store.update('poddisruptionbudgets', 'default', 'web', (now) => ({
        ...now,
        spec: { ...now.spec, maxUnavailable },
      }));
    };
    allow(0)();
    this.#world.clock.setTimer(this.#random.integer(1, 6) * MINUTE_MS, allow(1));
  }

  #untaint(node: string): void {
    this.#world.sandbox.store.update('nodes', '', node, (now) => {
      const taints = (nodeSpec(now).taints ?? []).filter(({ key }) => key !== TO_BE_DELETED);
      return { ...now, spec: { ...now.spec, taints: taints.map((taint) => ({ ...taint })) } };
    });
  }

  #delay(node: string): void {
    this.#annotate(node, '');
    this.#world.clock.setTimer(this.#random.integer(5, 200) * SECOND_MS, () => this.#annotate(node, undefined));
  }

  #annotate(node: string, value: string | undefined): void {
    const { store } = this.#world.sandbox;
    const known = store.find('nodes', '', node);
    if (known === undefined || known.metadata.annotations?.[DELAY_DELETION] === value) return;
    store.update('nodes', '', node, (now) => {
      const { [DELAY_DELETION]: _old, ...annotations } = now.metadata.annotations ?? {};
      const changed = value === undefined ? annotations : { ...annotations, [DELAY_DELETION]: value };
      return { ...now, metadata: { ...now.metadata, annotations: changed } };
    });
  }

  #attach(nodeName: string): void {
    this.#made += 1;
    const { store } = this.#world.sandbox;
    const name = `attachment-${this.#made}`;
    const source = { persistentVolumeName: `volume-${this.#made}` };
    store.create('volumeattachments', {
      metadata: { name },
      spec: { attacher: 'block.csi.vultr.com', nodeName, source },
    });
    this.#world.clock.setTimer(this.#random.integer(5, 200) * SECOND_MS, () =>
      store.delete('volumeattachments', '', name),
    );
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
