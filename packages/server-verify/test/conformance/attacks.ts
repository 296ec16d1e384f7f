// The attack catalogue as far as single requests show it; `state-attacks.ts` has those that need several.
import type { Attack } from './attack.js'
import { BODY_ATTACKS } from './attacks-body.js'
import { FRAMING_ATTACKS } from './attacks-framing.js'
import { HEADER_ATTACKS } from './attacks-header.js'
import { HOST_ATTACKS } from './attacks-host.js'
import { SIGNATURE_ATTACKS } from './attacks-signature.js'
import { TARGET_ATTACKS } from './attacks-target.js'
import { TIME_ATTACKS } from './attacks-time.js'

export const ATTACKS: readonly Attack[] = [
  ...TARGET_ATTACKS,
  ...HOST_ATTACKS,
  ...HEADER_ATTACKS,
  ...SIGNATURE_ATTACKS,
  ...BODY_ATTACKS,
  ...FRAMING_ATTACKS,
  ...TIME_ATTACKS,
]
