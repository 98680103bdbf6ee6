/**
 * The `--cloud-config` file: which VKE cluster, and the API key to manage it with. JSON as Cluster Autoscaler reads it
 * (`{"cluster_id": "…", "token": "…"}`), or INI:
 *
 *     [global]
 *     cluster-id = 01234567-89ab-cdef-0123-456789abcdef
 *     token      = "…"
 *
 * Both spellings (`cluster_id`, `cluster-id`) work in both. A field that the file lacks is taken from the environment
 * (`VULTR_CLUSTER_ID`, `VULTR_API_KEY`, `VULTR_API_URL`). The token becomes a Secret at once and no message quotes it (I9).
 */
import * as z from 'zod';
import { failure, success, type Result } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import { parseIni } from './ini.ts';
import { didYouMean } from './did-you-mean.ts';

export interface VultrConfig {
  readonly clusterId: string;
  readonly token: Secret;
  /** Origin of the API, perhaps with a path before `/v2`, without a trailing slash. */
  readonly apiUrl: string;
}

/** One thing that is wrong: the field, and what to do about it. */
export interface ConfigProblem {
  readonly field: string;
  /** A whole sentence that also names the fix. */
  readonly message: string;
}

/** A configuration that can be used, with remarks on what in it was ignored. */
export interface ReadConfig {
  readonly config: VultrConfig;
  readonly warnings: readonly ConfigProblem[];
}

const DEFAULT_API_URL = 'https://api.vultr.com';

type Field = 'cluster_id' | 'token' | 'api_url';
const FIELDS: readonly Field[] = ['cluster_id', 'token', 'api_url'];
const ENVIRONMENT: Readonly<Record<Field, string>> = {
  cluster_id: 'VULTR_CLUSTER_ID',
  token: 'VULTR_API_KEY',
  api_url: 'VULTR_API_URL',
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Characters that an HTTP header value may hold; a token with others can only be a slip (a line break, a blank). */
const TOKEN = /^[\x21-\x7e]+$/;

interface RawFields {
  readonly values: ReadonlyMap<Field, string>;
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads the text of the file (`undefined`: no file was given) and the environment. All that is wrong is told at once.
 */
export function parseCloudConfig(
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Result<ReadConfig, readonly ConfigProblem[]> {
  const raw = text === undefined ? success<RawFields>({ values: new Map(), warnings: [] }) : readFields(text);
  if (!raw.ok) return failure([raw.error]);
  const value = (field: Field): string => (raw.value.values.get(field) ?? environment[ENVIRONMENT[field]] ?? '').trim();

  const clusterId = value('cluster_id');
  const token = value('token');
  const apiUrl = (value('api_url') || DEFAULT_API_URL).replace(/\/+$/, '');
  const problems = [...clusterIdProblems(clusterId), ...tokenProblems(token), ...apiUrlProblems(apiUrl)];
  if (problems.length > 0) return failure(problems);
  return success({
    config: { clusterId: clusterId.toLowerCase(), token: new Secret(token), apiUrl },
    warnings: [...raw.value.warnings, ...plainTextWarnings(apiUrl)],
  });
}

/** The token goes out with every request. */
function plainTextWarnings(apiUrl: string): readonly ConfigProblem[] {
  const url = URL.parse(apiUrl);
  if (url?.protocol !== 'http:' || /^(?:localhost|127\..*|\[::1\])$/.test(url.hostname)) return [];
  return [{ field: 'api_url', message: '"api_url" is http: the token crosses the network unencrypted. Use https.' }];
}

function readFields(text: string): Result<RawFields, ConfigProblem> {
  if (text.trim() === '') return failure({ field: 'cloud-config', message: 'The cloud-config file is empty.' });
  return text.trimStart().startsWith('{') ? readJson(text) : readIni(text);
}

function readJson(text: string): Result<RawFields, ConfigProblem> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds the token.
    const message = 'The cloud-config file is not valid JSON. Expected {"cluster_id": "…", "token": "…"}.';
    return failure({ field: 'cloud-config', message });
  }
  const warnings: ConfigProblem[] = [];
  const values = new Map<Field, string>();
  for (const [key, value] of Object.entries(z.record(z.string(), z.unknown()).parse(parsed))) {
    const field = knownField(key);
    if (field === undefined) warnings.push(unknownKey(key, ''));
    else if (typeof value === 'string') values.set(field, value);
    else return failure({ field, message: `"${field}" in the cloud-config must be a text in quotes.` });
  }
  return success({ values, warnings });
}

function readIni(text: string): Result<RawFields, ConfigProblem> {
  const parsed = parseIni(text);
  if (!parsed.ok) {
    const message = `Line ${parsed.error.line} of the cloud-config: ${parsed.error.problem}. Expected JSON, or INI with [global], cluster-id and token.`;
    return failure({ field: 'cloud-config', message });
  }
  const warnings: ConfigProblem[] = [];
  const values = new Map<Field, string>();
  for (const entry of parsed.value) {
    const field = knownField(entry.key);
    const where = ` in line ${entry.line}`;
    if (entry.section !== '' && entry.section !== 'global') {
      const message = `Section [${entry.section}]${where} of the cloud-config is ignored${didYouMean(entry.section, ['global'])}.`;
      warnings.push({ field: entry.section, message });
    } else if (field === undefined) warnings.push(unknownKey(entry.key, where));
    else values.set(field, entry.value);
  }
  return success({ values, warnings });
}

function knownField(key: string): Field | undefined {
  const folded = key.toLowerCase().replaceAll('-', '_');
  return FIELDS.find((field) => field === folded);
}

function unknownKey(key: string, where: string): ConfigProblem {
  return {
    field: key,
    message: `Unknown key "${key}"${where} of the cloud-config is ignored${didYouMean(key, FIELDS)}.`,
  };
}

function clusterIdProblems(clusterId: string): readonly ConfigProblem[] {
  const help = 'the id of the VKE cluster (a UUID; it stands in the address of its page in the Vultr console)';
  if (clusterId === '') {
    const message = `"cluster_id" is missing. Put ${help} into the cloud-config or VULTR_CLUSTER_ID.`;
    return [{ field: 'cluster_id', message }];
  }
  if (UUID.test(clusterId)) return [];
  return [{ field: 'cluster_id', message: `"cluster_id" is "${clusterId.slice(0, 60)}", which is not ${help}.` }];
}

function tokenProblems(token: string): readonly ConfigProblem[] {
  if (token === '') {
    const message = '"token" is missing. Put a Vultr API key into the cloud-config or VULTR_API_KEY.';
    return [{ field: 'token', message }];
  }
  if (TOKEN.test(token)) return [];
  const message = '"token" holds blanks or characters that no API key has. Copy the Vultr API key again, in one line.';
  return [{ field: 'token', message }];
}

function apiUrlProblems(apiUrl: string): readonly ConfigProblem[] {
  const url = URL.parse(apiUrl);
  if (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.search === ''
  ) {
    return [];
  }
  const message = `"api_url" must be an address such as ${DEFAULT_API_URL}, without user, password or query.`;
  return [{ field: 'api_url', message }];
}
