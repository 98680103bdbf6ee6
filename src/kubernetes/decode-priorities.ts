/**
 * The ConfigMap of the expander priority, from JSON to facts. One that cannot be read is a fact too: it exists, and
 * people are told what is wrong with it.
 */
import { parseDocument } from 'yaml';
import type { PrioritiesFacts, PriorityPattern, PriorityTier } from '../cluster/expander-priorities.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { DecodeResult } from './decode-result.ts';
import { decodeObject } from './decode-storage.ts';
import type { Interner } from './intern.ts';
import { re2Pattern } from './re2-pattern.ts';

/** Cluster Autoscaler's name for it. */
export const PRIORITIES_CONFIG_MAP = 'cluster-autoscaler-priority-expander';
const KEY = 'priorities';

/** Decodes a parsed ConfigMap of that name. */
export function decodePriorities(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { namespace, name, uid }) => ({
    kind: 'priorities',
    priorities: { namespace, name, uid, read: readPriorities(root.objectOrEmpty('data').text(KEY)) },
  }));
}

/** A YAML map of whole numbers to lists of regular expressions. */
export function readPriorities(text: string): PrioritiesFacts['read'] {
  const tiers = tiersOf(text);
  return tiers.ok
    ? { kind: 'priorities', priorities: { tiers: tiers.value.toSorted((a, b) => b.priority - a.priority) } }
    : { kind: 'unreadable', problem: tiers.error };
}

function tiersOf(text: string): Result<readonly PriorityTier[], string> {
  if (text.trim() === '') return failure(`the key "${KEY}" is missing or empty`);
  const document = parseDocument(text, { prettyErrors: false });
  const [mistake] = document.errors;
  if (mistake !== undefined) return failure(`not YAML: ${mistake.message}`);
  const content: unknown = document.toJS({ mapAsMap: true });
  if (!(content instanceof Map)) return failure('expected a map of priorities to lists of regular expressions');
  const tiers: PriorityTier[] = [];
  for (const [priority, names] of content as ReadonlyMap<unknown, unknown>) {
    if (typeof priority !== 'number' || !Number.isSafeInteger(priority)) {
      return failure(`${String(priority)} is no priority; expected a whole number`);
    }
    const patterns = patternsOf(priority, names);
    if (!patterns.ok) return patterns;
    tiers.push({ priority, patterns: patterns.value });
  }
  return success(tiers);
}

function patternsOf(priority: number, names: unknown): Result<readonly PriorityPattern[], string> {
  if (names === null) return success([]);
  if (!Array.isArray(names)) return failure(`${priority}: expected a list of regular expressions`);
  const patterns: PriorityPattern[] = [];
  for (const name of names as readonly unknown[]) {
    if (typeof name !== 'string' && typeof name !== 'number') return failure(`${priority}: expected texts in the list`);
    const text = String(name);
    const pattern = priorityPattern(text);
    if (!pattern.ok) return failure(`${priority}: ${text} is no regular expression: ${pattern.error}`);
    patterns.push(pattern.value);
  }
  return success(patterns);
}

export function priorityPattern(text: string): Result<PriorityPattern, string> {
  const pattern = re2Pattern(text);
  if (!pattern.ok) return pattern;
  const { value } = pattern;
  return success({ text, matches: (groupName) => value.test(groupName) });
}
