import { ProtocolError } from '../errors.js'
import { cause, type DiagnosisCause, type DiagnosisCode } from './cause.js'

/** Adds a cause when `read` refuses a value. */
export function checkForm(code: DiagnosisCode, causes: DiagnosisCause[], read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    causes.push(cause(code, error.message))
  }
}
