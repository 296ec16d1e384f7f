#!/usr/bin/env bash
# Oracle 2 of api-keys: one text a line on standard input, its checksum a line back. The CRC-32 is the one that gzip
# writes into the last eight bytes of its output (RFC 1952, least significant byte first).
set -euo pipefail
export LC_ALL=C
digits=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz

while IFS= read -r text; do
  read -r a b c d _ < <(printf %s "$text" | gzip -c | tail -c 8 | od -An -v -tu1)
  crc=$((a | b << 8 | c << 16 | d << 24))
  shown=''
  for _ in 1 2 3 4 5 6; do
    shown=${digits:crc % 62:1}$shown
    crc=$((crc / 62))
  done
  printf '%s\n' "$shown"
done
