/**
 * Faults of a response's body: a stream that is cut, or that falls silent. For watches above all.
 *
 * A body with a fault passes its chunks on unchanged until the fault strikes: after so many chunks, or so many bytes (which
 * may split a chunk), or so much time since the response, or whichever of these is first. Without any of them it strikes
 * at once.
 */
import type { Clock } from '../src/runtime/clock.ts';
import { TransportError } from '../src/runtime/http.ts';

interface StrikeAfter {
  readonly afterChunks?: number;
  readonly afterBytes?: number;
  readonly afterMs?: number;
}

export type StreamFault =
  /** The connection breaks. */
  | ({ readonly kind: 'cut-body' } & StrikeAfter)
  /** No more bytes come, and no end, until the reader gives up. */
  | ({ readonly kind: 'freeze-body' } & StrikeAfter);

export interface FaultyBodyContext {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

export async function* faultyBody(
  body: AsyncIterable<Uint8Array>,
  fault: StreamFault,
  context: FaultyBodyContext,
): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  const strike = strikeTime(fault, context);
  let chunksLeft = fault.afterChunks ?? Infinity;
  let bytesLeft = fault.afterBytes ?? Infinity;
  if (!hasCondition(fault)) chunksLeft = 0;
  try {
    while (chunksLeft > 0 && bytesLeft > 0) {
      const next = await strike.orSooner(source.next());
      if (next === 'struck') break;
      if (next.done === true) return;
      const chunk = next.value.subarray(0, bytesLeft);
      chunksLeft--;
      bytesLeft -= chunk.length;
      yield chunk;
    }
    if (fault.kind === 'freeze-body') await readerGaveUp(context.signal);
    throw new TransportError('reply-lost', 'the stream was cut (injected)', { code: 'ECONNRESET' });
  } finally {
    strike.release();
    // Not awaited: a generator that waits for its next event ends only after that event.
    void source.return?.().catch(() => undefined);
  }
}

function hasCondition(fault: StreamFault): boolean {
  return fault.afterChunks !== undefined || fault.afterBytes !== undefined || fault.afterMs !== undefined;
}

interface Strike {
  /** `struck` when the time comes before the chunk does. */
  orSooner<T>(chunk: Promise<T>): Promise<T | 'struck'>;
  release(): void;
}

function strikeTime(fault: StreamFault, context: FaultyBodyContext): Strike {
  if (fault.afterMs === undefined) return { orSooner: (chunk) => chunk, release: () => undefined };
  const { promise, resolve } = Promise.withResolvers<'struck'>();
  const timer = context.clock.setTimer(fault.afterMs, () => resolve('struck'));
  return { orSooner: (chunk) => Promise.race([chunk, promise]), release: () => timer.cancel() };
}

function readerGaveUp(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(new TransportError('aborted', 'the reader gave up'));
    if (signal?.aborted === true) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}
