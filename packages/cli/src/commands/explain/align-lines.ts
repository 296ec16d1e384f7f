/** One row of a comparison; a side without a line is undefined. Line numbers from 1. */
export interface AlignedLine {
  readonly same: boolean
  readonly signer: string | undefined
  readonly verifier: string | undefined
  readonly signerLine: number | undefined
  readonly verifierLine: number | undefined
}

/** More lines than this are put side by side by number: the table below grows with the square. */
const MAX_LINES = 500

/** Puts equal lines beside each other (longest common subsequence), and pairs what lies between them. */
export function alignLines(signer: readonly string[], verifier: readonly string[]): readonly AlignedLine[] {
  const rows: AlignedLine[] = []
  let [i, j] = [0, 0]
  const take = (untilSigner: number, untilVerifier: number): void => {
    while (i < untilSigner || j < untilVerifier) {
      const [ours, theirs] = [i < untilSigner ? i : undefined, j < untilVerifier ? j : undefined]
      rows.push({
        same: false,
        signer: ours === undefined ? undefined : signer[ours],
        verifier: theirs === undefined ? undefined : verifier[theirs],
        signerLine: ours === undefined ? undefined : ours + 1,
        verifierLine: theirs === undefined ? undefined : theirs + 1,
      })
      if (ours !== undefined) i++
      if (theirs !== undefined) j++
    }
  }
  for (const [ours, theirs] of findCommonLines(signer, verifier)) {
    take(ours, theirs)
    rows.push({
      same: true,
      signer: signer[ours],
      verifier: verifier[theirs],
      signerLine: ours + 1,
      verifierLine: theirs + 1,
    })
    i = ours + 1
    j = theirs + 1
  }
  take(signer.length, verifier.length)
  return rows
}

function findCommonLines(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  if (a.length > MAX_LINES || b.length > MAX_LINES) {
    return a.flatMap((line, index) => (line === b[index] ? [[index, index] as const] : []))
  }
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
    }
  }
  const common: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) common.push([i++, j++])
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++
    else j++
  }
  return common
}
