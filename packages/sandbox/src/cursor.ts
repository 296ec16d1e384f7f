/** Writes the place after an event of an order's history; opaque outside. */
export function formatCursor(arrival: number): string {
  return Buffer.from(`v1:${arrival}`).toString('base64url')
}

/** Reads a cursor; undefined for anything that `formatCursor` did not write. */
export function parseCursor(text: string): number | undefined {
  const match = /^v1:([1-9][0-9]{0,8})$/.exec(Buffer.from(text, 'base64url').toString('latin1'))
  const arrival = Number(match?.[1])
  return match !== null && formatCursor(arrival) === text ? arrival : undefined
}
