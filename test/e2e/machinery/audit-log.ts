/** What the API server noted of the autoscaler's requests: who asked for what, and whether it was allowed. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseJson } from './json.ts';

/** Only the autoscaler's requests, once each, when they end (a watch: also when it begins). */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    { level: 'Metadata', users: ['system:serviceaccount:kube-system:vke-autoscaler'], omitStages: ['RequestReceived'] },
    { level: 'None' },
  ],
};

export interface AuditedRequest {
  readonly verb: string;
  readonly path: string;
  /** Which replica's credential it came with. */
  readonly replica: string;
  readonly atMs: number;
  /** 0: not answered yet. */
  readonly status: number;
  readonly decision: string;
  readonly apiGroup: string;
  /** `pods/eviction` for a subresource. '' when the request is not for a resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A line of the log, as far as it is read. */
const auditLine = z.object({
  verb: z.string(),
  requestURI: z.string(),
  user: z.object({ uid: z.string().default('') }),
  requestReceivedTimestamp: z.string(),
  responseStatus: z.object({ code: z.number().default(0) }).default({ code: 0 }),
  annotations: z.record(z.string(), z.string()).default({}),
  objectRef: z
    .object({
      apiGroup: z.string().default(''),
      resource: z.string().default(''),
      subresource: z.string().default(''),
      namespace: z.string().default(''),
      name: z.string().default(''),
    })
    .optional(),
});

/** Every request, in the order in which they were noted. */
export function readAuditLog(path: string): readonly AuditedRequest[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => {
      const { objectRef, ...event } = parseJson(auditLine, line);
      const { resource = '', subresource = '' } = objectRef ?? {};
      return {
        verb: event.verb,
        path: event.requestURI,
        replica: event.user.uid,
        atMs: Date.parse(event.requestReceivedTimestamp),
        status: event.responseStatus.code,
        decision: event.annotations['authorization.k8s.io/decision'] ?? '',
        apiGroup: objectRef?.apiGroup ?? '',
        resource: subresource === '' ? resource : `${resource}/${subresource}`,
        namespace: objectRef?.namespace ?? '',
        name: objectRef?.name ?? '',
      };
    });
}
