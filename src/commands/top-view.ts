/** What `top` shows, read from the answers of a running autoscaler. */
import * as z from 'zod';
import { actionWords } from './action-words.ts';

const amount = z.object({ requested: z.number(), allocatable: z.number() });

const overview = z.object({
  schema: z.literal(1),
  decision: z.string(),
  decidedSecondsAgo: z.number(),
  pricePerHour: z.number(),
  pools: z.array(
    z.object({
      pool: z.string(),
      minSize: z.number(),
      maxSize: z.number(),
      targetSize: z.number(),
      ready: z.number(),
      upcoming: z.number(),
      pricePerHour: z.number().optional(),
      blocked: z.string(),
    }),
  ),
  nodes: z.array(
    z.object({
      node: z.string(),
      pool: z.string(),
      state: z.string(),
      why: z.string(),
      ageSeconds: z.number(),
      pods: z.number(),
      cpu: amount,
      memory: amount,
      pricePerHour: z.number().optional(),
    }),
  ),
  pending: z.array(z.object({ pods: z.string(), count: z.number(), state: z.string(), why: z.string() })),
});

const decisions = z.object({
  decisions: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      triggers: z.array(z.string()),
      actions: z.array(z.looseObject({ kind: z.string(), group: z.string(), because: z.string() })),
    }),
  ),
});

export type TopView = z.infer<typeof overview> & { readonly decisions: readonly DecisionLine[] };

interface DecisionLine {
  readonly id: string;
  readonly at: string;
  readonly what: string;
}

/** `undefined`: the answers are of another version. */
export function topView(overviewBody: string, decisionsBody: string): TopView | undefined {
  const seen = overview.safeParse(json(overviewBody));
  const made = decisions.safeParse(json(decisionsBody));
  if (!seen.success || !made.success) return undefined;
  return { ...seen.data, decisions: made.data.decisions.map(decisionLine) };
}

function decisionLine({ actions, at, id, triggers }: z.infer<typeof decisions>['decisions'][number]): DecisionLine {
  const done = actions.map((action) => `${actionWords(action)}: ${action.because}`).join('; ');
  return { id, at, what: done === '' ? `nothing to do (${triggers.join(', ')})` : done };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
