/** Field selectors: the few fields of each kind that the API lets a list or watch select on. */
import { badRequest } from './api-errors.ts';
import { numberAt, textAt, valueAt } from './json.ts';
import type { KubeObject, ResourceName } from './object.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  /** `!=` rather than `=`. */
  readonly negated: boolean;
}

const FIELDS: Readonly<Partial<Record<ResourceName, readonly string[]>>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  jobs: ['status.successful'],
  replicasets: ['status.replicas'],
  secrets: ['type'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** `a=b,c!=d`, with `\` before a comma, an equals sign or a backslash that belongs to a value. Throws BadRequest. */
export function parseFieldSelector(text: string, resource: ResourceName): readonly FieldRequirement[] {
  const requirements: FieldRequirement[] = [];
  for (const part of text.match(/(\\.|[^,\\])+/g) ?? []) {
    const found = /^(?<field>[^=!]+)(?<sign>!=|==|=)(?<value>.*)$/s.exec(part)?.groups;
    if (found === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    // events.k8s.io calls the object of an event by another name.
    const field = (found['field'] ?? '').replace(/^regarding\./, 'involvedObject.');
    const isMeta = field === 'metadata.name' || field === 'metadata.namespace';
    if (!isMeta && !(FIELDS[resource] ?? []).includes(field)) throw badRequest(`field label not supported: ${field}`);
    const value = (found['value'] ?? '').replaceAll(/\\(.)/gs, '$1');
    requirements.push({ field, value, negated: found['sign'] === '!=' });
  }
  return requirements;
}

export function fieldsMatch(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  return requirements.every(({ field, value, negated }) => (fieldText(object, field) === value) !== negated);
}

function fieldText(object: KubeObject, field: string): string {
  if (field === 'status.successful') return String(numberAt(object.status, 'succeeded') ?? 0);
  if (field === 'source') return textAt(object, 'source', 'component') || textAt(object, 'reportingComponent');
  const value = valueAt(object, ...field.split('.'));
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value === undefined && (field === 'spec.unschedulable' || field === 'spec.hostNetwork')) return 'false';
  return typeof value === 'string' ? value : '';
}
