/** Rows of cells in columns of equal width, without spaces at the ends of lines. */
export function formatTable(rows: readonly (readonly string[])[], indent: string = ''): string {
  const count = Math.max(0, ...rows.map(row => row.length))
  const widths = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map(row => row[index]?.length ?? 0)),
  )
  return rows
    .map(row => `${indent}${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}
