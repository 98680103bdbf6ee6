/** The HTTP surface of a running program, with what its flags add: who may ask, and profiles of the process itself. */
import { kubernetesClient } from '../kubernetes/client.ts';
import { reviewAccess } from '../kubernetes/access-review.ts';
import type { Options } from '../options/options.ts';
import { Profiler } from '../report/debugging/profiler.ts';
import type { Handler } from '../report/http/answer.ts';
import { gateHandler } from '../report/http/gate.ts';
import { profilingHandler } from '../report/http/profiling.ts';
import { serveHttpSurface } from '../report/http/server.ts';
import { realClock } from '../runtime/clock.ts';
import type { HttpTransport } from '../runtime/http.ts';
import type { Logger } from '../runtime/log.ts';
import { type Result, failure, success } from '../runtime/result.ts';

interface SurfaceParts {
  readonly options: Pick<Options, 'http' | 'vultr'>;
  readonly logger: Logger;
}

/** What stands before everything but health and metrics; `undefined`: nothing does. */
export function gateOf({ options, logger }: SurfaceParts, kubernetes: HttpTransport): Handler | undefined {
  if (!options.http.authenticated) return undefined;
  const client = kubernetesClient({ transport: kubernetes, clock: realClock, userAgent: options.vultr.userAgent });
  return gateHandler({ review: (token, path) => reviewAccess(client, token, path), clock: realClock, logger });
}

/** Serves the handlers, and profiles after them; the error is for people. */
export async function openSurface(
  { options: { http }, logger }: SurfaceParts,
  handlers: readonly Handler[],
): Promise<Result<{ readonly port: number; close(): void }, string>> {
  const profiler = http.profiling ? await Profiler.start(realClock) : undefined;
  const all = profiler === undefined ? handlers : [...handlers, profilingHandler(profiler)];
  try {
    const surface = await serveHttpSurface({ address: http.address, logger, handlers: all, clock: realClock });
    return success({
      port: surface.port,
      close() {
        surface.close();
        profiler?.stop();
      },
    });
  } catch (error) {
    return failure(`--address: cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
