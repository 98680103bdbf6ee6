/** A table of text: columns as wide as their widest cell, numbers to the right. */

const NUMBER = /^[-+$\d.,]+( ?%)?$/;

/** Lines without a line end. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const right = header.map((_, column) => rows.every((row) => NUMBER.test(row[column] ?? '') || row[column] === ''));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...rows.map(line)];
}
