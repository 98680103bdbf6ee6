/** `/overview`, `/explain/…` and `/decisions`: the answers of the leader, as JSON. */
import { type Decisions, MOST_DECISIONS } from '../decisions.ts';
import type { Explainer } from '../explainer.ts';
import type { Answer, Handler } from './answer.ts';
import { json, notFound, problem, wordsOf } from './answer.ts';

export interface ExplanationParts {
  readonly explainer: Explainer;
  readonly decisions: Decisions;
  readonly isLeader: () => boolean;
}

const DEFAULT_DECISIONS = 20;

/** Another replica may be the leader: whoever asks through a Service asks again. */
export const NOT_LEADING = problem(503, 'this replica does not lead; ask again, or ask the one that holds the Lease', {
  reason: 'not-leading',
});
export const NO_PASS_YET = problem(503, 'no pass has been made yet; ask again in a moment', { reason: 'no-pass-yet' });

export function explanationHandler({ explainer, decisions, isLeader }: ExplanationParts): Handler {
  return ({ path, query }) => {
    if (!/^\/(overview$|explain\/|decisions(\/|$))/.test(path)) return undefined;
    const words = wordsOf(path);
    if (words === undefined) return problem(400, 'the path is not well formed');
    if (!isLeader()) return NOT_LEADING;
    if (explainer.decidedAtMs === undefined) return NO_PASS_YET;
    if (path === '/overview') return json(explainer.overview());
    const [room, ...rest] = words;
    if (room === 'explain') return explain(explainer, rest);
    if (rest.length === 0) return listed(decisions, query);
    if (rest.length === 1 && rest[0] === 'stream') return { stream: decisions };
    const [id = ''] = rest;
    const decision = rest.length === 1 ? decisions.get(id) : undefined;
    return decision === undefined ? notFound('decision', rest.join('/'), decisions.ids()) : json(decision);
  };
}

function explain(explainer: Explainer, words: readonly string[]): Answer {
  const [kind, first = '', second = ''] = words;
  switch (kind) {
    case 'pods': {
      if (words.length !== 3) return problem(400, 'ask for /explain/pods/NAMESPACE/NAME');
      const name = `${first}/${second}`;
      const answer = explainer.pod(name);
      return answer === undefined ? notFound('pod', name, explainer.podNames()) : json(answer);
    }
    case 'nodes': {
      if (words.length !== 2) return problem(400, 'ask for /explain/nodes/NAME');
      const answer = explainer.node(first);
      return answer === undefined ? notFound('node', first, explainer.nodeNames()) : json(answer);
    }
    case 'pools': {
      if (words.length !== 2) return problem(400, 'ask for /explain/pools/LABEL');
      const answer = explainer.pool(first);
      return answer === undefined ? notFound('pool', first, explainer.poolNames()) : json(answer);
    }
    default:
      return problem(404, 'there are /explain/pods/…, /explain/nodes/… and /explain/pools/…');
  }
}

function listed(decisions: Decisions, query: URLSearchParams): Answer {
  const asked = query.get('limit');
  const limit = asked === null ? DEFAULT_DECISIONS : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_DECISIONS) {
    return problem(400, `limit is a whole number from 1 to ${MOST_DECISIONS}`);
  }
  return json({ decisions: decisions.latest(limit) });
}
