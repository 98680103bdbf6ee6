/**
 * The effective request of a pod: what the scheduler counts.
 *
 * Containers run together, sidecars (restartable init containers) with them; init containers run one after another, each
 * beside the sidecars started before it. The request is the larger of the two, per resource; amounts for the whole pod
 * replace it where given; overhead comes on top. Sums are exact and rounded up only at the end.
 *
 * A placed pod may be in the middle of a resize: then three totals are made by this rule, of what is asked, what is
 * allocated and what is in force, and the pod counts with the largest, per resource.
 */
import type { ResourceList } from '../cluster/facts.ts';
import { amountOfNano, parseNano } from '../cluster/quantity.ts';
import { MalformedObject } from './decode-result.ts';
import { inKeyOrder } from './intern.ts';
import type { ContainerShape, PlacedResourcesShape, PodSpecShape, QuantityTexts } from './pod-shape.ts';

/** Billionths of each resource's unit. */
type Amounts = Map<string, bigint>;

/** What one total is made of. */
interface Account {
  ofContainer(container: ContainerShape): QuantityTexts;
  readonly ofPod: QuantityTexts;
  /** The pod's amounts stand for those of its containers altogether. */
  readonly podAlone?: boolean;
}

export function effectiveRequests(spec: PodSpecShape, placed: PlacedResourcesShape): ResourceList {
  const largest: Amounts = new Map();
  for (const account of accountsOf(spec, placed)) raiseAll(largest, total(spec, account));
  return resourceList(largest);
}

function accountsOf(spec: PodSpecShape, placed: PlacedResourcesShape): readonly Account[] {
  const asked: Account = { ofContainer: ({ requests }) => requests, ofPod: spec.podRequests };
  if (isUntouched(placed)) return [asked];
  const statuses = new Map(placed.containers.map((status) => [status.name, status]));
  const spare = (container: ContainerShape): QuantityTexts => (placed.resizeInfeasible ? {} : container.requests);
  const ofPodAlone = said(placed.pod.allocated) && said(placed.pod.inForce);
  const allocated: Account = {
    ofContainer: (container) => firstSaid([statuses.get(container.name)?.allocated, spare(container)]),
    ofPod: firstSaid([placed.pod.allocated, spec.podRequests]),
    podAlone: ofPodAlone,
  };
  const inForce: Account = {
    ofContainer: (container) => {
      const status = statuses.get(container.name);
      return firstSaid([status?.inForce, status?.allocated, spare(container)]);
    },
    ofPod: firstSaid([placed.pod.inForce, placed.pod.allocated, spec.podRequests]),
    podAlone: ofPodAlone,
  };
  return placed.resizeInfeasible ? [allocated, inForce] : [asked, allocated, inForce];
}

function isUntouched({ containers, pod, resizeInfeasible }: PlacedResourcesShape): boolean {
  return !resizeInfeasible && containers.length === 0 && !said(pod.allocated) && !said(pod.inForce);
}

function firstSaid(candidates: readonly (QuantityTexts | undefined)[]): QuantityTexts {
  return candidates.find((texts) => texts !== undefined && said(texts)) ?? {};
}

function said(texts: QuantityTexts): boolean {
  return Object.keys(texts).length > 0;
}

function total(spec: PodSpecShape, account: Account): Amounts {
  const sum = account.podAlone === true ? amountsOf(account.ofPod) : ofContainers(spec, account);
  addAll(sum, amountsOf(spec.overhead));
  return sum;
}

function ofContainers(spec: PodSpecShape, account: Account): Amounts {
  const running: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  for (const container of spec.containers) addAll(running, requestsOf(container, account));
  for (const container of spec.initContainers) {
    const requests = requestsOf(container, account);
    if (container.restartPolicy === 'Always') {
      addAll(running, requests);
      addAll(sidecars, requests);
      raiseAll(initPeak, sidecars);
    } else {
      addAll(requests, sidecars);
      raiseAll(initPeak, requests);
    }
  }
  raiseAll(running, initPeak);
  for (const [resource, amount] of amountsOf(account.ofPod)) {
    if (isSupportedAtPodLevel(resource)) running.set(resource, amount);
  }
  return running;
}

/** Amounts of a capacity, an allocatable or a request list, in key order and without zeros. */
export function readResourceList(texts: QuantityTexts, field: string): ResourceList {
  for (const [resource, text] of Object.entries(texts)) {
    if (parseNano(text) === undefined) throw new MalformedObject(`${field}.${resource}`, `"${text}" is no quantity`);
  }
  return resourceList(amountsOf(texts));
}

function requestsOf(container: ContainerShape, account: Account): Amounts {
  return amountsOf(account.ofContainer(container));
}

function isSupportedAtPodLevel(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}

/** What cannot be read counts as nothing: the pod fits nowhere for it (pod-problems.ts). */
function amountsOf(texts: QuantityTexts): Amounts {
  return new Map(Object.entries(texts).map(([resource, text]) => [resource, parseNano(text) ?? 0n]));
}

function addAll(to: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) to.set(resource, (to.get(resource) ?? 0n) + amount);
}

function raiseAll(to: Amounts, amounts: Amounts): void {
  for (const [resource, amount] of amounts) {
    const known = to.get(resource);
    if (known === undefined || known < amount) to.set(resource, amount);
  }
}

/** A resource that is absent is 0, so zeros are left out: equal requests look equal. */
function resourceList(amounts: Amounts): ResourceList {
  const whole = [...amounts].map(([resource, nano]) => [resource, amountOfNano(resource, nano)] as const);
  return Object.freeze(Object.fromEntries(inKeyOrder(whole.filter(([, amount]) => amount > 0))));
}
