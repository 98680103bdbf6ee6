/**
 * Makes a picture (SVG) of what a terminal shows: reads text with colours (SGR) from standard input, writes the picture
 * to standard output. The one in README.md: `FORCE_COLOR=1 npm --silent start | node scripts/terminal-picture.ts`.
 */
import { readFileSync } from 'node:fs';

const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 16;
/** Longer lines are cut. */
const COLUMNS_MAX = 150;

/** The colours of SGR codes on a dark ground. */
const COLOURS: Readonly<Record<string, string>> = {
  '': '#d0d4da',
  '1': '#ffffff',
  '2': '#7d8590',
  '33': '#e3b341',
  '36': '#56d4dd',
  '1;31': '#ff7b72',
  '1;32': '#56d364',
  '1;34': '#79c0ff',
  '1;35': '#d2a8ff',
};

const SGR = '\u001b[';

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const columns = Math.min(COLUMNS_MAX, Math.max(...lines.map((line) => plain(line).length)));
const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;

const rows = lines.map((line, row) => {
  const y = MARGIN + (row + 1) * LINE_HEIGHT - 5;
  return `<text x="${MARGIN}" y="${y}">${spans(line)}</text>`;
});
process.stdout.write(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`,
);

function spans(line: string): string {
  let left = COLUMNS_MAX;
  let made = '';
  for (const part of line.split(SGR)) {
    const [, code = '', text = part] = /^([\d;]*)m(.*)$/s.exec(part) ?? [];
    const shown = text.length > left ? `${text.slice(0, Math.max(0, left - 1))}…` : text;
    left -= text.length;
    if (shown !== '')
      made += `<tspan fill="${COLOURS[code === '0' ? '' : code] ?? COLOURS['']}">${escape(shown)}</tspan>`;
    if (left <= 0) break;
  }
  return made;
}

function plain(line: string): string {
  return line
    .split(SGR)
    .map((part, index) => (index === 0 ? part : part.replace(/^[\d;]*m/, '')))
    .join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
