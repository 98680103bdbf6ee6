/**
 * The liveness endpoint that Cluster Autoscaler's manifests probe: `GET /health-check` on `--address`. It says 200 while
 * the program does what it should, 500 with the reason when a leader has made no pass for too long.
 */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { Clock } from '../runtime/clock.ts';

export interface HealthOptions {
  readonly clock: Clock;
  /** `host: undefined` listens on all addresses; port 0 takes a free one. */
  readonly address: { readonly host: string | undefined; readonly port: number };
  /** A leader that has made no pass for longer is not well. */
  readonly maxInactivityMs: number;
  readonly isLeader: () => boolean;
}

export interface HealthServer {
  readonly port: number;
  /** A pass was made. */
  passed(): void;
  close(): void;
}

/** Rejects when the address is taken. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const { clock } = options;
  let activeAtMs = clock.monotonic();
  const inactiveMs = (): number => {
    // A replica that waits for the lease is well; its time starts when it leads.
    if (!options.isLeader()) activeAtMs = clock.monotonic();
    return clock.monotonic() - activeAtMs;
  };
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/health-check') {
      response.writeHead(404).end('not found: this address answers /health-check\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else {
      const silentMs = inactiveMs();
      if (silentMs <= options.maxInactivityMs) response.writeHead(200).end('OK');
      else response.writeHead(500).end(`Error: no pass for ${Math.round(silentMs / 1000)} s\n`);
    }
  });
  server.listen(options.address.port, options.address.host);
  await once(server, 'listening');
  return {
    port: portOf(server),
    passed() {
      activeAtMs = clock.monotonic();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
