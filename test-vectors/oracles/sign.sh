#!/usr/bin/env bash
# Oracle 2: signs requests as spec/partner-signing.md says, with bash, base64 and openssl only.
#
# One job a line on standard input, fields separated by "|", text fields in base64 (an empty one stays empty):
#   algorithm | secret prefix | secret (base64) | key id | date | timestamp | environment | api | terminator
#   | method | path (base64) | query (base64) | header lines "name:value" (base64) | signed headers (base64) | body (base64)
#   | escaped paths (0 or 1)
# One result a line:
#   canonical URI | canonical headers | payload hash | canonical request | its SHA-256 | string to sign | signing key
#   | signature | authorization            (all but the hex values in base64)
#
# It shares no code with sign.py or with the packages; secrets given to it stand on openssl's command line: test
# secrets only.
set -euo pipefail
export LC_ALL=C

decode() { printf %s "$1" | base64 -d; }
encode() { printf %s "$1" | base64 -w 0; }
sha256() { local out; out=$(openssl dgst -sha256 -r); printf %s "${out%% *}"; }
# hmac HEXKEY < data
hmac() { local out; out=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r); printf %s "${out%% *}"; }

trim() {
  local value=$1
  while [[ $value == [$' \t']* ]]; do value=${value#?}; done
  while [[ $value == *[$' \t'] ]]; do value=${value%?}; done
  while [[ $value == *'  '* ]]; do value=${value//  / }; done
  printf %s "$value"
}

encode_path() {
  local path=$1 out='' char i
  for ((i = 0; i < ${#path}; i++)); do
    char=${path:i:1}
    case $char in
      [A-Za-z0-9/._~-]) out+=$char ;;
      *) out+=$(printf '%%%02X' "'$char") ;;
    esac
  done
  printf %s "$out"
}

while IFS='|' read -r algorithm prefix secret key_id date timestamp environment api terminator \
  method path query headers signed body escaped; do
  path=$(decode "$path")
  query=$(decode "$query")
  headers=$(decode "$headers")
  signed=$(decode "$signed")
  payload_hash=$(decode "$body" | sha256)
  uri=$path
  if [[ $escaped == 1 ]]; then uri=$(encode_path "$path"); fi

  canonical_headers=''
  IFS=';' read -ra names <<<"$signed"
  for name in "${names[@]}"; do
    joined='' found=''
    while IFS= read -r line; do
      key=${line%%:*}
      if [[ ${key,,} != "$name" ]]; then continue; fi
      value=$(trim "${line#*:}"; printf x)
      joined+="${found:+,}${value%x}"
      found=1
    done <<<"$headers"
    if [[ -z $found ]]; then echo "no header $name" >&2; exit 1; fi
    canonical_headers+="$name:$joined"$'\n'
  done

  canonical_request=$method$'\n'$uri$'\n'$query$'\n'$canonical_headers$'\n'$signed$'\n'$payload_hash
  digest=$(printf %s "$canonical_request" | sha256)
  scope=$date/$environment/$api/$terminator
  string_to_sign=$algorithm$'\n'$timestamp$'\n'$scope$'\n'$digest

  hexkey=$({ printf %s "$prefix"; decode "$secret"; } | od -An -v -tx1 | tr -d ' \n')
  for part in "$date" "$environment" "$api" "$terminator"; do
    hexkey=$(printf %s "$part" | hmac "$hexkey")
  done
  signature=$(printf %s "$string_to_sign" | hmac "$hexkey")
  authorization="$algorithm Credential=$key_id/$scope, SignedHeaders=$signed, Signature=$signature"

  printf '%s|%s|%s|%s|%s|%s|%s|%s|%s\n' "$(encode "$uri")" "$(encode "$canonical_headers")" "$payload_hash" \
    "$(encode "$canonical_request")" "$digest" "$(encode "$string_to_sign")" "$hexkey" "$signature" \
    "$(encode "$authorization")"
done
