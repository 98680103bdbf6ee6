/**
 * The small languages inside some flags' values: `MIN:MAX`, `MIN:MAX:POOL`, `HOST:PORT`, … Each parser gives the value,
 * or what was expected, to end the sentence "… is not valid; expected".
 */
import { type Result, failure, success } from '../runtime/result.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A node pool to manage with bounds of its own. */
export interface NodeGroupSpec {
  readonly minSize: number;
  readonly maxSize: number;
  /** The pool's label or id. */
  readonly pool: string;
}

/** The labels that a node pool to be managed has; the key `tag` stands for its tag. */
export type PoolQuery = readonly { readonly key: string; readonly value: string }[];

/** Where the API server is and by what right it is asked. */
export interface ApiServerAddress {
  /** Without the query. */
  readonly url: string;
  readonly credentials:
    | { readonly kind: 'in-cluster' }
    | { readonly kind: 'kubeconfig'; readonly path: string }
    | { readonly kind: 'service-account' }
    | { readonly kind: 'none' };
}

export interface ListenAddress {
  /** `undefined`: all addresses of the machine. */
  readonly host: string | undefined;
  /** 0: any free one. */
  readonly port: number;
}

type Parsed<T> = Result<T, string>;

const WHOLE_NUMBER = /^\d{1,15}$/;

/** `MIN:MAX`, whole numbers, the first not above the second. */
export function parseRange(text: string): Parsed<Range> {
  const [min, max, ...more] = text.split(':').map(wholeNumber);
  if (min === undefined || max === undefined || more.length > 0) {
    return failure('MIN:MAX in whole numbers, such as 0:100');
  }
  return min <= max ? success({ min, max }) : failure('MIN:MAX with a minimum that is not above the maximum');
}

/** `TYPE:MIN:MAX`, as {@link parseRange}. */
export function parseTypedRange(text: string): Parsed<Range & { readonly type: string }> {
  const [type = '', ...bounds] = text.split(':');
  const range = bounds.length === 2 ? parseRange(bounds.join(':')) : undefined;
  if (type === '' || range?.ok !== true) return failure('TYPE:MIN:MAX, such as nvidia.com/gpu:0:4');
  return success({ type, ...range.value });
}

/** `MIN:MAX:POOL`; only the first two colons separate. */
export function parseNodeGroupSpec(text: string): Parsed<NodeGroupSpec> {
  const [, min, max, pool = ''] = /^([^:]*):([^:]*):(.*)$/.exec(text.trim()) ?? [];
  const minSize = wholeNumber(min ?? '');
  const maxSize = wholeNumber(max ?? '');
  if (minSize === undefined || maxSize === undefined || pool.trim() === '') {
    return failure('MIN:MAX:POOL with the label or id of a node pool, such as 1:10:web');
  }
  if (maxSize < 1 || minSize > maxSize) return failure('MIN:MAX:POOL with a maximum of at least 1 and of the minimum');
  return success({ minSize, maxSize, pool: pool.trim() });
}

/** `PLAN=USD`: what an hour of a plan costs. */
export function parsePrice(text: string): Parsed<{ readonly plan: string; readonly usdPerHour: number }> {
  const [, plan = '', amount = ''] = /^\s*([^\s=]+)\s*=\s*(\d{1,9}(?:\.\d{1,9})?)\s*$/.exec(text) ?? [];
  return plan === ''
    ? failure('PLAN=USD with the US dollars that an hour costs, such as vhf-4c-16gb=0.09')
    : success({ plan, usdPerHour: Number(amount) });
}

/** `HOST:PORT` of a gRPC service, with or without gRPC's own scheme `dns:///`. */
export function parseServiceAddress(text: string): Parsed<{ readonly host: string; readonly port: number }> {
  const [, bracketed, plain = '', digits = ''] =
    /^(?:dns:\/\/\/)?(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === '' || port < 1 || port > 65_535
    ? failure('HOST:PORT, such as expander.kube-system.svc:7000')
    : success({ host, port });
}

/** `label:KEY=VALUE,…`: the labels that a pool to be managed has; the key `tag` stands for its tag at Vultr. */
export function parseDiscovery(text: string): Parsed<PoolQuery> {
  const [, pairs = ''] = /^label:(.*)$/.exec(text.trim()) ?? [];
  const query = pairs.split(',').map((pair) => /^\s*([^\s,=]+)\s*=\s*([^\s,=]+)\s*$/.exec(pair));
  return query.includes(null)
    ? failure('label:KEY=VALUE,… with labels of node pools, such as label:tag=autoscaled')
    : success(query.map((pair) => ({ key: pair?.[1] ?? '', value: pair?.[2] ?? '' })));
}

/** `:PORT`, `HOST:PORT`, `[IPv6]:PORT`. */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text) ?? [];
  const number = wholeNumber(port);
  if (number === undefined || number > 65_535) return failure('[HOST]:PORT, such as :8085 or 127.0.0.1:8085');
  const host = bracketed ?? plain;
  return success({ host: host === '' ? undefined : host, port: number });
}

/** The URL with its optional query keys inClusterConfig, auth and useServiceAccount. */
export function parseApiServer(text: string): Parsed<ApiServerAddress> {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return failure('the URL of an API server, such as https://10.96.0.1:443');
  }
  const inCluster = queryBoolean(url, 'inClusterConfig', true);
  const useServiceAccount = queryBoolean(url, 'useServiceAccount', false);
  if (inCluster === undefined || useServiceAccount === undefined) {
    return failure('inClusterConfig and useServiceAccount to be true or false');
  }
  const path = url.searchParams.get('auth') ?? '';
  url.search = '';
  const address = url.href.replace(/\/$/, '');
  if (inCluster) return success({ url: address, credentials: { kind: 'in-cluster' } });
  if (path !== '') return success({ url: address, credentials: { kind: 'kubeconfig', path } });
  return success({ url: address, credentials: { kind: useServiceAccount ? 'service-account' : 'none' } });
}

/** `PRIORITY:SECONDS,…`, whole numbers; priorities may be negative. */
export function parseDrainPriorities(text: string): Parsed<readonly { priority: number; seconds: number }[]> {
  const steps = text.split(',').map((step) => /^\s*(-?\d{1,10}):(\d{1,9})\s*$/.exec(step));
  if (steps.includes(null)) return failure('PRIORITY:SECONDS,… in whole numbers, such as 0:60,1000:300');
  return success(steps.map((step) => ({ priority: Number(step?.[1]), seconds: Number(step?.[2]) })));
}

function wholeNumber(text: string): number | undefined {
  return WHOLE_NUMBER.test(text) ? Number(text) : undefined;
}

function queryBoolean(url: URL, key: string, otherwise: boolean): boolean | undefined {
  const text = url.searchParams.get(key)?.toLowerCase();
  if (text === undefined) return otherwise;
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}
