/** Every cause that a diagnosis can name. */
export type DiagnosisCode =
  | 'identical'
  | 'secret_or_label'
  | 'algorithm_label'
  | 'timestamp_differs'
  | 'scope_differs'
  | 'not_a_canonical_request'
  | 'carriage_returns'
  | 'trailing_newline'
  | 'blank_line_missing'
  | 'method_changed'
  | 'path_double_encoded'
  | 'path_reencoded'
  | 'path_normalized'
  | 'path_trailing_slash'
  | 'path_prefix'
  | 'path_case'
  | 'path_differs'
  | 'query_dropped'
  | 'query_order'
  | 'query_plus_as_space'
  | 'query_reencoded'
  | 'query_parameter_added'
  | 'query_differs'
  | 'host_port'
  | 'host_rewritten'
  | 'date_differs'
  | 'content_type_charset'
  | 'header_white_space'
  | 'header_name_case'
  | 'header_missing'
  | 'header_differs'
  | 'signed_headers_order'
  | 'signed_headers_differ'
  | 'payload_hash_case'
  | 'body_not_signed'
  | 'body_lost'
  | 'body_trailing_newline'
  | 'body_line_ends'
  | 'body_byte_order_mark'
  | 'body_reserialized'
  | 'body_charset'
  | 'body_changed'

/** What most likely went wrong, and what to do about it. */
export interface DiagnosisCause {
  readonly code: DiagnosisCode
  /** One or two sentences for the person at the terminal. */
  readonly explanation: string
}

/** Shorthand for the files beside this one. */
export function cause(code: DiagnosisCode, explanation: string): DiagnosisCause {
  return { code, explanation }
}
