import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME, type SigningScheme } from '@countersign/protocol'

/**
 * Reads `--scheme`: `partner`, `aws`, or the label of a white label such as `acme`.
 *
 * @throws ProtocolError `scheme_invalid`
 */
export function parseScheme(label: string): SigningScheme {
  if (label === AWS_SCHEME.label) return AWS_SCHEME
  return label === PARTNER_SCHEME.label ? PARTNER_SCHEME : createSigningScheme(label)
}
