import { AWS_SCHEME, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createFixture, WRITE } from '../../test/fixture.js'
import { AuthorizationMemo } from '../authorization-memo.js'
import { createHeaderRules } from '../header-rules.js'
import type { IncomingRequest } from '../incoming-request.js'
import { readRequestHeaders } from '../request-headers.js'
import { presentHmacSignature } from './hmac-presentation.js'

const { signed, verifier } = createFixture()
const withAuthorization = (change: (value: string) => string): IncomingRequest => {
  const request = signed()
  const rawHeaders = [...request.rawHeaders]
  rawHeaders.push(change(rawHeaders.pop()!))
  return { ...request, rawHeaders }
}
const refusal = async (request: IncomingRequest): Promise<unknown> =>
  verifier.verify(request, WRITE).then(
    () => undefined,
    (error: unknown) => error,
  )

describe('presentHmacSignature', () => {
  it.each([
    ['date', { scopeDate: '20261120' }, '"20261120"', '"20261121"'],
    ['environment', { environment: 'live' }, '"live"', '"sandbox"'],
    ['api', { api: 'returns' }, '"returns"', '"orders"'],
    ['terminator', { terminator: 'aws4_request' }, '"aws4_request"', '"partner4_request"'],
  ])('names the %s of the scope that does not fit', async (part, parameters, found, wanted) => {
    expect(await refusal(signed(parameters))).toMatchObject({
      ...{ code: 'credential_scope_invalid', part },
      message: `The scope's ${part} is ${found}; this request must be signed for ${wanted}.`,
    })
  })

  it('a scheme that is not enabled is no credential; the audit log hears why', async () => {
    expect(await refusal(withAuthorization(value => value.replace('PARTNER4', 'ACME4')))).toMatchObject({
      ...{ code: 'credentials_missing', detail: 'scheme_not_enabled' },
    })
    // Another algorithm that begins with the name of an enabled one; a tab is no space.
    for (const char of ['0', '\t'])
      expect(await refusal(withAuthorization(value => value.replace('256 ', `256${char}`)))).toMatchObject({
        code: 'credentials_missing',
      })
  })

  it('an algorithm alone is malformed', async () => {
    expect(await refusal(withAuthorization(() => 'PARTNER4-HMAC-SHA256'))).toMatchObject({
      ...{ code: 'authorization_malformed', part: 'Credential' },
    })
  })

  it('says which date header is missing', async () => {
    const request = signed()
    const rawHeaders = request.rawHeaders.filter((_, i) => i < 2 || i > 3)
    expect(await refusal({ ...request, rawHeaders })).toMatchObject({
      ...{ code: 'timestamp_invalid', part: 'x-partner-date' },
      message: 'The header x-partner-date is missing. Send the time of signing as yyyymmddThhmmssZ.',
    })
  })

  it.each([
    [' ', ''],
    ['', ' '],
    ['\t', ' \t'],
  ])('blanks around the value (%j, %j) are not part of it', async (before, after) => {
    const { verifier: fresh } = createFixture()
    const request = withAuthorization(value => before + value + after)
    expect(await fresh.verify(request, WRITE)).toMatchObject({ partnerId: 'acme' })
  })

  it('a tab inside a value with blanks around it is named', async () => {
    expect(await refusal(withAuthorization(value => ` ${value.replace(', ', ',\t')}`))).toMatchObject({
      ...{ code: 'header_invalid', part: 'authorization' },
    })
  })

  it('says whether the text was known', () => {
    const { rawHeaders, ...request } = signed()
    const rows = [PARTNER_SCHEME, AWS_SCHEME]
    const headerRules = createHeaderRules(rows, [])
    const memo = new AuthorizationMemo(16)
    const policy = { rows, environment: 'sandbox', api: 'orders', memo, headerRules }
    const parsed = {
      ...{ incoming: { ...request, rawHeaders }, path: '/', query: '' },
      headers: readRequestHeaders(rawHeaders, headerRules),
    }
    const first = presentHmacSignature(parsed, rawHeaders.at(-1)!, policy)
    memo.keep(first.text, first.authorization)
    const second = presentHmacSignature(parsed, rawHeaders.at(-1)!, policy)
    expect([first.remembered, second.remembered]).toEqual([false, true])
    expect(second).toEqual({ ...first, remembered: true })
  })
})
