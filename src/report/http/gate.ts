/**
 * Stands before every path but health and metrics: lets pass who shows a token of the cluster and may `get` the path there,
 * as the API server says (TokenReview, then SubjectAccessReview for a nonResourceURL).
 *
 * 1. What the API server does not allow, or is not asked because it cannot be reached, is refused.
 * 2. An answer counts for {@link CACHED_MS}, whichever it was. Tokens are kept as digests only (I9).
 * 3. However many tokens are tried, few reviews are under way at once.
 */
import { createHash } from 'node:crypto';
import type { Review } from '../../kubernetes/access-review.ts';
import type { KubernetesResult } from '../../kubernetes/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { type Answer, type Handler, problem } from './answer.ts';

export interface GateParts {
  /** Whether the bearer of the token may get the path. */
  readonly review: (token: string, path: string) => Promise<KubernetesResult<Review>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A right that is taken away holds for so long yet; a page that asks every second asks the API server six times a minute. */
const CACHED_MS = 10_000;
const MOST_CACHED = 512;
const MOST_REVIEWS = 8;
const BEARER = /^Bearer +([^\s]+) *$/i;

interface Cached {
  readonly review: Review;
  readonly untilMs: number;
}

export function gateHandler(parts: GateParts): Handler {
  const gate = new Gate(parts);
  return ({ authorization, path }) => gate.judge(authorization, path);
}

class Gate {
  readonly #parts: GateParts;
  /** By the digest of token and path, the oldest first. */
  readonly #cached = new Map<string, Cached>();
  #underWay = 0;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** `undefined`: may pass. */
  async judge(authorization: string | undefined, path: string): Promise<Answer | undefined> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return NO_TOKEN;
    const key = createHash('sha256').update(`${token}\n${path}`).digest('base64');
    const known = this.#cached.get(key);
    if (known !== undefined && known.untilMs > this.#parts.clock.monotonic()) return answerTo(known.review, path);
    if (this.#underWay >= MOST_REVIEWS) return BUSY;
    this.#underWay += 1;
    try {
      const review = await this.#parts.review(token, path);
      if (review.ok) {
        this.#keep(key, review.value);
        return answerTo(review.value, path);
      }
      this.#parts.logger.warn('cannot ask the API server who may ask', { reason: review.error.message });
      return UNKNOWN;
    } finally {
      this.#underWay -= 1;
    }
  }

  #keep(key: string, review: Review): void {
    this.#cached.delete(key);
    this.#cached.set(key, { review, untilMs: this.#parts.clock.monotonic() + CACHED_MS });
    const [oldest] = this.#cached.keys();
    if (this.#cached.size > MOST_CACHED && oldest !== undefined) this.#cached.delete(oldest);
  }
}

const NO_TOKEN = problem(401, 'show a token of the cluster: Authorization: Bearer …');
const BUSY = problem(429, 'too many tokens are being looked at; ask again in a moment');
const UNKNOWN = problem(503, 'the API server could not be asked whether you may; ask again in a moment');

function answerTo(review: Review, path: string): Answer | undefined {
  switch (review.kind) {
    case 'allowed':
      return undefined;
    case 'unknown-token':
      return problem(401, 'the API server does not know this token');
    case 'forbidden':
      return problem(
        403,
        `${review.user} may not get ${path}; a ClusterRole with it among its nonResourceURLs lets it`,
      );
    default:
      return review satisfies never;
  }
}
