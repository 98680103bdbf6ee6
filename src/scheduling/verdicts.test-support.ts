/** Verdicts in short, for tests. */
import assert from 'node:assert/strict';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import type { FitReason } from '../explain/reasons.ts';
import { schedulerMessage } from '../explain/text.ts';
import { checkFit, fits } from './runner.ts';
import type { Verdict } from './verdict.ts';

/** The verdict on the only node of a cluster that holds these pods. */
export function ask(pod: PodFacts, node: NodeFacts, running: readonly PodFacts[] = []): Verdict {
  const cluster = aCluster({ nodes: [node], pods: running.map((other) => ({ ...other, nodeName: node.name })) });
  const slot = cluster.slotOf(node.name) ?? -1;
  const verdict = checkFit(cluster, pod, slot);
  assert.equal(fits(cluster, pod, slot), verdict.fits, 'the quick answer is the full one');
  return verdict;
}

/** `Plugin: words` of what rejects, with `!` when no removal of pods helps; 'fits'. */
export function inShort(verdict: Verdict): string {
  if (verdict.fits) return 'fits';
  return `${verdict.plugin}${verdict.resolvable ? '' : '!'}: ${verdict.reasons.map(schedulerMessage).join(', ')}`;
}

export function reasonsOf(verdict: Verdict): readonly FitReason[] {
  return verdict.fits ? [] : verdict.reasons;
}
