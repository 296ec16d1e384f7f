export { createContentDigest, parseContentDigest, verifyContentDigest } from './content-digest.js'
export {
  assertCoveredComponents,
  DERIVED_COMPONENTS,
  type DerivedComponent,
  isDerivedComponent,
} from './covered-components.js'
export { createFieldValue, createSignatureBase, type MessageToSign } from './signature-base.js'
export {
  formatSignature,
  formatSignatureInput,
  parseSignature,
  parseSignatureInput,
  type SignatureInputMember,
} from './signature-fields.js'
export {
  formatSignatureParameters,
  parseSignatureParameters,
  type SignatureInput,
  type SignatureParameters,
} from './signature-parameters.js'
export {
  assertSignatureProfile,
  PARTNER_SIGNATURE_PROFILE,
  type ProfiledParameters,
  type SignatureAlgorithm,
  type SignatureCoverage,
  type SignatureProfile,
} from './signature-profile.js'
export { findTaggedSignature, type TaggedSignature } from './tagged-signature.js'
