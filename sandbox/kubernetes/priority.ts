/** Resolving a pod's priority class to a number, as the admission plugin Priority does. */
import { forbidden } from './api-errors.ts';
import { numberAt, textAt, valueAt } from './json.ts';
import type { KubeObject, NewObject } from './object.ts';
import type { ResolvedPriority } from './pod-defaults.ts';
import { RESOURCE_KINDS } from './resource-kinds.ts';

/** The classes that every cluster has, also before anybody has created their objects. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

const DEFAULT_POLICY = 'PreemptLowerPriority';

/** The priority of a new pod. Throws Forbidden for a class that does not exist. */
export function priorityOf(podName: string, pod: NewObject, classes: readonly KubeObject[]): ResolvedPriority {
  const className = textAt(pod, 'spec', 'priorityClassName');
  const priority = resolvePriority(className, classes);
  if (priority === undefined) {
    throw forbidden(RESOURCE_KINDS.pods, podName, `no PriorityClass with name ${className} was found`);
  }
  // Pods made by the sandbox itself may carry a number without a class.
  const given = numberAt(pod, 'spec', 'priority');
  return className === '' && given !== undefined ? { ...priority, value: given } : priority;
}

/** '' resolves to the global default, or to 0 where there is none; an unknown name to `undefined`. */
function resolvePriority(className: string, classes: readonly KubeObject[]): ResolvedPriority | undefined {
  const found = classes.find((one) =>
    className === '' ? valueAt(one, 'globalDefault') === true : one.metadata.name === className,
  );
  if (found !== undefined) {
    return {
      className: found.metadata.name,
      value: numberAt(found, 'value') ?? 0,
      preemptionPolicy: textAt(found, 'preemptionPolicy') || DEFAULT_POLICY,
    };
  }
  const value = className === '' ? 0 : SYSTEM_CLASSES[className];
  return value === undefined ? undefined : { className, value, preemptionPolicy: DEFAULT_POLICY };
}
