/** Light validation of new objects: names, and the fields without which the object would make no sense. */
import { isRecord, listAt, numberAt, recordAt, textAt, textsAt, valueAt } from './json.ts';
import { selectorMatches } from './label-selector.ts';
import type { NewObject, ResourceName, StatusCause } from './object.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const SUBDOMAIN_LENGTH = 253;
const LABEL_LENGTH = 63;

/** What is wrong with the object; empty when nothing is. */
export function faultsOf(resource: ResourceName, name: string, object: NewObject): readonly StatusCause[] {
  return [...nameFaults(resource, name), ...labelFaults(object), ...specFaults(resource, object)];
}

function nameFaults(resource: ResourceName, name: string): readonly StatusCause[] {
  const field = 'metadata.name';
  if (name === '') return [required(field, 'name or generateName is required')];
  const isLabel = resource === 'namespaces' || resource === 'services';
  const limit = isLabel ? LABEL_LENGTH : SUBDOMAIN_LENGTH;
  if (name.length > limit) return [invalidValue(field, name, `must be no more than ${limit} characters`)];
  if ((isLabel ? DNS_LABEL : DNS_SUBDOMAIN).test(name)) return [];
  const rule = isLabel ? 'a lowercase RFC 1123 label' : 'a lowercase RFC 1123 subdomain';
  return [
    invalidValue(
      field,
      name,
      `${rule} must consist of lower case alphanumeric characters, '-'${isLabel ? '' : " or '.'"}, and must start and end with an alphanumeric character`,
    ),
  ];
}

function labelFaults(object: NewObject): readonly StatusCause[] {
  const faults: StatusCause[] = [];
  for (const [key, value] of Object.entries(recordAt(object.metadata, 'labels'))) {
    if (!LABEL_KEY.test(key)) faults.push(invalidValue('metadata.labels', key, 'name part must be a qualified name'));
    if (typeof value !== 'string' || value.length > LABEL_LENGTH || !LABEL_VALUE.test(value)) {
      faults.push(
        invalidValue(
          'metadata.labels',
          String(value),
          'a valid label must be an empty string or consist of alphanumeric characters, - , _ or .',
        ),
      );
    }
  }
  return faults;
}

function specFaults(resource: ResourceName, object: NewObject): readonly StatusCause[] {
  switch (resource) {
    case 'pods':
      return containerFaults(object, ['spec']);
    case 'deployments':
    case 'replicasets':
    case 'statefulsets':
    case 'daemonsets':
      return [
        ...containerFaults(object, ['spec', 'template', 'spec']),
        ...selectorFaults(object),
        ...replicaFaults(object),
      ];
    case 'jobs':
      return [...containerFaults(object, ['spec', 'template', 'spec']), ...jobFaults(object)];
    case 'poddisruptionbudgets':
      return budgetFaults(object);
    case 'nodes':
      return taintFaults(object);
    case 'events':
      return eventFaults(object);
    default:
      return [];
  }
}

function containerFaults(object: NewObject, path: readonly string[]): readonly StatusCause[] {
  const field = [...path, 'containers'].join('.');
  const containers = listAt(object, ...path, 'containers');
  if (containers.length === 0) return [required(field)];
  const faults: StatusCause[] = [];
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const name = textAt(container, 'name');
    if (name === '') faults.push(required(`${field}[${index}].name`));
    else if (names.has(name)) faults.push(duplicate(`${field}[${index}].name`, name));
    names.add(name);
  }
  return faults;
}

function selectorFaults(object: NewObject): readonly StatusCause[] {
  const selector = valueAt(object, 'spec', 'selector');
  if (!isRecord(selector)) return [required('spec.selector')];
  const labels = textsAt(object, 'spec', 'template', 'metadata', 'labels');
  if (selectorMatches(selector, labels)) return [];
  return [
    invalidValue(
      'spec.template.metadata.labels',
      JSON.stringify(labels),
      '`selector` does not match template `labels`',
    ),
  ];
}

/** An event is in the namespace of what it is about; about a cluster-scoped object, in `default`. */
function eventFaults(event: NewObject): readonly StatusCause[] {
  const about = textAt(event, 'involvedObject', 'namespace');
  const { namespace = '' } = event.metadata;
  if (about === namespace || (about === '' && ['default', 'kube-system'].includes(namespace))) return [];
  return [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function taintFaults(node: NewObject): readonly StatusCause[] {
  const faults: StatusCause[] = [];
  const seen = new Set<string>();
  for (const [index, taint] of listAt(node, 'spec', 'taints').entries()) {
    // The real server says metadata where it means spec.
    const field = `metadata.taints[${index}]`;
    const key = textAt(taint, 'key');
    const effect = textAt(taint, 'effect');
    if (key === '') faults.push(required(`${field}.key`));
    else if (!LABEL_KEY.test(key)) faults.push(invalidValue(`${field}.key`, key, 'name part must be a qualified name'));
    if (effect === '') faults.push(required(`${field}.effect`));
    else if (!TAINT_EFFECTS.includes(effect)) faults.push(unsupported(`${field}.effect`, effect, TAINT_EFFECTS));
    if (seen.has(`${key}:${effect}`)) {
      faults.push({ reason: 'FieldValueDuplicate', message: 'taints must be unique by key and effect pair', field });
    }
    seen.add(`${key}:${effect}`);
  }
  return faults;
}

function replicaFaults(object: NewObject): readonly StatusCause[] {
  const replicas = numberAt(object, 'spec', 'replicas') ?? 0;
  if (Number.isSafeInteger(replicas) && replicas >= 0) return [];
  return [invalidValue('spec.replicas', String(replicas), 'must be greater than or equal to 0')];
}

function jobFaults(object: NewObject): readonly StatusCause[] {
  const field = 'spec.template.spec.restartPolicy';
  const policy = textAt(object, 'spec', 'template', 'spec', 'restartPolicy');
  if (policy === 'Never' || policy === 'OnFailure') return [];
  if (policy === '') return [required(field, 'valid values: "OnFailure", "Never"')];
  return [unsupported(field, policy, ['OnFailure', 'Never'])];
}

function budgetFaults(object: NewObject): readonly StatusCause[] {
  const both =
    valueAt(object, 'spec', 'minAvailable') !== undefined && valueAt(object, 'spec', 'maxUnavailable') !== undefined;
  return both ? [invalidValue('spec', 'object', 'minAvailable and maxUnavailable cannot be both set')] : [];
}

function required(field: string, why = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: why === '' ? 'Required value' : `Required value: ${why}`, field };
}

function unsupported(field: string, value: string, supported: readonly string[]): StatusCause {
  const list = supported.map((one) => `"${one}"`).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: "${value}": supported values: ${list}`,
    field,
  };
}

function duplicate(field: string, value: string): StatusCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: "${value}"`, field };
}

function invalidValue(field: string, value: string, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: "${value}": ${why}`, field };
}
