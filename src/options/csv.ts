/** The fields of one line of CSV, as pflag's string slices read them: `a,"b,c",""""`. `undefined`: a quote is astray. */
export function splitCsv(line: string): readonly string[] | undefined {
  if (line === '') return [];
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const field = rest.startsWith('"') ? QUOTED.exec(rest) : PLAIN.exec(rest);
    if (field === null) return undefined;
    const [whole, text = '', comma = ''] = field;
    fields.push(rest.startsWith('"') ? text.replaceAll('""', '"') : text);
    rest = rest.slice(whole.length);
    if (comma === '') return rest === '' ? fields : undefined;
  }
}

const QUOTED = /^"((?:[^"]|"")*)"(,|$)/;
const PLAIN = /^([^",]*)(,|$)/;
