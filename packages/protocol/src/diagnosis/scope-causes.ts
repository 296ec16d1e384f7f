import type { HmacAuthorization } from '../authorization-header.js'
import { quoteFragment } from '../errors.js'
import type { SigningScheme } from '../signing-scheme.js'
import { parseTimestamp } from '../timestamp.js'
import { cause, type DiagnosisCause } from './cause.js'
import { checkForm } from './check-form.js'
import { type DiagnosisCredential, findHeaders, type RecordedRequest } from './recorded-request.js'

/** What is wrong with scope, date and labels (`spec/partner-signing.md` §3, §5). */
export function diagnoseScope(
  request: RecordedRequest,
  { keyId, scope }: HmacAuthorization,
  scheme: SigningScheme,
  credential: Omit<DiagnosisCredential, 'secret'> | undefined,
  rows: readonly SigningScheme[],
): DiagnosisCause[] {
  const causes: DiagnosisCause[] = []
  const [date] = findHeaders(request, scheme.dateHeader)
  if (date === undefined) {
    const other = rows.find(row => row !== scheme && findHeaders(request, row.dateHeader).length > 0)
    causes.push(
      other === undefined
        ? cause(
            'date_missing',
            `The header ${scheme.dateHeader} is missing. Send the time of signing as yyyymmddThhmmssZ.`,
          )
        : cause(
            'labels_mixed',
            `Labels of two schemes are mixed: the algorithm ${scheme.algorithm} goes with the header ${scheme.dateHeader}, but ${other.dateHeader} came. With curl: --aws-sigv4 "partner:partner:…", or "aws:amz:…".`,
          ),
    )
  } else {
    checkForm('timestamp_invalid', causes, () => parseTimestamp(date))
    if (!date.startsWith(scope.date))
      causes.push(
        cause(
          'scope_date',
          `The scope is of the day ${scope.date}, the date header says ${quoteFragment(date)}. Take both from one moment in UTC: local time and a request at midnight make them differ.`,
        ),
      )
  }
  if (scope.terminator !== scheme.terminator)
    causes.push(
      cause(
        'scope_terminator',
        `The scope ends in ${scope.terminator}; with ${scheme.algorithm} it must end in ${scheme.terminator}.`,
      ),
    )
  if (credential === undefined) return causes
  const { environment, api } = credential
  if (keyId !== credential.keyId)
    causes.push(
      cause(
        'key_id_differs',
        `The request is of the key ${keyId}, but this profile holds the key ${credential.keyId}, so their secrets cannot be compared.`,
      ),
    )
  if (scope.environment !== environment)
    causes.push(
      cause(
        'scope_environment',
        `The request was signed for the environment ${scope.environment}; this credential is for ${environment}.`,
      ),
    )
  if (scope.api !== api)
    causes.push(
      cause('scope_api', `The request was signed for the API ${scope.api}; this credential is for ${api}.`),
    )
  return causes
}
