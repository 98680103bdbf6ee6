/** What Cluster Autoscaler's manifests ask for: `/health-check` and `/metrics`. */
import type { Clock } from '../../runtime/clock.ts';
import type { Health } from '../health.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Handler } from './answer.ts';
import { text } from './answer.ts';

export function healthHandler(health: Health): Handler {
  return ({ path }) => {
    if (path !== '/health-check') return undefined;
    const wrong = health.problem();
    return wrong === undefined ? text(200, 'OK') : text(500, `Error: ${wrong}\n`);
  };
}

export function metricsHandler(metrics: Metrics, clock: Clock): Handler {
  return async ({ path }) =>
    path === '/metrics'
      ? { status: 200, contentType: metrics.contentType, body: await metrics.text(clock) }
      : undefined;
}
