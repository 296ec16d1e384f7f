#!/usr/bin/env bash
# Signs order events as spec/partner-signing.md says (the § in comments), with bash 4.4 or later, openssl and od; curl
# only sends. Copy the file and call push, or sign for requests of another kind.
#
#   bash sign.sh check-vectors ../../../test-vectors/flat/hmac-signing.txt
#   bash sign.sh push https://api.example.com A-1001 shipped
#
# push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
# No key ever stands on a command line, where ps would show it: HMAC is put together from plain SHA-256 on pipes, since
# openssl takes HMAC keys as arguments only. printf, echo and [[ are part of bash and no processes.
set -euo pipefail
export LC_ALL=C # one character, one byte

random_hex() { openssl rand -hex 16; }
sha256_hex() { local hex; read -r hex _ < <(openssl dgst -sha256 -r); printf %s "$hex"; }
escape_hex() { local hex=$1 out='' i; for ((i = 0; i < ${#hex}; i += 2)); do out+="\\x${hex:i:2}"; done; printf %s "$out"; }

# hmac_sha256 KEYHEX DATA: RFC 2104 with the key as hex, the result as hex
hmac_sha256() {
  local key=$1 data=$2 inner='' outer='' i
  if ((${#key} > 128)); then key=$(printf %b "$(escape_hex "$key")" | sha256_hex); fi
  for ((i = 0; i < 128; i += 2)); do
    printf -v inner '%s\\x%02x' "$inner" "$((16#${key:i:2}0 / 16 ^ 0x36))" # "0" appended and taken away: past the key
    printf -v outer '%s\\x%02x' "$outer" "$((16#${key:i:2}0 / 16 ^ 0x5c))" # there is nothing, which counts as zero
  done
  { printf %b "$outer"; { printf %b "$inner"; printf %s "$data"; } | openssl dgst -sha256 -binary; } | sha256_hex
}

canonical_uri() { # §4.1
  local path=$1 out='' i char
  if [[ $escapedPaths != 1 ]]; then printf %s "$path"; return; fi
  for ((i = 0; i < ${#path}; i++)); do
    char=${path:i:1}
    if [[ $char == [A-Za-z0-9/._~-] ]]; then out+=$char; else printf -v out '%s%%%02X' "$out" "'$char"; fi
  done
  printf %s "$out"
}

canonical_header() { # §4.3: one line, for the name given; only spaces and tabs are blanks
  local line value values='' found=''
  while IFS= read -r line; do
    value=${line#*:}
    line=${line%%:*}
    if [[ ${line,,} != "$1" ]]; then continue; fi
    while [[ $value == [$' \t']* ]]; do value=${value:1}; done
    while [[ $value == *[$' \t'] ]]; do value=${value%?}; done
    while [[ $value == *'  '* ]]; do value=${value//  / }; done
    values+=${found:+,}$value found=1
  done <<<"${headers%$'\n'}"
  if [[ -z $found ]]; then echo "signedHeaders lists $1, but there is no such header" >&2; exit 1; fi
  printf '%s:%s\n' "$1" "$values"
}

derive_signing_key() { # §7
  local key part
  key=$(printf %s "$secretPrefix$secret" | od -An -v -tx1 | tr -d ' \n')
  for part in "${timestamp:0:8}" "$environment" "$api" "$terminator"; do key=$(hmac_sha256 "$key" "$part"); done
  printf %s "$key"
}

# Reads and sets variables named as the fields of the vectors. Only body is escaped for printf %b, as it may hold NUL.
sign() {
  local path=${target%%\?*} name names scope
  canonicalUri=$(canonical_uri "$path")
  canonicalQuery=${target:${#path}+1}
  canonicalHeaders=''
  IFS=';' read -ra names <<<"$signedHeaders"
  for name in "${names[@]}"; do canonicalHeaders+=$(canonical_header "$name")$'\n'; done
  payloadHash=$(printf %b "$body" | sha256_hex) # §4.4
  canonicalRequest=$method$'\n'$canonicalUri$'\n'$canonicalQuery$'\n'$canonicalHeaders$'\n'$signedHeaders$'\n'$payloadHash # §4
  canonicalRequestSha256=$(printf %s "$canonicalRequest" | sha256_hex)
  scope=${timestamp:0:8}/$environment/$api/$terminator # §3
  stringToSign=$algorithm$'\n'$timestamp$'\n'$scope$'\n'$canonicalRequestSha256 # §6
  if [[ $secretPrefix$secret/$scope != "${cachedFor-}" ]]; then cachedFor=$secretPrefix$secret/$scope cachedKey=$(derive_signing_key); fi
  signingKey=$cachedKey # good for one day, environment and API (§7)
  signature=$(hmac_sha256 "$signingKey" "$stringToSign") # §8
  authorization="$algorithm Credential=$keyId/$scope, SignedHeaders=$signedHeaders, Signature=$signature" # §3
}

# Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
push() {
  local url=$1 order=$2 status=$3 now authority answer
  if [[ ! $status =~ ^[a-z_]+$ ]]; then echo "Not a status: $status" >&2; return 1; fi # so it needs no JSON escapes
  algorithm=PARTNER4-HMAC-SHA256 secretPrefix=PARTNER4 terminator=partner4_request # §2
  keyId=${PARTNER_KEY_ID:?} secret=${PARTNER_SECRET:?} environment=${PARTNER_ENVIRONMENT:-live} api=${PARTNER_API:-orders}
  printf -v now '%(%s)T' -1
  TZ=UTC printf -v timestamp '%(%Y%m%dT%H%M%SZ)T' "$now" # §5
  TZ=UTC printf -v body '{"eventId":"%s","status":"%s","occurredAt":"%(%Y-%m-%dT%H:%M:%SZ)T"}' "$(random_hex)" "$status" "$now"
  authority=${url#*://} authority=${authority%%/*} url=${url%%://*}://$authority
  escapedPaths=0 method=POST target=/v1/orders/$order/statuses
  headers="Content-Type:application/json"$'\n'"Host:$authority"$'\n'"X-Partner-Date:$timestamp"$'\n'
  headers+="X-Partner-Content-Sha256:$(printf %b "$body" | sha256_hex)"$'\n'"X-Partner-Nonce:$(random_hex)"$'\n'
  signedHeaders='content-type;host;x-partner-content-sha256;x-partner-date;x-partner-nonce'
  sign
  answer=$(printf %b "$body" | curl -sS --max-time 30 --data-binary @- -w '\n%{http_code}' "$url$target" \
    -H @<(printf %s "$headers"; printf 'Authorization:%s\n' "$authorization"))
  printf '%s %s\n' "${answer##*$'\n'}" "${answer%$'\n'*}"
  [[ ${answer##*$'\n'} == 202 ]]
}

check_vectors() {
  local passed=0 failed=0 id='' line name wrong decoded
  local -A vector
  while IFS= read -r line; do
    if [[ -n $line && $line != '#'* ]]; then
      name=${line%% *} line=${line#"$name"} line=${line# }
      if [[ $name == body ]]; then body=${line//%/\\x}; continue; fi
      printf -v decoded %b "${line//%/\\x}"
      vector[$name]=$decoded
      printf -v "$name" %s "$decoded"
    elif [[ -z $line && -n $id ]]; then
      sign
      wrong=''
      for name in "${!vector[@]}"; do if [[ ${!name} != "${vector[$name]}" ]]; then wrong+=" $name"; fi; done
      if [[ -z $wrong ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "$id: wrong$wrong"; fi
      id=''
    fi
  done <"$1"
  echo "$passed passed, $failed failed"
  ((passed > 0 && failed == 0))
}

case ${1-}/$# in
  check-vectors/2) check_vectors "$2" ;;
  push/4) push "$2" "$3" "$4" ;;
  *) echo 'usage: bash sign.sh check-vectors FILE | push URL ORDER_ID STATUS' >&2; exit 1 ;;
esac
