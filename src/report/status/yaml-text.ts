/**
 * YAML as Kubernetes' own tools write it from JSON: keys in order, lists not indented, a string plain where that reads back
 * as the same string. Programs that parse the status ConfigMap line by line keep working.
 */
type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMap;

export interface YamlMap {
  /** Left out where `undefined`. */
  readonly [key: string]: YamlValue | undefined;
}

export function yamlText(map: YamlMap): string {
  return mapLines(map).join('\n') + '\n';
}

function mapLines(map: YamlMap): string[] {
  return Object.keys(map)
    .toSorted()
    .flatMap((key) => {
      const value = map[key];
      return value === undefined ? [] : entryLines(scalar(key), value);
    });
}

function entryLines(key: string, value: YamlValue): string[] {
  if (isList(value)) return value.length === 0 ? [`${key}: []`] : [`${key}:`, ...value.flatMap(itemLines)];
  if (typeof value !== 'object' || value === null) return [`${key}: ${scalar(value)}`];
  const lines = mapLines(value);
  return lines.length === 0 ? [`${key}: {}`] : [`${key}:`, ...lines.map((line) => `  ${line}`)];
}

function itemLines(item: YamlValue): string[] {
  const isMap = typeof item === 'object' && item !== null && !isList(item);
  const lines = isMap ? mapLines(item) : [isList(item) ? '[]' : scalar(item)];
  return (lines.length === 0 ? ['{}'] : lines).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** Plain, they would be read as something else: nothing, a switch, a number, a moment, or minutes and seconds. */
const OTHERWISE_READ = [
  /^(?:|~|null|Null|NULL|y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
  /^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0o?[0-7_]+|\d[\d_]*)$/,
  /^[-+]?(?:\d[\d_]*)?\.?\d*(?:[eE][-+]?\d+)?$/,
  /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/,
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]+\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:Z|[ \t]*[-+]\d{1,2}(?::?\d{2})?)?)?$/,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
];

/** Signs that begin something else, or end the string early. */
const NEEDS_QUOTES = /^[\s\-?:,[\]{}#&*!|>'"%@`]|: |:$| #|\s$|^---|^\.\.\./;
const HARMLESS_START = /^[-?:][^\s]/;

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  // Line breaks and other signs that cannot be seen.
  if (/[^\u0020-\u007E\u00A0-\uFFFD]/u.test(value)) return JSON.stringify(value);
  if (OTHERWISE_READ.some((pattern) => pattern.test(value))) return `"${value}"`;
  const isPlain = !NEEDS_QUOTES.test(value) || (HARMLESS_START.test(value) && !/: |:$| #|\s$|^---/.test(value));
  return isPlain ? value : `'${value.replaceAll("'", "''")}'`;
}
