/**
 * The disruption controller: keeps the status of each PodDisruptionBudget, from which evictions are granted.
 *
 * Each budget keeps the set of pods it selects, event by event; the arithmetic is in {@link budgetOf}.
 */
import { formatTimestamp, parseTimestamp } from '../../src/runtime/timestamps.ts';
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { scaledValue } from './pod-template.ts';
import { matchesSelector } from './selectors.ts';
import {
  type Condition,
  type LabelSelector,
  controllerOf,
  isReady,
  keyOf,
  namespaceOf,
  withCondition,
  workloadSpec,
} from './shapes.ts';
import { type ControllerContext, splitKey, updateStatus } from './workload-controller.ts';
import { WorkQueue } from './work-queue.ts';

interface BudgetSpec {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly selector?: LabelSelector;
}

interface BudgetStatus {
  /** Pods whose eviction was granted, and when; until their deletion is seen, or the grant is too old. */
  readonly disruptedPods?: Readonly<Record<string, string>>;
  readonly conditions?: readonly Condition[];
}

export interface Budget {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

/** A granted eviction after which the pod still shows no sign of deletion is forgotten after so long. */
const GRANT_TIMEOUT_MS = 120_000;

/**
 * The arithmetic of a budget over pods that its selector selects. `scale` is how many pods their controllers want in
 * all; `undefined` where some pod has no controller with a scale, which leaves only a minAvailable number computable.
 */
export function budgetOf(
  spec: Pick<BudgetSpec, 'minAvailable' | 'maxUnavailable'>,
  pods: { readonly count: number; readonly healthy: number; readonly scale: number | undefined },
): Budget | undefined {
  let expectedPods: number;
  let desiredHealthy: number;
  if (spec.maxUnavailable !== undefined) {
    if (pods.scale === undefined) return undefined;
    expectedPods = pods.scale;
    desiredHealthy = Math.max(0, expectedPods - scaledValue(spec.maxUnavailable, expectedPods, Math.ceil));
  } else if (typeof spec.minAvailable === 'string') {
    if (pods.scale === undefined) return undefined;
    expectedPods = pods.scale;
    desiredHealthy = scaledValue(spec.minAvailable, expectedPods, Math.ceil);
  } else {
    expectedPods = pods.count;
    desiredHealthy = spec.minAvailable ?? 0;
  }
  const spare = pods.healthy - desiredHealthy;
  const disruptionsAllowed = expectedPods <= 0 || spare <= 0 ? 0 : spare;
  return { expectedPods, currentHealthy: pods.healthy, desiredHealthy, disruptionsAllowed };
}

export function startDisruptionController(context: ControllerContext): { stop(): void } {
  const controller = new DisruptionController(context);
  return { stop: () => controller.stop() };
}

class DisruptionController {
  readonly #context: ControllerContext;
  /** The pods of each namespace, and those that each budget selects, by key. */
  readonly #pods = new Map<string, Map<string, KubeObject>>();
  readonly #selected = new Map<string, Map<string, KubeObject>>();
  readonly #budgets = new Map<string, Map<string, KubeObject>>();
  readonly #queue: WorkQueue;
  readonly #unwatch: readonly (() => void)[];

  constructor(context: ControllerContext) {
    const { store, clock, timing } = context;
    this.#context = context;
    this.#queue = new WorkQueue({ clock, delayMs: timing.reconcileMs, reconcile: (key) => this.#reconcile(key) });
    this.#unwatch = [
      store.watch('pods', (event) => this.#onPod(event)),
      store.watch('poddisruptionbudgets', (event) => this.#onBudget(event)),
      // What the controllers want decides what a budget expects.
      ...(['deployments', 'replicasets', 'statefulsets'] as const).map((resource) =>
        store.watch(resource, (event) => {
          if (event.type !== 'MODIFIED' || event.object.metadata.generation !== event.previous.metadata.generation) {
            this.#touchNamespace(namespaceOf(event.object));
          }
        }),
      ),
    ];
  }

  stop(): void {
    for (const end of this.#unwatch) end();
    this.#queue.stop();
  }

  #touchNamespace(namespace: string): void {
    for (const key of this.#budgets.get(namespace)?.keys() ?? []) this.#queue.touch(key);
  }

  #onPod(event: StoreEvent): void {
    const { object } = event;
    const key = keyOf(object);
    const pods = mapAt(this.#pods, namespaceOf(object));
    if (event.type === 'DELETED') pods.delete(key);
    else pods.set(key, object);
    for (const [budgetKey, budget] of this.#budgets.get(namespaceOf(object)) ?? []) {
      const selected = mapAt(this.#selected, budgetKey);
      const before = selected.get(key);
      const after = event.type !== 'DELETED' && selects(budget, object) ? object : undefined;
      if (after === undefined) selected.delete(key);
      else selected.set(key, after);
      if (healthPart(before) !== healthPart(after)) this.#queue.touch(budgetKey);
    }
  }

  #onBudget(event: StoreEvent): void {
    const { object } = event;
    const key = keyOf(object);
    const budgets = mapAt(this.#budgets, namespaceOf(object));
    if (event.type === 'DELETED') {
      budgets.delete(key);
      this.#selected.delete(key);
      return;
    }
    budgets.set(key, object);
    if (event.type === 'ADDED' || event.object.metadata.generation !== event.previous.metadata.generation) {
      const pods = [...mapAt(this.#pods, namespaceOf(object))].filter(([, pod]) => selects(object, pod));
      this.#selected.set(key, new Map(pods));
    }
    this.#queue.touch(key);
  }

  #reconcile(key: string): void {
    const { store, clock } = this.#context;
    const budget = store.find('poddisruptionbudgets', ...splitKey(key));
    if (budget === undefined) return;
    const spec: BudgetSpec = budget.spec ?? {};
    const status: BudgetStatus = budget.status ?? {};
    const pods = [...(this.#selected.get(key)?.values() ?? [])];
    const disruptedPods = grantsLeft(status.disruptedPods ?? {}, pods, clock.now());
    const healthy = pods.filter((pod) => isHealthy(pod) && disruptedPods[pod.metadata.name] === undefined).length;
    const computed = budgetOf(spec, { count: pods.length, healthy, scale: totalScale(store, pods) });
    const lastTransitionTime = formatTimestamp(clock.now());
    const allowed = computed !== undefined && computed.disruptionsAllowed > 0;
    const reason = computed === undefined ? 'SyncFailed' : allowed ? 'SufficientPods' : 'InsufficientPods';
    updateStatus(store, 'poddisruptionbudgets', budget, {
      observedGeneration: budget.metadata.generation,
      ...(computed ?? { expectedPods: 0, currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0 }),
      disruptedPods,
      conditions: withCondition(status.conditions, {
        type: 'DisruptionAllowed',
        status: allowed ? 'True' : 'False',
        reason,
        lastTransitionTime,
      }),
    });
    const oldest = Math.min(...Object.values(disruptedPods).map((at) => parseTimestamp(at) ?? 0));
    if (Number.isFinite(oldest)) this.#queue.touchLater(key, Math.max(1, oldest + GRANT_TIMEOUT_MS - clock.now()));
  }
}

function mapAt<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function selects(budget: KubeObject, pod: KubeObject): boolean {
  const spec: BudgetSpec = budget.spec ?? {};
  return matchesSelector(spec.selector, pod.metadata.labels);
}

function isHealthy(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && isReady(pod);
}

/** What of a pod a budget counts; a text, to compare. */
function healthPart(pod: KubeObject | undefined): string {
  if (pod === undefined) return '';
  return `${pod.metadata.uid} ${pod.metadata.deletionTimestamp ?? ''} ${isReady(pod)}`;
}

/** Grants for pods that are still there, not yet being deleted, and not too old. */
function grantsLeft(
  grants: Readonly<Record<string, string>>,
  pods: readonly KubeObject[],
  nowMs: number,
): Readonly<Record<string, string>> {
  const waiting = new Set(
    pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => pod.metadata.name),
  );
  return Object.fromEntries(
    Object.entries(grants).filter(
      ([name, at]) => waiting.has(name) && nowMs < (parseTimestamp(at) ?? 0) + GRANT_TIMEOUT_MS,
    ),
  );
}

/** How many pods the controllers of these pods want in all; `undefined` when a pod has none that says. */
function totalScale(store: ObjectStore, pods: readonly KubeObject[]): number | undefined {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) return undefined;
    if (scales.has(owner.uid)) continue;
    const scaled = scaledController(store, namespaceOf(pod), owner);
    if (scaled === undefined) return undefined;
    scales.set(scaled.metadata.uid, workloadSpec(scaled).replicas ?? 1);
    // Two ReplicaSets of one Deployment are one scale.
    if (scaled.metadata.uid !== owner.uid) scales.set(owner.uid, 0);
  }
  return [...scales.values()].reduce((total, scale) => total + scale, 0);
}

const SCALED_KINDS = {
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  ReplicationController: 'replicationcontrollers',
  Deployment: 'deployments',
} as const;

/** The object whose `replicas` speaks for the pod: the Deployment above a ReplicaSet, else the controller itself. */
function scaledController(
  store: ObjectStore,
  namespace: string,
  owner: { readonly kind: string; readonly name: string; readonly uid: string },
): KubeObject | undefined {
  const resource = Object.entries(SCALED_KINDS).find(([kind]) => kind === owner.kind)?.[1];
  if (resource === undefined) return undefined;
  const controller = store.find(resource, namespace, owner.name);
  if (controller?.metadata.uid !== owner.uid) return undefined;
  const above = controllerOf(controller);
  return above?.kind === 'Deployment' ? scaledController(store, namespace, above) : controller;
}
