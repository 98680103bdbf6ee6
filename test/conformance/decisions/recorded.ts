/** Decisions recorded from Cluster Autoscaler: the format of a case, one JSON object a line, gzipped. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

export interface RecordedGroup {
  readonly id: string;
  readonly min: number;
  readonly max: number;
  readonly target: number;
  /** A Node as it would be when just started; absent: the provider has none to offer. */
  readonly template?: { readonly metadata?: object };
  readonly instances: readonly RecordedInstance[];
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** The provider refuses every increase. */
  readonly increaseFails?: boolean;
  readonly pricePerHour?: number;
}

interface RecordedInstance {
  readonly id: string;
  readonly node?: string;
  readonly state: string;
  readonly errorClass?: 'OutOfResource' | 'Other';
}

/** How the world changed since the start of the pass before, effects of the autoscaler's own actions included. */
export interface Changes {
  readonly nodesRemoved?: readonly string[];
  readonly nodesSet?: readonly KubernetesObject[];
  readonly podsRemoved?: readonly string[];
  readonly podsSet?: readonly KubernetesObject[];
  readonly groups?: Readonly<Record<string, Pick<RecordedGroup, 'target' | 'instances'>>>;
}

export interface KubernetesObject {
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface RecordedPass {
  /** Seconds since the start of the process. */
  readonly now: number;
  readonly before?: Changes;
  readonly scaleUpResult: string;
  readonly scaleUps: readonly { readonly group: string; readonly delta: number }[];
  readonly failedScaleUps?: readonly { readonly group: string; readonly delta: number }[];
  readonly podsTriggeredScaleUp: Readonly<Record<string, number>>;
  readonly noScaleUp: readonly UnhelpedPods[];
  readonly podsAwaitEvaluation?: Readonly<Record<string, number>>;
  readonly scaleDownResult: string;
  readonly unneeded: readonly string[];
  readonly unremovable: readonly UnremovableNode[];
  readonly deletedEmpty: readonly string[];
  readonly drained: readonly { readonly node: string; readonly pods?: readonly string[] }[];
  readonly evictedPods: readonly string[];
  readonly providerDeletes?: readonly {
    readonly group: string;
    readonly nodes: readonly string[];
    readonly at: number;
  }[];
  readonly targetDecreases?: readonly { readonly group: string; readonly delta: number }[];
  readonly refusedTargetDecreases?: readonly { readonly group: string; readonly delta: number }[];
  readonly softTainted?: readonly string[];
  readonly targetsAfter: Readonly<Record<string, number>>;
  readonly error?: string;
}

export interface UnhelpedPods {
  readonly pods: string;
  readonly count: number;
  readonly rejected?: Readonly<Record<string, readonly string[]>>;
  readonly skipped?: Readonly<Record<string, readonly string[]>>;
}

export interface UnremovableNode {
  readonly node: string;
  readonly reason: string;
  readonly pod?: string;
  readonly podReason?: string;
}

/** What every recorded run of a case had in common in one pass; whatever it leaves out varied. */
export interface Common {
  readonly now: number;
  readonly scaleUpResult?: string;
  readonly scaleUpTotal?: number;
  readonly scaleUps?: RecordedPass['scaleUps'];
  readonly podsTriggeredScaleUpCount?: number;
  readonly scaleDownResult?: string;
  readonly unneededCount?: number;
  readonly unneeded?: readonly string[];
  readonly deletedEmptyCount?: number;
  readonly drainedCount?: number;
  readonly targetsAfter?: Readonly<Record<string, number>>;
  readonly targetSizesSorted?: readonly number[];
  readonly unremovable?: readonly UnremovableNode[];
}

export interface RecordedDecisions {
  readonly id: string;
  readonly family: string;
  readonly options: Readonly<Record<string, FlagValue>>;
  readonly nodeGroups: readonly RecordedGroup[];
  readonly objects: Readonly<Record<string, readonly KubernetesObject[] | undefined>>;
  /** The passes, when every run had the same. */
  readonly passes?: readonly RecordedPass[];
  /** Otherwise the outcomes seen, the most frequent first. */
  readonly anyOf?: readonly { readonly passes: readonly RecordedPass[] }[];
  readonly always?: readonly Common[];
}

type FlagValue = string | number | boolean | readonly (string | number)[];

export async function* readDecisions(file: string): AsyncGenerator<RecordedDecisions> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text === '') continue;
    const value: unknown = JSON.parse(text);
    if (!isRecorded(value)) throw new Error(`${file}:${line}: not a recorded case`);
    yield value;
  }
}

/** Whether a line of the file is a case of this format: the outline only, its parts are read as they are compared. */
export function isRecorded(value: unknown): value is RecordedDecisions {
  return (
    typeof value === 'object' &&
    value !== null &&
    'nodeGroups' in value &&
    Array.isArray(value.nodeGroups) &&
    'options' in value &&
    'objects' in value &&
    ('passes' in value || 'anyOf' in value)
  );
}

/** Whether the file holds decisions, by its first case; the others hold verdicts of the scheduler. */
export async function isDecisionsFile(file: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
  for await (const text of lines) if (text !== '') return isRecorded(JSON.parse(text));
  return false;
}
