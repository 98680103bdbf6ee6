/** What the writing routes take, checked; the texts of what is wrong are Vultr's where known (`node_quantity`). */
import * as z from 'zod';
import type { Call } from './router.ts';
import { type Reply, refusal } from './reply.ts';

function positive(field: string): z.ZodNumber {
  const wrong = `\`${field}\` must be a positive integer.`;
  return z.number(wrong).int(wrong).min(1, wrong);
}

/** 0 is taken and read back as 1, as users of the real API found. */
function atLeastOne(field: string): z.ZodType<number> {
  const wrong = `\`${field}\` must be an integer of at least 0.`;
  return z
    .number(wrong)
    .int(wrong)
    .min(0, wrong)
    .transform((count) => Math.max(1, count));
}

function text(field: string): z.ZodString {
  return z.string(`\`${field}\` must be a string.`);
}

export const labelRequest = z.object({
  key: text('key').min(1, '`key` must not be empty.'),
  value: text('value'),
});

export const taintRequest = z.object({
  key: text('key').min(1, '`key` must not be empty.'),
  value: text('value').default(''),
  effect: z.enum(
    ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
    '`effect` must be one of NoSchedule, PreferNoSchedule, NoExecute.',
  ),
});

const optionalPoolFields = {
  tag: text('tag').optional(),
  auto_scaler: z.boolean('`auto_scaler` must be a boolean.').optional(),
  min_nodes: atLeastOne('min_nodes').optional(),
  max_nodes: atLeastOne('max_nodes').optional(),
  labels: z.record(z.string(), z.string(), '`labels` must be an object of strings.').optional(),
  taints: z.array(taintRequest, '`taints` must be a list.').optional(),
  user_data: text('user_data').optional(),
};

/** `label` and `plan` are not among them: they cannot be changed, and are ignored. */
export const poolPatch = z.object({ node_quantity: positive('node_quantity').optional(), ...optionalPoolFields });

export const newPool = z.object({
  node_quantity: positive('node_quantity'),
  label: text('label').min(1, '`label` must not be empty.'),
  plan: text('plan').min(1, '`plan` must not be empty.'),
  vpc_only: z.boolean('`vpc_only` must be a boolean.').optional(),
  ...optionalPoolFields,
});

export const newCluster = z.object({
  label: text('label').default(''),
  region: text('region'),
  version: text('version'),
  vpc_id: text('vpc_id').optional(),
  ha_controlplanes: z.boolean('`ha_controlplanes` must be a boolean.').default(false),
  enable_firewall: z.boolean('`enable_firewall` must be a boolean.').default(false),
  oidc: z.unknown().optional(),
  node_pools: z.array(newPool, '`node_pools` must be a list.').min(1, 'At least one node pool is required.'),
});

export const clusterUpdate = z.object({ label: text('label'), oidc: z.unknown().optional() });

export const upgradeRequest = z.object({ upgrade_version: text('upgrade_version') });

export type PoolPatch = z.infer<typeof poolPatch>;
export type NewPool = z.infer<typeof newPool>;
export type NewCluster = z.infer<typeof newCluster>;

/** Answers with the checked body, or says what is wrong with it (`status` 400, on the label and taint routes 422). */
export function withBody<T>(call: Call, schema: z.ZodType<T>, answer: (body: T) => Reply, status = 400): Reply {
  const parsed = schema.safeParse(call.body);
  if (parsed.success) return answer(parsed.data);
  return refusal(status, parsed.error.issues[0]?.message ?? 'Invalid request');
}
