/**
 * Judges what one client does in which order: no two resizes of a pool at the same time, and after one whose reply was
 * lost (or after a start) none before the pool was read (I4). It stands where the client stands, outside of the faults.
 */
import { type HttpResponse, type HttpTransport, TransportError } from '../../src/runtime/http.ts';
import { poolPath } from './vultr-path.ts';
import type { Verdicts } from './verdicts.ts';

const CLUSTER_POOLS = /^\/v2\/kubernetes\/clusters\/[^/]+\/node-pools(\?.*)?$/;

export class OpenRequests {
  readonly #verdicts: Verdicts;
  /** Pools with a resize under way, whoever sent it. */
  readonly #resizing = new Set<string>();

  constructor(verdicts: Verdicts) {
    this.#verdicts = verdicts;
  }

  /** The connection of a client that has just started. */
  watch(send: HttpTransport): HttpTransport {
    const read = new Set<string>();
    let readAll = false;
    const lost = new Set<string>();
    return async (request) => {
      const pool = poolPath(request.path);
      if (request.method === 'PATCH' && pool?.node === undefined && pool !== undefined) {
        const { poolId } = pool;
        if (!readAll && !read.has(poolId)) this.#verdicts.broken('I4', `PATCH of pool ${poolId} before it was read`);
        if (lost.has(poolId)) this.#verdicts.broken('I4', `PATCH of pool ${poolId} after a lost reply`);
        return this.#resize(poolId, lost, () => send(request));
      }
      if (request.method !== 'GET') return send(request);
      const all = CLUSTER_POOLS.test(request.path);
      const lostBefore = new Set(lost);
      const response = await send(request);
      if (response.status !== 200 || (!all && pool === undefined)) return response;
      return afterwards(response, () => {
        if (all) readAll = true;
        if (pool !== undefined) read.add(pool.poolId);
        for (const poolId of lostBefore) if (all || poolId === pool?.poolId) lost.delete(poolId);
      });
    };
  }

  async #resize(poolId: string, lost: Set<string>, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
    if (this.#resizing.has(poolId)) this.#verdicts.broken('I4', `two resizes of pool ${poolId} at the same time`);
    this.#resizing.add(poolId);
    try {
      return await send();
    } catch (error) {
      if (error instanceof TransportError && error.failure !== 'not-sent') lost.add(poolId);
      throw error;
    } finally {
      this.#resizing.delete(poolId);
    }
  }
}

/** `then` happens when the body has been read to its end. */
function afterwards(response: HttpResponse, then: () => void): HttpResponse {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* response.body;
    then();
  }
  return { ...response, body: body() };
}
