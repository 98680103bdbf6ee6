/** The shape of a story file, as a schema: what may be written, and how each wrong value is explained. */
import * as z from 'zod';
import { parseDuration } from '../controllers/duration.ts';
import { amountOf } from '../controllers/quantity.ts';

const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'expected a Kubernetes name: lower-case letters, digits and dashes');

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === undefined) {
    context.addIssue({ code: 'custom', message: `"${text}" is no duration; write 90s, 2m or 1h50m` });
    return z.NEVER;
  }
  return ms;
});

/** Written as a text or a number: `500m`, `0.5`, `2`, `512Mi`. */
const quantity = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = String(value);
  if (text !== '0' && amountOf('memory', text) === 0) {
    context.addIssue({ code: 'custom', message: `"${text}" is no quantity; write 500m, 2, 512Mi or 4Gi` });
    return z.NEVER;
  }
  return text;
});

const textMap = z.record(z.string(), z.string());
const taint = z.strictObject({
  key: z.string(),
  value: z.string().default(''),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});
const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Equal', 'Exists']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
});

const count = z.int().min(0);
const bound = z.union([count, z.string().regex(/^\d+%$/, 'expected a number of pods or a percentage such as 25%')]);

const podShorthand = {
  name,
  namespace: name.default('default'),
  labels: textMap.optional(),
  annotations: textMap.optional(),
  cpu: quantity.optional(),
  memory: quantity.optional(),
  gpu: count.default(0),
  nodeSelector: textMap.optional(),
  tolerations: z.array(toleration).default([]),
  priorityClassName: z.string().optional(),
  gracePeriod: duration.optional(),
};

const budget = z
  .strictObject({ minAvailable: bound.optional(), maxUnavailable: bound.optional() })
  .refine(({ minAvailable, maxUnavailable }) => (minAvailable === undefined) !== (maxUnavailable === undefined), {
    message: 'give either minAvailable or maxUnavailable',
  });

const replicated = z.strictObject({
  ...podShorthand,
  replicas: count.default(1),
  /** One replica a node at most. */
  antiAffinity: z.boolean().default(false),
  /** Evenly over the values of this label. */
  spreadOver: z.string().optional(),
  pdb: budget.optional(),
});

const job = z.strictObject({
  ...podShorthand,
  /** How many pods have to succeed. */
  count: z.int().min(1).default(1),
  /** How many run at a time; default: all. */
  parallel: z.int().min(1).optional(),
  duration,
});

const pdb = z.strictObject({
  name,
  namespace: name.default('default'),
  minAvailable: bound.optional(),
  maxUnavailable: bound.optional(),
  /** Labels of the pods that it protects. */
  selector: textMap,
});

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name, namespace: name.optional() }),
});

const WORKLOAD_KEYS = ['deployment', 'statefulSet', 'job', 'pdb', 'manifest'] as const;

const workload = z
  .strictObject({
    deployment: replicated.optional(),
    statefulSet: replicated.optional(),
    job: job.optional(),
    pdb: pdb.optional(),
    manifest: manifest.optional(),
  })
  .refine((one) => WORKLOAD_KEYS.filter((key) => one[key] !== undefined).length === 1, {
    message: `give one of ${WORKLOAD_KEYS.join(', ')}`,
  });

/** `deployment/web`, `statefulset/db`, `job/train`, `pdb/web`; in another namespace `deployment/shop/web`. */
const target = z
  .string()
  .regex(
    /^(deployment|statefulset|daemonset|job|pdb|pod)(\/[a-z0-9][-a-z0-9]*){1,2}$/,
    'expected kind/name or kind/namespace/name, such as deployment/web',
  );

const ACTION_KEYS = ['scale', 'apply', 'delete', 'job', 'stockOut', 'loseNode', 'apiOutage', 'note'] as const;

const event = z
  .strictObject({
    at: duration,
    /** What a narrator says of it. May stand alone. */
    note: z.string().optional(),
    scale: target.optional(),
    replicas: count.optional(),
    apply: workload.optional(),
    delete: target.optional(),
    job: job.optional(),
    stockOut: z
      .strictObject({
        plan: z.string(),
        region: z.string().optional(),
        for: duration,
        how: z.enum(['refuse', 'accept']).default('refuse'),
      })
      .optional(),
    loseNode: z.string().optional(),
    apiOutage: duration.optional(),
  })
  .superRefine((one, context) => {
    const given = ACTION_KEYS.filter((key) => key !== 'note' && one[key] !== undefined);
    if (given.length > 1) context.addIssue(`give one action, not ${given.join(' and ')}`);
    if (given.length === 0 && one.note === undefined) context.addIssue(`give one of ${ACTION_KEYS.join(', ')}`);
    if ((one.scale === undefined) !== (one.replicas === undefined)) context.addIssue('scale and replicas go together');
  });

const pool = z
  .strictObject({
    label: name,
    plan: z.string(),
    min: z.int().min(1, 'a VKE pool has at least 1 node').default(1),
    max: z.int().min(1),
    quantity: z.int().min(1, 'a VKE pool has at least 1 node').optional(),
    labels: textMap.default({}),
    taints: z.array(taint).default([]),
    autoScaler: z.boolean().default(true),
  })
  .refine(({ min, max }) => min <= max, { message: 'min is larger than max', path: ['max'] });

export const storySchema = z.strictObject({
  title: z.string().optional(),
  seed: z.union([z.int(), z.string()]).default(1),
  region: z.string(),
  pools: z.array(pool).min(1, 'a cluster has at least one pool'),
  workloads: z.array(workload).default([]),
  events: z.array(event).default([]),
  until: duration,
});

export const poolsSchema = storySchema.pick({ region: true, pools: true });

export type StoryFile = z.infer<typeof storySchema>;
export type WorkloadEntry = z.infer<typeof workload>;
export type ReplicatedEntry = z.infer<typeof replicated>;
export type JobEntry = z.infer<typeof job>;
