/** JSON of servers as the shapes that the tests rely on; what has another shape throws, naming what it is. */
import * as z from 'zod';
import type { KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { isRecord } from '../../../sandbox/kubernetes/json.ts';

/** Object of any kind: one that has metadata. Items of lists carry no kind, which nobody here needs. */
export const kubeObject = z.custom<KubeObject>(
  (value) => isRecord(value) && isRecord(value['metadata']),
  'no object of the API',
);

export const kubeList = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(kubeObject),
});

export const watchFrame = z.object({ type: z.string(), object: kubeObject });

export function parseJson<T>(schema: z.ZodType<T>, text: string): T {
  return schema.parse(JSON.parse(text));
}
