/** Nodes on their way hold those for whom they were asked: whoever was counted in finds the place in the next pass. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anAffinityTerm, aSpread, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { EMPTY_MEMORY, resizeAccepted } from '../node-groups/memory.ts';
import type { Situation } from './plan.test-support.ts';
import { MINUTE, NOON, outcomes, planFor, resizes } from './plan.test-support.ts';

/** What is asked for, and what is asked for once that is on its way. */
function askedTwice(situation: Situation): { readonly first: readonly string[]; readonly again: readonly string[] } {
  const plan = planFor(situation);
  let memory = EMPTY_MEMORY;
  let groups = situation.groups ?? [];
  for (const { groupId, from, delta } of plan.resizes) {
    memory = resizeAccepted(memory, { groupId, delta, provisionTimeMs: MINUTE }, NOON);
    groups = groups.map((group) => (group.id === groupId ? { ...group, targetSize: from + delta } : group));
  }
  const next = planFor({ ...situation, groups, memory });
  assert.ok(outcomes(next).every((outcome) => outcome.endsWith('waits FitsUpcomingNode')));
  return { first: resizes(plan), again: resizes(next) };
}

describe('pods that count on nodes on their way', () => {
  it('are placed in the order of packing where those that keep apart went first', () => {
    // Larger first, two of the large ones share a node, and the third that keeps apart finds none.
    const pods = [
      ...podsOf('apart', 3, { cpu: 500, spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] } }),
      ...podsOf('large', 3, { cpu: 2000 }),
    ];
    assert.deepEqual(askedTwice({ pods, groups: [aGroup()] }), { first: ['pool+3'], again: [] });
  });

  it('keep their place where several groups share them', () => {
    // Nobody may be counted in on the largest node who finds it full of others in the next pass.
    const pods = [
      ...podsOf('large', 4, { cpu: 2000 }),
      ...podsOf('port', 2, { cpu: 500, spec: { hostPorts: [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 }] } }),
    ];
    const groups = [2000, 3000, 8000].map((cpu) => aGroup({ name: `of-${cpu}`, maxSize: 1, node: { cpu } }));
    const { first, again } = askedTwice({ pods, groups });
    assert.deepEqual([first.toSorted(), again], [['of-2000+1', 'of-3000+1', 'of-8000+1'], []]);
  });

  it('are placed together on the nodes of one group where some of them waited for others of them', () => {
    // Else those that wait would go on to the next group's node, and take the place of those that it is for.
    const near = [anAffinityTerm({ app: 'lead' }, { topologyKey: 'region' })];
    const hostPorts = [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 } as const];
    const pods = [
      ...podsOf('follow', 4, { cpu: 1500, spec: { requiredPodAffinity: near } }),
      ...podsOf('lead', 2, { cpu: 1500, spec: { hostPorts, nodeSelector: { pool: 'a' } } }),
      ...podsOf('tail', 3, { cpu: 500, spec: { requiredPodAffinity: near, nodeSelector: { pool: 'b' } } }),
    ];
    const groups = ['a', 'b'].map((pool) =>
      aGroup({
        name: pool,
        pricePerHour: 0.01,
        node: { cpu: pool === 'a' ? 4000 : 6000, labels: { region: 'ams', pool } },
      }),
    );
    assert.deepEqual(askedTwice({ pods, groups }), { first: ['a+3', 'b+1'], again: [] });
  });

  it('keep their place where pods that keep apart are shared by groups in three zones', () => {
    const zones = ['a', 'b', 'c'];
    const groups = zones.map((name) => aGroup({ name, node: { cpu: 10_000, labels: { zone: name } } }));
    const pods = [
      ...podsOf('apart', 20, { cpu: 500, spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] } }),
      ...podsOf('web', 60, {
        cpu: 1000,
        spec: { topologySpread: [aSpread({ app: 'web' }, { topologyKey: 'zone' })] },
      }),
      ...podsOf('plain', 30, { cpu: 700 }),
    ];
    const { first, again } = askedTwice({ pods, groups });
    assert.equal(
      first.reduce((sum, resize) => sum + Number(resize.split('+')[1]), 0),
      20,
      'as many nodes as pods that keep apart',
    );
    assert.deepEqual(again, []);
  });
});
