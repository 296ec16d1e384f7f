// aws4fetch's declarations expect the names of lib.dom; on Node they are undici's.
type HeadersInit = import('undici').HeadersInit
type BodyInit = import('undici').BodyInit
