/**
 * The file of `--scheduler-config-file`: a KubeSchedulerConfiguration with one profile, as kube-scheduler itself is given
 * it. What changes a verdict is taken over; what only ranks nodes or tunes the scheduler's own process changes nothing;
 * anything else is a mistake that names its line and field.
 */
import type { NodeSelectorTerm, SelectorRequirement } from '../cluster/facts.ts';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import type { OptionError } from './problem.ts';
import { PLUGINS, readPlugins, unknownPlugin } from './scheduler-plugins.ts';
import { type Field, readYaml } from './yaml-field.ts';

const API_VERSION = 'kubescheduler.config.k8s.io/v1';
const KIND = 'KubeSchedulerConfiguration';
const OF_ITS_PROCESS = [
  'parallelism',
  'leaderElection',
  'clientConnection',
  'enableProfiling',
  'enableContentionProfiling',
  'percentageOfNodesToScore',
  'podInitialBackoffSeconds',
  'podMaxBackoffSeconds',
  'delayCacheUntilActive',
] as const;
const OPERATORS: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

type AddedAffinity = SchedulerProfile['addedAffinity'];

/** `path` is for messages. */
export function readSchedulerConfig(path: string, text: string): Result<SchedulerProfile, readonly OptionError[]> {
  const { root, problems } = readYaml(path, text);
  const profile = problems.length === 0 ? readConfiguration(root) : DEFAULT_PROFILE;
  if (problems.length === 0) return success(profile);
  return failure(
    problems.map((problem): OptionError => ({
      kind: 'bad-file',
      flag: 'scheduler-config-file',
      message: `--scheduler-config-file: ${problem}`,
    })),
  );
}

function readConfiguration(root: Field): SchedulerProfile {
  const fields = root.fields(['apiVersion', 'kind', 'profiles', 'extenders', ...OF_ITS_PROCESS]);
  expectText(fields.apiVersion ?? root, fields.apiVersion?.text(), API_VERSION);
  expectText(fields.kind ?? root, fields.kind?.text(), KIND);
  for (const extender of fields.extenders?.items() ?? []) extender.problem('extenders are not simulated');
  const [profile, second] = fields.profiles?.items() ?? [];
  second?.problem('only one profile is simulated; keep the one that the pods name');
  return profile === undefined ? DEFAULT_PROFILE : readProfile(profile);
}

function expectText(at: Field, text: string | undefined, expected: string): void {
  if (text !== expected) at.problem(`expected ${expected}${text === undefined ? '' : `, not ${text}`}`);
}

function readProfile(profile: Field): SchedulerProfile {
  const fields = profile.fields(['schedulerName', 'plugins', 'pluginConfig', 'percentageOfNodesToScore']);
  const schedulerName = fields.schedulerName?.text() ?? '';
  const skipped = fields.plugins === undefined ? {} : readPlugins(fields.plugins);
  const added = (fields.pluginConfig?.items() ?? []).map(readPluginConfig);
  const addedAffinity = added.findLast((terms) => terms !== undefined);
  return { ...DEFAULT_PROFILE, ...(schedulerName === '' ? {} : { schedulerName }), ...skipped, addedAffinity };
}

/** Only NodeAffinity's arguments change a verdict; the others are checked. */
function readPluginConfig(entry: Field): AddedAffinity {
  const { name, args } = entry.fields(['name', 'args']);
  const plugin = name?.text();
  if (name === undefined || plugin === undefined) entry.problem('needs a name');
  else if (!PLUGINS.includes(plugin)) unknownPlugin(name, plugin);
  if (args === undefined) return undefined;
  switch (plugin) {
    case 'NodeAffinity':
      return readAddedAffinity(args);
    case 'PodTopologySpread':
      readSpreadArgs(args);
      return undefined;
    case 'NodeResourcesFit':
      readResourcesArgs(args);
      return undefined;
    default:
      // The others' arguments are about ranking, preempting and waiting.
      return undefined;
  }
}

function readAddedAffinity(args: Field): AddedAffinity {
  const { addedAffinity } = args.fields(['apiVersion', 'kind', 'addedAffinity']);
  const required = addedAffinity?.fields([
    'requiredDuringSchedulingIgnoredDuringExecution',
    'preferredDuringSchedulingIgnoredDuringExecution',
  ]).requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return undefined;
  const { nodeSelectorTerms } = required.fields(['nodeSelectorTerms']);
  const terms = nodeSelectorTerms?.items() ?? [];
  if (terms.length === 0) required.problem('needs at least one of nodeSelectorTerms');
  return terms.map(readTerm);
}

function readTerm(term: Field): NodeSelectorTerm {
  const { matchExpressions, matchFields } = term.fields(['matchExpressions', 'matchFields']);
  return {
    matchExpressions: (matchExpressions?.items() ?? []).map(readRequirement),
    matchFields: (matchFields?.items() ?? []).map(readRequirement),
  };
}

function readRequirement(requirement: Field): SelectorRequirement {
  const fields = requirement.fields(['key', 'operator', 'values']);
  const operator = fields.operator?.text() ?? '';
  if (fields.key === undefined) requirement.problem('needs a key');
  if (!OPERATORS.includes(operator)) {
    (fields.operator ?? requirement).problem(`needs an operator, one of ${OPERATORS.join(', ')}`);
  }
  return { key: fields.key?.text() ?? '', operator, values: fields.values?.texts() ?? [] };
}

/**
 * Default constraints that are only preferences, and the scheduler's own (`System`), reject no pod. A hard one counts
 * pods by the selectors of Services and controllers, which are not observed.
 */
function readSpreadArgs(args: Field): void {
  const { defaultingType, defaultConstraints } = args.fields([
    'apiVersion',
    'kind',
    'defaultConstraints',
    'defaultingType',
  ]);
  const type = defaultingType?.text() ?? 'System';
  if (type !== 'List' && type !== 'System') defaultingType?.problem('expected List or System');
  const constraints = defaultConstraints?.items() ?? [];
  if (type === 'System' && constraints.length > 0) {
    defaultConstraints?.problem('goes with defaultingType: List only');
  }
  for (const constraint of constraints) {
    const { whenUnsatisfiable } = constraint.fields(['maxSkew', 'topologyKey', 'whenUnsatisfiable']);
    if (whenUnsatisfiable?.text() === 'ScheduleAnyway') continue;
    (whenUnsatisfiable ?? constraint).problem(
      'only ScheduleAnyway is simulated as a default; give the pods that need it a DoNotSchedule constraint of their own',
    );
  }
}

function readResourcesArgs(args: Field): void {
  const { ignoredResources, ignoredResourceGroups } = args.fields([
    'apiVersion',
    'kind',
    'ignoredResources',
    'ignoredResourceGroups',
    'scoringStrategy',
  ]);
  for (const ignored of [ignoredResources, ignoredResourceGroups]) {
    if (ignored !== undefined && ignored.items().length > 0) ignored.problem('resources are not ignored here');
  }
}
