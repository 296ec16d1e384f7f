// The declarations of structured-headers name this type of the browser's library, which this repository compiles without.
type BufferSource = ArrayBufferView | ArrayBuffer
