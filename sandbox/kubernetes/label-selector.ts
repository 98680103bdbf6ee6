/**
 * Label selectors, in the two forms of the API: the text of a `labelSelector` query parameter, and the
 * metav1.LabelSelector object inside a spec.
 */
import { badRequest } from './api-errors.ts';
import { isRecord, listAt, recordAt, textAt } from './json.ts';

type LabelsOf = Readonly<Record<string, string>>;

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values: readonly string[];
}

/** `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2`. Throws BadRequest. The empty text selects everything. */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  const requirements: LabelRequirement[] = [];
  for (const part of splitOutsideParentheses(text)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) throw badRequest(`unable to parse requirement: ${JSON.stringify(part.trim())}`);
    requirements.push(requirement);
  }
  return requirements;
}

const KEY = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?';
const ABSENT = new RegExp(`^!\\s*(?<key>${KEY})$`);
const PRESENT = new RegExp(`^(?<key>${KEY})$`);
const COMPARED = new RegExp(`^(?<key>${KEY})\\s*(?<sign>==|=|!=|>|<)\\s*(?<value>[-A-Za-z0-9_.]*)$`);
const IN_SET = new RegExp(`^(?<key>${KEY})\\s+(?<sign>in|notin)\\s*\\((?<values>[^()]*)\\)$`);

const OPERATORS: Readonly<Record<string, LabelRequirement['operator']>> = {
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
  in: 'In',
  notin: 'NotIn',
};

function parseRequirement(part: string): LabelRequirement | undefined {
  const absent = ABSENT.exec(part)?.groups;
  if (absent !== undefined) return { key: absent['key'] ?? '', operator: 'DoesNotExist', values: [] };
  const present = PRESENT.exec(part)?.groups;
  if (present !== undefined) return { key: present['key'] ?? '', operator: 'Exists', values: [] };
  const found = COMPARED.exec(part)?.groups ?? IN_SET.exec(part)?.groups;
  const operator = OPERATORS[found?.['sign'] ?? ''];
  if (found === undefined || operator === undefined) return undefined;
  const values = found['values']?.split(',').map((value) => value.trim()) ?? [found['value'] ?? ''];
  return { key: found['key'] ?? '', operator, values };
}

function splitOutsideParentheses(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter === '(') depth += 1;
    else if (letter === ')') depth -= 1;
    else if (letter === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return text.trim() === '' ? [] : parts;
}

export function labelsMatch(requirements: readonly LabelRequirement[], labels: LabelsOf): boolean {
  return requirements.every(({ key, operator, values }) =>
    HOLDS[operator](Object.hasOwn(labels, key) ? labels[key] : undefined, values),
  );
}

const HOLDS: Readonly<
  Record<LabelRequirement['operator'], (value: string | undefined, values: readonly string[]) => boolean>
> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, values) => value !== undefined && Number(value) > Number(values[0]),
  Lt: (value, values) => value !== undefined && Number(value) < Number(values[0]),
};

const OBJECT_OPERATORS: readonly LabelRequirement['operator'][] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** The requirements of a metav1.LabelSelector. An operator that does not exist becomes `In ()`, which matches nothing. */
export function requirementsOf(selector: unknown): readonly LabelRequirement[] {
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(recordAt(selector, 'matchLabels'))) {
    requirements.push({ key, operator: 'In', values: [String(value)] });
  }
  for (const expression of listAt(selector, 'matchExpressions')) {
    const operator = OBJECT_OPERATORS.find((known) => known === textAt(expression, 'operator'));
    const values = operator === undefined ? [] : listAt(expression, 'values').map(String);
    requirements.push({ key: textAt(expression, 'key'), operator: operator ?? 'In', values });
  }
  return requirements;
}

/** Whether a metav1.LabelSelector matches: an absent one matches nothing, an empty one everything. */
export function selectorMatches(selector: unknown, labels: LabelsOf): boolean {
  return isRecord(selector) && labelsMatch(requirementsOf(selector), labels);
}

/** The selector as text, as a Scale's status carries it. */
export function selectorText(selector: unknown): string {
  return requirementsOf(selector)
    .map(({ key, operator, values }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      const [only] = values;
      if (operator === 'In' && only !== undefined && values.length === 1) return `${key}=${only}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
    })
    .join(',');
}
