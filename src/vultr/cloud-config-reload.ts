/**
 * Follows the cloud-config while the program runs: another token in it is sent with the next request. The cluster and the
 * address cannot change under a running program; a file that cannot be used changes nothing. Both are told.
 */
import type { Logger } from '../runtime/log.ts';
import type { Result } from '../runtime/result.ts';
import { type VultrConfig, parseCloudConfig } from './cloud-config.ts';

/** @param config - The one in use, whose token is replaced. */
export function cloudConfigChanged(
  config: VultrConfig,
  text: Result<string, string>,
  around: { readonly logger: Logger; readonly environment: Readonly<Record<string, string | undefined>> },
): void {
  const { logger, environment } = around;
  const kept = 'the cloud-config cannot be used; the token stays as it was';
  if (!text.ok) {
    logger.warn(kept, { problems: [text.error] });
    return;
  }
  const parsed = parseCloudConfig(text.value, environment);
  if (!parsed.ok) {
    logger.warn(kept, { problems: parsed.error.map(({ message }) => message) });
    return;
  }
  const { clusterId, apiUrl, token } = parsed.value.config;
  if (clusterId !== config.clusterId || apiUrl !== config.apiUrl) {
    logger.warn('the cloud-config names another cluster or address; that needs a restart, and its token is not taken', {
      clusterId,
      apiUrl,
    });
    return;
  }
  if (config.token.replaceBy(token))
    logger.info('the API token of the cloud-config was read again, and is another one');
}
