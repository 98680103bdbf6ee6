/**
 * The form of a decision as it is published: by `/decisions`, in the decision log, by `decisions -o=json`.
 * docs/decision.schema.json is made from it.
 */
import * as z from 'zod';

const count = z.int().min(0);
const dollarsPerHour = z.number();
const milliseconds = z.number().describe('since 1970');
const place = z.int().min(0).describe('a place in `reasons`');
const podName = z.string().describe('namespace/name');

const reason = z
  .looseObject({ code: z.string().describe('as in docs/reasons.md') })
  .describe('a reason of docs/reasons.md, with its amounts and names');

const counts = z.strictObject({
  registered: count,
  ready: count,
  notStarted: count,
  suspended: count,
  unready: count,
  resourceUnready: count,
  beingDeleted: count,
  longUnregistered: count,
  unregistered: count,
});

const group = z.strictObject({
  id: z.string(),
  name: z.string(),
  minSize: count,
  maxSize: count,
  targetSize: count,
  registered: count,
  ready: count,
  upcoming: count,
  nodes: counts,
  shape: z
    .strictObject({
      instanceType: z.string(),
      milliCpu: count,
      memoryBytes: count,
      gpuResource: z.string(),
      gpuType: z.string(),
    })
    .optional(),
  pricePerHour: dollarsPerHour.optional().describe('of one node'),
  blocked: place.optional().describe('why it does not grow at all'),
});

const takenBy = z.array(z.strictObject({ group: z.string(), pods: count }));

const pods = z.strictObject({
  example: podName,
  count,
  owner: z.string().describe('Kind namespace/name of the controller; empty: none'),
  outcome: z.enum(['helped', 'partly-helped', 'waits', 'cannot-be-helped']),
  byGroup: takenBy.optional().describe('how many of them the new nodes of each pool take'),
  waiting: count.optional(),
  reason: place.optional(),
  onNodes: z.array(z.strictObject({ reason: place, nodes: count })).optional(),
  against: z.array(z.strictObject({ reason: place, groups: z.array(z.string()) })).describe('which pools do not help'),
});

const node = z.strictObject({
  node: z.string(),
  group: z.string(),
  utilization: z.number().optional(),
  outcome: z.enum(['stays', 'unneeded', 'removed', 'being-removed']),
  sinceMs: milliseconds.optional(),
  reason: place.optional(),
  action: z.int().min(0).optional().describe('a place in `actions`'),
  step: z.string().optional(),
});

const resized = { group: z.string(), from: count, to: count, because: z.string() };

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('resize'), ...resized, pods: count, pricePerHour: dollarsPerHour.optional() }),
  z.strictObject({ kind: z.literal('withdraw'), ...resized }),
  z.strictObject({
    kind: z.literal('remove-node'),
    node: z.string(),
    group: z.string(),
    moves: z.array(z.strictObject({ pod: podName, to: z.string() })),
    cause: z.enum(['empty', 'underutilized', 'unready']),
    because: z.string(),
    pricePerHour: dollarsPerHour.optional(),
  }),
  z.strictObject({
    kind: z.literal('delete-instances'),
    group: z.string(),
    instances: z.array(z.string()),
    because: z.string(),
  }),
]);

const outcome = z.strictObject({
  decision: z.string(),
  at: z.iso.datetime(),
  what: z.string(),
  subject: z.string().describe('the pool, node or pod'),
  afterSeconds: count,
  detail: z.string().optional(),
});

const saved = z.strictObject({ againstMaximum: z.number(), againstNoScaleDown: z.number() });

export const decisionSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string(),
  pass: z.int().min(1),
  at: z.iso.datetime(),
  triggers: z.array(z.string()),
  reasons: z.array(reason),
  groups: z.array(group),
  pods: z.array(pods),
  nodes: z.array(node).describe('those that are unneeded, removed or being removed'),
  staying: z.record(z.string(), count).describe('how many nodes stay, by the code of the reason'),
  actions: z.array(action),
  cluster: z.strictObject({
    healthy: z.boolean(),
    guard: z.enum(['unhealthy', 'no-nodes', 'no-ready-nodes', 'repairs-first']).optional(),
    nodes: counts,
    milliCpu: count,
    memoryBytes: count,
    taints: z.record(z.string(), count),
  }),
  failures: z
    .array(
      z.strictObject({ group: z.string(), groupId: z.string(), cause: z.string(), nodes: count, message: z.string() }),
    )
    .optional(),
  wrongPredictions: z
    .array(
      z.strictObject({
        pod: podName,
        podUid: z.string(),
        group: z.string(),
        node: z.string(),
        reason: reason.optional(),
        times: count,
        untilMs: milliseconds,
      }),
    )
    .optional(),
  consolidation: reason.optional(),
  dryRun: z.strictObject({ groups: z.array(z.string()), actions: z.array(action) }).optional(),
  expanderFindings: z
    .array(
      z.strictObject({
        configMap: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
        reason: z.string(),
        message: z.string(),
      }),
    )
    .optional(),
  cost: z
    .strictObject({
      pricePerHour: dollarsPerHour,
      pools: z.record(z.string(), dollarsPerHour),
      unpricedNodes: count,
      saved: saved.describe('since the start of the process'),
    })
    .optional()
    .describe('US dollars'),
  outcomes: z.array(outcome),
});
