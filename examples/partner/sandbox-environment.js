// Prints the environment variables for the programs beside it, from the ready file of a sandbox. In production they come
// from wherever the partner keeps its configuration and secrets.
//   eval "$(node examples/partner/sandbox-environment.js .sandbox/ready.json)"
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const file = resolve(process.argv[2] ?? '.sandbox/ready.json')
const { url, environment, api, hmac, oauth } = JSON.parse(readFileSync(file, 'utf8'))
const variables = {
  PARTNER_BASE_URL: url,
  PARTNER_ENVIRONMENT: environment,
  PARTNER_API: api,
  PARTNER_KEY_ID: hmac.keyId,
  PARTNER_SECRET: hmac.secret,
  PARTNER_ISSUER: oauth.issuer,
  PARTNER_CLIENT_ID: oauth.clientId,
  PARTNER_CLIENT_SECRET: oauth.clientSecret,
  PARTNER_SCOPE: oauth.scope,
  // Two of the programs use a private key; they find it, and what goes with it, in the ready file itself.
  PARTNER_READY_FILE: file,
}
for (const [name, value] of Object.entries(variables))
  console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`)
