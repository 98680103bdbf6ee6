/** Judges whether a decision record explains every pending pod and every node, each once (I6). */
import type { DecisionRecord } from '../../src/explain/record.ts';
import type { Judged } from './resize-judge.ts';
import { type Sighting, ownerOf } from './sightings.ts';

export function judgeRecord({ sightings, stalenessMs, verdicts }: Judged, record: DecisionRecord): void {
  const broken = (what: string): void => verdicts.broken('I6', `pass ${record.pass}: ${what}`);
  const explained = Map.groupBy(record.nodes, ({ node }) => node);
  for (const [node, entries] of explained) if (entries.length > 1) broken(`node ${node} is explained twice`);
  for (const { object } of sightings.nodes.through(stalenessMs)) {
    if (!explained.has(object.metadata.name)) broken(`node ${object.metadata.name} is not explained`);
  }
  const counts = new Map<string, number>();
  for (const { owner, count } of record.pods) counts.set(owner, (counts.get(owner) ?? 0) + count);
  const least = byOwner(sightings.waitingPods.through(stalenessMs));
  const most = byOwner(sightings.waitingPods.lately(stalenessMs));
  for (const owner of new Set([...counts.keys(), ...least.keys()])) {
    // Pods of DaemonSets are not among those that wait: their nodes are chosen already.
    if (owner.startsWith('DaemonSet ')) continue;
    const told = counts.get(owner) ?? 0;
    const name = owner === '' ? 'pods without a controller' : owner;
    if (told < (least.get(owner) ?? 0)) broken(`${name}: ${least.get(owner)} pods wait, ${told} are explained`);
    if (told > (most.get(owner) ?? 0)) broken(`${name}: ${told} pods are explained, ${most.get(owner) ?? 0} wait`);
  }
}

function byOwner(pods: readonly Sighting[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { object } of pods) counts.set(ownerOf(object), (counts.get(ownerOf(object)) ?? 0) + 1);
  return counts;
}
