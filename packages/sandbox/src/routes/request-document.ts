import { ApiProblem } from '../api-problem.js'
import { type JsonValue, parseStrictJson, StrictJsonError } from '../strict-json.js'

/**
 * Reads a request body as JSON, whatever its Content-Type says: an unsigned header selects nothing.
 *
 * @throws ApiProblem `json_invalid`
 */
export function readDocument(body: Uint8Array): JsonValue {
  try {
    return parseStrictJson(body)
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    const { reason, pointer, message } = error
    throw new ApiProblem('json_invalid', message, [{ pointer, code: reason, detail: message }])
  }
}
