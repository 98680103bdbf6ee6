/**
 * The expander grpc: whatever a service of the operator's own says, by Cluster Autoscaler's published protocol. A
 * service that fails has no say; one that names no group refuses them all, as there.
 */
import type { CounselAnswer, CounselQuestion } from './counsel.ts';
import type { Expander, ExpansionOption } from './expander.ts';
import type { ExpanderKnowledge } from './expander-knowledge.ts';

export const advised: Expander = {
  mayRefuseAll: true,
  narrow(options, knowledge) {
    const answer = answerFor(options, knowledge);
    if (answer?.kind !== 'best') return options;
    const { groupIds } = answer;
    if (groupIds.length === 0) return [];
    const named = options.filter(({ view }) => groupIds.includes(view.state.id));
    return named.length === 0 ? options : named;
  },
  words: () => 'the expander service’s choice',
};

function answerFor(options: readonly ExpansionOption[], { counsel }: ExpanderKnowledge): CounselAnswer | undefined {
  // Estimates without pods are not worth a question.
  const isReal = options.every(({ taken }) => taken !== undefined);
  return counsel === undefined || !isReal || options.length === 0 ? undefined : counsel.answerTo(questionOf(options));
}

function questionOf(options: readonly ExpansionOption[]): CounselQuestion {
  const asked = options.flatMap(({ view, nodes, taken = [] }) => {
    const template = view.template?.node;
    if (template === undefined) return [];
    const pods = taken.flatMap(({ demand, pods: count }) => demand.group.pods.slice(0, count));
    return [{ groupId: view.state.id, nodes, debug: '', pods, template }];
  });
  const key = JSON.stringify(asked.map(({ groupId, nodes, pods }) => [groupId, nodes, pods.map(({ uid }) => uid)]));
  return { key, options: asked };
}
