/**
 * How the simulated Vultr behaves where the real one varies or is unknown. The defaults are what was seen or documented;
 * where nothing is known, the choice is stated here.
 */
import { Secret } from '../../src/runtime/secret.ts';

/** Drawn evenly, both ends included. Milliseconds. */
export interface DurationRange {
  readonly lowest: number;
  readonly highest: number;
}

export interface VultrSettings {
  /** The one API key that is accepted. */
  readonly apiKey: Secret;
  /** The key's allow-list; `undefined` allows every address. */
  readonly allowedAddresses: readonly string[] | undefined;
  /** The address from which all callers seem to call. */
  readonly callerAddress: string;
  /** Documented: 30 a second and address. */
  readonly requestsPerSecond: number;
  /** From a request's arrival to its answer (the work is done on arrival). */
  readonly replyMs: DurationRange;
  /** From order to `active`. Unpublished; users report minutes. */
  readonly bootMs: DurationRange;
  /** The same for GPU plans, which users see come up more slowly. */
  readonly gpuBootMs: DurationRange;
  /** Chance that a machine stays `pending` for ever. */
  readonly bootFailureProbability: number;
  /** From a delete's acceptance until the machine is gone; it shows as `closed` meanwhile. Unknown; a choice. */
  readonly destroyMs: DurationRange;
  /** Until VKE notices that a node was deleted behind its back, and builds another. "A small amount of time". */
  readonly recreateMs: DurationRange;
  /**
   * After a raise: while this lasts, lists show neither the new nodes nor the quantity asked for, but the nodes that
   * were there. The trap is known, its duration is not.
   */
  readonly listLagMs: DurationRange;
  readonly clusterBootMs: DurationRange;
  /** Whether a PATCH of a pool is answered without a body: clients guard against it, so it has been seen. */
  readonly emptyPatchReplies: boolean;
  /**
   * Rows a page where the caller names no `per_page`. Documented: 100. (Whether the real Kubernetes routes page at all is
   * unknown; these do.)
   */
  readonly pageSize: number;
  /** Whether the account is enabled for GPU plans. */
  readonly gpuPlansAllowed: boolean;
  /** The account's cap on the sum of monthly fees, US dollars. */
  readonly monthlyFeeCapUsd: number;
  /** The account's cap on the number of instances. */
  readonly instanceLimit: number;
  /** What `GET …/config` gives (a kubeconfig in YAML); `undefined`: one for the cluster's documented endpoint. */
  readonly kubeconfig: string | undefined;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

export const DEFAULT_SETTINGS: VultrSettings = {
  apiKey: new Secret('sandbox-api-key'),
  allowedAddresses: undefined,
  callerAddress: '127.0.0.1',
  requestsPerSecond: 30,
  replyMs: { lowest: 0, highest: 0 },
  bootMs: { lowest: 2 * MINUTE_MS, highest: 4 * MINUTE_MS },
  gpuBootMs: { lowest: 4 * MINUTE_MS, highest: 8 * MINUTE_MS },
  bootFailureProbability: 0,
  destroyMs: { lowest: 5 * SECOND_MS, highest: 20 * SECOND_MS },
  recreateMs: { lowest: MINUTE_MS, highest: 3 * MINUTE_MS },
  listLagMs: { lowest: 0, highest: 10 * SECOND_MS },
  clusterBootMs: { lowest: 3 * MINUTE_MS, highest: 6 * MINUTE_MS },
  emptyPatchReplies: false,
  pageSize: 100,
  gpuPlansAllowed: true,
  monthlyFeeCapUsd: Infinity,
  instanceLimit: Infinity,
  kubeconfig: undefined,
};
