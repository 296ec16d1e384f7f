import type { Context } from './context.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'

/** What a signature by shared secret is made with. */
export interface HmacCredential {
  readonly keyId: string
  readonly secret: string
  readonly environment: string
  readonly api: string
  readonly baseUrl: string
}

/** @throws CliError `credential_kind` (exit 2): the credential in use is of another kind; and as `Context.secret` */
export async function findHmacCredential(context: Context): Promise<HmacCredential> {
  const { auth, keyId, environment, api, baseUrl } = await context.connection()
  if (auth === 'hmac') return { keyId, secret: (await context.secret()).value, environment, api, baseUrl }
  throw new CliError(
    'credential_kind',
    EXIT.usage,
    `This works with an hmac credential; the one in use is of the kind ${auth}.`,
    { next: 'name a profile with an hmac credential: --profile NAME (partner-cli profile list)' },
  )
}
