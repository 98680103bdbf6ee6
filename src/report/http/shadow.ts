/** `/shadow`: what another autoscaler did, beside what this one would have done; only with `--shadow`. */
import type { Shadow } from '../shadow.ts';
import type { Handler } from './answer.ts';
import { json } from './answer.ts';

export function shadowHandler(shadow: Shadow): Handler {
  return ({ path }) => (path === '/shadow' ? json({ schema: 1, findings: shadow.findings }) : undefined);
}
