import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SchedulerProfile } from '../cluster/scheduler-profile.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import { readSchedulerConfig } from './scheduler-config.ts';

const HEAD = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';

/** The profile of a file with these lines after the first two. */
function read(...lines: readonly string[]): SchedulerProfile {
  const result = readSchedulerConfig('s.yaml', HEAD + lines.join('\n'));
  assert.ok(result.ok, result.ok ? '' : result.error.map(({ message }) => message).join('\n'));
  return result.value;
}

/** What is wrong with such a file, without the flag's name. */
function problems(...lines: readonly string[]): readonly string[] {
  const result = readSchedulerConfig('s.yaml', HEAD + lines.join('\n'));
  return result.ok ? [] : result.error.map(({ message }) => message.replace('--scheduler-config-file: s.yaml:', ''));
}

function skipped(...lines: readonly string[]): readonly string[] {
  return read('profiles:', '- plugins:', ...lines).skippedForNodes;
}

/** Only these plugins, by name and comma. */
function list(names: string): string {
  const enabled = names.split(', ').map((name) => `{name: ${name}}`);
  return `    multiPoint: {disabled: [{name: "*"}], enabled: [${enabled.join(', ')}]}`;
}

/** What is wrong with these arguments of PodTopologySpread. */
function spread(...args: readonly string[]): readonly string[] {
  return problems('profiles:', '- pluginConfig:', '  - name: PodTopologySpread', '    args:', ...args);
}

describe('the scheduler’s configuration', () => {
  it('without profiles is the default profile, whatever it says of the scheduler’s own process', () => {
    assert.deepEqual(read('parallelism: 16', 'leaderElection:', '  leaderElect: true'), DEFAULT_PROFILE);
  });

  it('names the scheduler that pods ask for', () => {
    assert.equal(read('profiles:', '- schedulerName: packer').schedulerName, 'packer');
  });

  it('leaves out plugins that are disabled everywhere, or at the steps that reject', () => {
    assert.deepEqual(skipped('    multiPoint:', '      disabled:', '      - name: PodTopologySpread'), [
      'PodTopologySpread',
    ]);
    assert.deepEqual(skipped('    filter: {disabled: [{name: TaintToleration}, {name: NodeUnschedulable}]}'), [
      'NodeUnschedulable',
      'TaintToleration',
    ]);
    assert.deepEqual(
      skipped(
        '    multiPoint: {disabled: [{name: InterPodAffinity}]}',
        '    preFilter: {enabled: [{name: InterPodAffinity}]}',
        '    filter: {enabled: [{name: InterPodAffinity}]}',
      ),
      [],
      'what a step enables itself is asked there',
    );
  });

  it('may disable all and list those that stay', () => {
    const kept =
      'SchedulingGates, PrioritySort, NodeAffinity, NodePorts, NodeResourcesFit, DynamicResources, DefaultBinder';
    assert.deepEqual(skipped(list(kept)).includes('TaintToleration'), true);
    assert.deepEqual(skipped(list(kept)).includes('NodeAffinity'), false);
    const turned = kept.replace('NodeAffinity, NodePorts', 'NodePorts, NodeAffinity');
    assert.deepEqual(skipped(list(turned)), skipped(list(kept)), 'in which order makes no difference');
  });

  it('is free to rank, bind and preempt as it likes', () => {
    assert.deepEqual(
      skipped('    score: {disabled: [{name: "*"}], enabled: [{name: NodeResourcesFit, weight: 9}]}'),
      [],
    );
  });

  it('adds an affinity to every pod', () => {
    const profile = read(
      'profiles:',
      '- pluginConfig:',
      '  - name: NodeAffinity',
      '    args:',
      '      addedAffinity:',
      '        requiredDuringSchedulingIgnoredDuringExecution:',
      '          nodeSelectorTerms:',
      '          - matchExpressions: [{key: tier, operator: In, values: [apps]}]',
    );
    assert.deepEqual(profile.addedAffinity, [
      { matchExpressions: [{ key: 'tier', operator: 'In', values: ['apps'] }], matchFields: [] },
    ]);
  });

  it('may have default spread constraints that are preferences, and those of the system', () => {
    assert.deepEqual(spread('      defaultingType: System'), []);
    const given = '      defaultingType: List';
    const constraint = '      defaultConstraints: [{maxSkew: 1, topologyKey: region, whenUnsatisfiable: ';
    assert.deepEqual(spread(given, `${constraint}ScheduleAnyway}]`), []);
    assert.match(
      spread(given, `${constraint}DoNotSchedule}]`)[0] ?? '',
      /^8: profiles\[0\]\.pluginConfig\[0\]\.args\.defaultConstraints\[0\]\.whenUnsatisfiable: only ScheduleAnyway/,
    );
    assert.match(spread(`${constraint}ScheduleAnyway}]`)[0] ?? '', /goes with defaultingType: List only/);
  });

  it('FR-13 KS-21 that asks for what is not simulated is refused by line and field', () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['profiles:', '- schedulerName: a', '- schedulerName: b'], /^5: profiles\[1\]: only one profile/],
      [['extenders:', '- urlPrefix: http://x'], /^4: extenders\[0\]: extenders are not simulated/],
      [['profile: []'], /^3: profile: there is no such field; did you mean profiles\?/],
      [
        ['profiles:', '- plugins: {filter: {enabled: [{name: Coscheduling}]}}'],
        /the plugin Coscheduling is not simulated/,
      ],
      [['profiles:', '- plugins: {filter: {disabled: [{name: TaintTolerations}]}}'], /did you mean TaintToleration\?/],
      [['profiles:', '- plugins: {multiPoint: {disabled: [{name: NodeResourcesFit}]}}'], /NodeResourcesFit cannot be/],
      [['profiles:', '- plugins: {multiPoint: {disabled: [{name: SchedulingGates}]}}'], /SchedulingGates cannot be/],
      [
        ['profiles:', '- plugins: {preFilter: {disabled: [{name: VolumeZone}]}}'],
        /VolumeZone cannot be asked at filter/,
      ],
      [['profiles:', '- plugins: {filter: {disabled: [{name: NodeAffinity}]}}'], /NodeAffinity at preFilter without/],
      [
        ['profiles:', '- pluginConfig: [{name: NodeResourcesFit, args: {ignoredResources: [x]}}]'],
        /ignoredResources: resources are not ignored/,
      ],
      [['profiles: 3'], /^3: profiles: expected a list/],
      [['profiles: ['], /^\d+: /],
    ];
    for (const [lines, expected] of cases) assert.match(problems(...lines)[0] ?? 'nothing is wrong', expected);
    const other = readSchedulerConfig('s.yaml', 'apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: X\n');
    assert.deepEqual(other.ok ? [] : other.error.map(({ message }) => message), [
      '--scheduler-config-file: s.yaml:1: apiVersion: expected kubescheduler.config.k8s.io/v1, not kubescheduler.config.k8s.io/v1beta3',
      '--scheduler-config-file: s.yaml:2: kind: expected KubeSchedulerConfiguration, not X',
    ]);
  });
});
