/**
 * The effective request of a pod: what the scheduler counts.
 *
 * Containers run together, sidecars (restartable init containers) with them; init containers run one after another, each
 * beside the sidecars started before it. The request is the larger of the two, per resource; amounts for the whole pod
 * replace it where given; overhead comes on top. While a placed pod is resized in place, a container counts with the
 * largest of what it asks, what is allocated and what is in use.
 */
import type { ResourceList } from '../cluster/facts.ts';
import { addAmounts, parseAmount } from '../cluster/quantity.ts';
import { MalformedObject } from './decode-result.ts';
import { inKeyOrder } from './intern.ts';
import type { ContainerShape, PlacedResourcesShape, PodSpecShape, QuantityTexts } from './pod-shape.ts';

type Amounts = Map<string, number>;

export function effectiveRequests(spec: PodSpecShape, placed: PlacedResourcesShape): ResourceList {
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  for (const container of spec.containers) addAll(total, containerRequests(container, placed));
  for (const container of spec.initContainers) {
    const requests = containerRequests(container, placed);
    if (container.restartPolicy === 'Always') {
      addAll(total, requests);
      addAll(sidecars, requests);
      raiseAll(initPeak, sidecars);
    } else {
      addAll(requests, sidecars);
      raiseAll(initPeak, requests);
    }
  }
  raiseAll(total, initPeak);
  for (const [resource, amount] of podLevelRequests(spec, placed)) total.set(resource, amount);
  addAll(total, amountsOf(spec.overhead, 'spec.overhead'));
  return resourceList(total);
}

/** Amounts of a capacity, an allocatable or a request list, in key order and without zeros. */
export function readResourceList(texts: QuantityTexts, field: string): ResourceList {
  return resourceList(amountsOf(texts, field));
}

function containerRequests(container: ContainerShape, placed: PlacedResourcesShape): Amounts {
  const field = `container ${container.name}: resources.requests`;
  const inPlace = placed.containers.find((candidate) => candidate.name === container.name)?.amounts ?? [];
  const requests: Amounts =
    placed.resizeInfeasible && inPlace.length > 0 ? new Map() : amountsOf(container.requests, field);
  for (const texts of inPlace) raiseAll(requests, amountsOf(texts, `container ${container.name}: status resources`));
  return requests;
}

function podLevelRequests(spec: PodSpecShape, placed: PlacedResourcesShape): Amounts {
  const wanted = supportedAtPodLevel(amountsOf(spec.podRequests, 'spec.resources.requests'));
  if (wanted.size === 0) return wanted;
  const requests: Amounts = placed.resizeInfeasible && placed.pod.length > 0 ? new Map() : wanted;
  for (const texts of placed.pod) raiseAll(requests, supportedAtPodLevel(amountsOf(texts, 'status.resources')));
  return requests;
}

function supportedAtPodLevel(amounts: Amounts): Amounts {
  return new Map([...amounts].filter(([name]) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')));
}

function amountsOf(texts: QuantityTexts, field: string): Amounts {
  const amounts: Amounts = new Map();
  for (const [resource, text] of Object.entries(texts)) {
    const amount = parseAmount(resource, text);
    if (amount === undefined) throw new MalformedObject(`${field}.${resource}`, `"${text}" is no quantity`);
    amounts.set(resource, amount);
  }
  return amounts;
}

function addAll(to: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) to.set(resource, addAmounts(to.get(resource) ?? 0, amount));
}

function raiseAll(to: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) to.set(resource, Math.max(to.get(resource) ?? 0, amount));
}

/** A resource that is absent is 0, so zeros are left out: equal requests look equal. */
function resourceList(amounts: Amounts): ResourceList {
  return Object.freeze(Object.fromEntries(inKeyOrder([...amounts].filter(([, amount]) => amount > 0))));
}
