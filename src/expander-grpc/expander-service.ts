/**
 * Asks the operator's expander service (`--grpc-expander-url`). A failure is an answer too: the service has no say then,
 * as in Cluster Autoscaler, and the log says why.
 */
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { CounselAnswer, CounselQuestion } from '../scale-up/counsel.ts';
import { decodeAnswer, encodeQuestion } from './messages.ts';
import { GrpcChannel, type GrpcServer } from './unary-call.ts';

const METHOD = '/grpcplugin.Expander/BestOptions';
/** As in Cluster Autoscaler. */
const TIMEOUT_MS = 5000;

export interface ExpanderService {
  /** Never rejects. */
  bestOptions(question: CounselQuestion): Promise<CounselAnswer>;
  close(): void;
}

export function expanderService(server: GrpcServer, clock: Clock, logger: Logger): ExpanderService {
  const channel = new GrpcChannel(server, clock);
  return {
    async bestOptions(question) {
      const reply = await channel.call({ path: METHOD, message: encodeQuestion(question), timeoutMs: TIMEOUT_MS });
      const groupIds = reply.ok ? decodeAnswer(reply.value) : reply;
      if (groupIds.ok) return { kind: 'best', groupIds: groupIds.value };
      const why = groupIds.error;
      logger.warn('the expander service was asked in vain; it has no say', { host: server.host, reason: why });
      return { kind: 'no-say', why };
    },
    close: () => channel.close(),
  };
}
