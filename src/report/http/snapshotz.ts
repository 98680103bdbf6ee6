/** `/snapshotz`: what the next pass decides from, as Cluster Autoscaler gives it with `--debugging-snapshot-enabled`. */
import type { Snapshotter } from '../debugging/snapshotter.ts';
import { type Handler, json, problem } from './answer.ts';
import { NOT_LEADING } from './explanations.ts';

export function snapshotHandler(snapshotter: Snapshotter, isLeader: () => boolean): Handler {
  return async ({ path, left }) => {
    if (path !== '/snapshotz') return undefined;
    if (!isLeader()) return NOT_LEADING;
    const answer = await snapshotter.next(left);
    switch (answer.kind) {
      case 'taken':
        return json(answer.document);
      case 'failed':
        return json(answer.document, 500);
      case 'busy':
        return problem(429, 'another snapshot is being taken; ask again in a moment');
      case 'none':
        return problem(503, 'no pass was made while this waited; ask again');
      default:
        return answer satisfies never;
    }
  };
}
