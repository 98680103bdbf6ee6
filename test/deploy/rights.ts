/** What the roles of a manifest grant, right by right, and an API server that grants no more than that. */
import { AccessControl, type Verb } from '../../sandbox/kubernetes/access-control.ts';
import { ApiError } from '../../sandbox/kubernetes/object.ts';
import type { ResourceTarget } from '../../sandbox/kubernetes/request-target.ts';
import * as z from 'zod';
import type { Manifest } from './manifests.ts';

export interface Right {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  /** '' everywhere. */
  readonly namespace: string;
  /** The only objects that it is for; none: all. */
  readonly names: readonly string[];
}

const role = z.object({
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).default([]),
    }),
  ),
});

export function rightsOf(manifests: readonly Manifest[]): readonly Right[] {
  return manifests
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap((manifest) => {
      const namespace = manifest.metadata.namespace ?? '';
      return role
        .parse(manifest)
        .rules.flatMap(({ apiGroups, resources, verbs, resourceNames: names }) =>
          apiGroups.flatMap((apiGroup) =>
            resources.flatMap((resource) => verbs.map((verb) => ({ verb, apiGroup, resource, namespace, names }))),
          ),
        );
    });
}

/** Whether these rights hold all that this one does. */
export function isCovered(wanted: Right, granted: readonly Right[]): boolean {
  return granted.some(
    (right) =>
      right.verb === wanted.verb &&
      right.apiGroup === wanted.apiGroup &&
      right.resource === wanted.resource &&
      (right.namespace === '' || right.namespace === wanted.namespace) &&
      (right.names.length === 0 ||
        (wanted.names.length > 0 && wanted.names.every((name) => right.names.includes(name)))),
  );
}

/** `patch nodes`, `list deviceclasses.resource.k8s.io`, `get configmaps "vke-autoscaler-state"`. */
export function rightText({ verb, apiGroup, resource, names }: Right): string {
  const objects = names.map((name) => ` "${name}"`).join('');
  return `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${objects}`;
}

/** Refuses, as the real server does, what no role grants; and remembers what that was. */
export class GrantedRights extends AccessControl {
  readonly refused = new Set<string>();
  readonly #granted: readonly Right[];

  constructor(granted: readonly Right[]) {
    super();
    this.#granted = granted;
  }

  override check(user: string, verb: Verb, target: ResourceTarget): void {
    const { kind, group: apiGroup } = target.served;
    const resource = target.subresource === '' ? kind.resource : `${kind.resource}/${target.subresource}`;
    const { name, namespace = '' } = target;
    // The name in a create's path is that of the parent, and no list has one: a rule with names is not for them.
    const names = name === undefined ? [] : [name];
    const wanted: Right = { verb, apiGroup, resource, namespace, names };
    if (isCovered(wanted, this.#granted) || this.#isNamedList(target, wanted)) return;
    const right = rightText(wanted);
    this.refused.add(right);
    throw new ApiError(403, 'Forbidden', `${user} cannot ${right} in the namespace "${namespace}"`);
  }

  /** A list or watch of one object by its name, as of the priorities of pools, passes a rule for that name. */
  #isNamedList({ namespace }: ResourceTarget, wanted: Right): boolean {
    const isOfSome = wanted.verb === 'list' || wanted.verb === 'watch';
    return (
      isOfSome &&
      this.#granted.some(
        ({ verb, apiGroup, resource, namespace: where, names }) =>
          names.length > 0 &&
          verb === wanted.verb &&
          apiGroup === wanted.apiGroup &&
          resource === wanted.resource &&
          where === namespace,
      )
    );
  }
}
