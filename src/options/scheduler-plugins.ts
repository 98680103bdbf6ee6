/**
 * The `plugins` of a scheduler profile: which of them are asked about pods and about nodes. What is enabled at
 * `multiPoint` is enabled at every step; a step adds to that and takes away. Steps that only rank nodes or bind pods
 * may say what they like: they change no verdict. Nor does the order: filters are asked in the scheduler's own, so that of
 * several that reject another may be named than a file with another order would name.
 */
import { nearestName } from '../runtime/nearest.ts';
import type { Field } from './yaml-field.ts';

/** Those that reject nodes, in the scheduler's order. */
const FILTERS: readonly string[] = [
  'NodeUnschedulable',
  'NodeName',
  'TaintToleration',
  'NodeAffinity',
  'NodePorts',
  'NodeResourcesFit',
  'VolumeRestrictions',
  'NodeVolumeLimits',
  'VolumeBinding',
  'VolumeZone',
  'PodTopologySpread',
  'InterPodAffinity',
  'DynamicResources',
  'NodeDeclaredFeatures',
];

/** Those that do without a step before the nodes are looked at. */
const WITHOUT_PRE_FILTER: readonly string[] = ['NodeUnschedulable', 'NodeName', 'TaintToleration'];

/** What new nodes are planned by: it cannot be left out. */
const INDISPENSABLE: readonly string[] = ['NodeResourcesFit', 'NodePorts', 'DynamicResources'];

export const PLUGINS: readonly string[] = [
  ...FILTERS,
  'SchedulingGates',
  'PrioritySort',
  'DefaultPreemption',
  'NodeResourcesBalancedAllocation',
  'ImageLocality',
  'DefaultBinder',
  'GangScheduling',
];

/** What keeps a pod out of the queue. */
const PRE_ENQUEUE: readonly string[] = ['SchedulingGates', 'DynamicResources'];

const FREE_STEPS = [
  'queueSort',
  'postFilter',
  'preScore',
  'score',
  'reserve',
  'permit',
  'preBind',
  'bind',
  'postBind',
] as const;
const STEPS = ['multiPoint', 'preEnqueue', 'preFilter', 'filter', ...FREE_STEPS] as const;
const EVERY = '*';

/** What a step says. */
interface PluginSet {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

export interface SkippedPlugins {
  readonly skippedForPods: readonly string[];
  readonly skippedForNodes: readonly string[];
}

const NOTHING_SAID: PluginSet = { enabled: [], disabled: [] };

export function readPlugins(plugins: Field): SkippedPlugins {
  const fields = plugins.fields(STEPS);
  const multiPoint = readSet(fields.multiPoint);
  const preEnqueue = readSet(fields.preEnqueue);
  const preFilter = readSet(fields.preFilter);
  const filter = readSet(fields.filter);
  const base = step(PLUGINS, multiPoint);
  const queued = step(base, preEnqueue);
  const onPods = step(base, preFilter);
  const onNodes = step(base, filter);

  for (const name of PRE_ENQUEUE) {
    if (!queued.includes(name)) cannotSkip(fields.preEnqueue ?? fields.multiPoint ?? plugins, name);
  }
  for (const name of FILTERS) {
    const isOnNodes = onNodes.includes(name);
    if (INDISPENSABLE.includes(name) && (!isOnNodes || !onPods.includes(name))) {
      cannotSkip(fields.filter ?? fields.multiPoint ?? plugins, name);
    } else if (isOnNodes && !onPods.includes(name) && !WITHOUT_PRE_FILTER.includes(name)) {
      (fields.preFilter ?? plugins).problem(`${name} cannot be asked at filter without preFilter; disable both`);
    } else if (name === 'NodeAffinity' && !isOnNodes && onPods.includes(name)) {
      (fields.filter ?? plugins).problem(`${name} at preFilter without filter is not simulated; disable both`);
    }
  }
  return {
    skippedForPods: FILTERS.filter((name) => !onPods.includes(name)),
    skippedForNodes: FILTERS.filter((name) => !onNodes.includes(name)),
  };
}

function cannotSkip(at: Field, name: string): void {
  at.problem(`${name} cannot be disabled: it is always asked here`);
}

/** What is asked at a step; in which order is no matter. */
function step(base: readonly string[], { enabled, disabled }: PluginSet): readonly string[] {
  return [...without(base, disabled), ...enabled];
}

function without(names: readonly string[], excluded: readonly string[]): readonly string[] {
  return excluded.includes(EVERY) ? [] : names.filter((name) => !excluded.includes(name));
}

function readSet(set: Field | undefined): PluginSet {
  if (set === undefined) return NOTHING_SAID;
  const { enabled, disabled } = set.fields(['enabled', 'disabled']);
  return { enabled: readNames(enabled, false), disabled: readNames(disabled, true) };
}

function readNames(list: Field | undefined, mayBeEvery: boolean): readonly string[] {
  return (list?.items() ?? []).flatMap((item) => {
    const { name } = item.fields(['name', 'weight']);
    if (name === undefined) {
      item.problem('needs a name');
      return [];
    }
    const text = name.text();
    if (PLUGINS.includes(text) || (mayBeEvery && text === EVERY)) return [text];
    if (text !== '') unknownPlugin(name, text);
    return [];
  });
}

/** Says that the name, which stands at `at`, is none of kube-scheduler's own plugins. */
export function unknownPlugin(at: Field, name: string): void {
  const nearest = nearestName(name, PLUGINS);
  at.problem(`the plugin ${name} is not simulated${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
}
