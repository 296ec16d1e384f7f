#!/usr/bin/env bash
# Oracle 2: signs requests as spec/partner-signing.md says, with bash and openssl only.
#
# One job a line on standard input, fields separated by "|"; in a field every byte that is not a printable ASCII
# character, and "|", "\" and the space, stand as \xHH:
#   algorithm | secret prefix | secret | key id | date | timestamp | environment | api | terminator
#   | method | path | query | header lines "name:value" | signed headers | body | escaped paths (0 or 1)
#   | date and terminator for the key, where a hostile signer takes those of another day or row (else empty)
# One result a line, in the order of the jobs:
#   canonical URI | canonical headers | payload hash | canonical request | its SHA-256 | string to sign | signing key
#   | signature | authorization            ("|", "\" and line feeds as \xHH, all other bytes as they are)
#
# It shares no code with sign.py or with the packages; secrets given to it stand on openssl's command line: test
# secrets only. All jobs are read first: openssl then hashes all bodies in one run, all canonical requests in one run,
# and all strings to sign of one signing key in one run.
set -euo pipefail
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# hash_files OPENSSL-ARGUMENTS FILE … -> hash_of[FILE]
declare -A hash_of
hash_files() {
  local hash file
  while read -r hash file; do hash_of[${file#\*}]=$hash; done < <(openssl dgst -sha256 -r "$@")
}

# hmac HEXKEY TEXT -> REPLY
hmac() {
  printf %s "$2" >"$work/step"
  REPLY=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -r "$work/step")
  REPLY=${REPLY%% *}
}

# derive PREFIX SECRET DATE ENVIRONMENT API TERMINATOR -> REPLY (hex); derived once for the same six
declare -A derived
derive() {
  local id part IFS=$'\n'
  id="$*"
  if [[ -z ${derived[$id]:-} ]]; then
    REPLY=$(printf %s "$1$2" | od -An -v -tx1 | tr -d ' \n')
    for part in "${@:3}"; do hmac "$REPLY" "$part"; done
    derived[$id]=$REPLY
  fi
  REPLY=${derived[$id]}
}

trim() { # -> REPLY
  REPLY=$1
  while [[ $REPLY == [$' \t']* ]]; do REPLY=${REPLY#?}; done
  while [[ $REPLY == *[$' \t'] ]]; do REPLY=${REPLY%?}; done
  while [[ $REPLY == *'  '* ]]; do REPLY=${REPLY//  / }; done
}

encode_path() { # -> REPLY
  local path=$1 char hex i
  REPLY=''
  for ((i = 0; i < ${#path}; i++)); do
    char=${path:i:1}
    case $char in
      [A-Za-z0-9/._~-]) REPLY+=$char ;;
      *) printf -v hex '%02X' "'$char"; REPLY+=%${hex: -2} ;;
    esac
  done
}

escape() { # -> REPLY
  REPLY=${1//\\/\\x5C}
  REPLY=${REPLY//|/\\x7C}
  REPLY=${REPLY//$'\n'/\\x0A}
}

# 1. read the jobs, hash their bodies
jobs=()
bodies=()
while IFS= read -r line; do
  printf -v file '%s/body-%05d' "$work" "${#jobs[@]}"
  body=${line%|*|*|*}
  printf %b "${body##*|}" >"$file"
  jobs+=("$line")
  bodies+=("$file")
done
if ((${#jobs[@]} == 0)); then exit 0; fi
hash_files "${bodies[@]}"

# 2. canonical requests
uris=() header_blocks=() canonical_requests=() requests=()
for n in "${!jobs[@]}"; do
  IFS='|' read -r _ _ _ _ _ _ _ _ _ method path query headers signed _ escaped _ <<<"${jobs[n]}"
  printf -v path %b "$path"
  printf -v query %b "$query"
  printf -v headers %b "$headers"
  printf -v signed %b "$signed"
  uri=$path
  if [[ $escaped == 1 ]]; then encode_path "$path"; uri=$REPLY; fi

  canonical_headers=''
  IFS=';' read -ra names <<<"$signed"
  for name in "${names[@]}"; do
    joined='' found=''
    while IFS= read -r line; do
      key=${line%%:*}
      if [[ ${key,,} != "$name" ]]; then continue; fi
      trim "${line#*:}"
      joined+="${found:+,}$REPLY"
      found=1
    done <<<"$headers"
    if [[ -z $found ]]; then echo "job $((n + 1)): no header $name" >&2; exit 1; fi
    canonical_headers+="$name:$joined"$'\n'
  done

  uris+=("$uri")
  header_blocks+=("$canonical_headers")
  payload_hash=${hash_of[${bodies[n]}]}
  canonical_requests+=("$method"$'\n'"$uri"$'\n'"$query"$'\n'"$canonical_headers"$'\n'"$signed"$'\n'"$payload_hash")
  printf -v file '%s/request-%05d' "$work" "$n"
  printf %s "${canonical_requests[n]}" >"$file"
  requests+=("$file")
done
hash_files "${requests[@]}"

# 3. strings to sign, by signing key
strings=() keys=()
declare -A files_of
for n in "${!jobs[@]}"; do
  IFS='|' read -r algorithm prefix secret _ date timestamp environment api terminator \
    _ _ _ _ _ _ _ key_date key_terminator <<<"${jobs[n]}"
  printf -v secret %b "$secret"
  derive "$prefix" "$secret" "${key_date:-$date}" "$environment" "$api" "${key_terminator:-$terminator}"
  keys+=("$REPLY")
  scope=$date/$environment/$api/$terminator
  strings+=("$algorithm"$'\n'"$timestamp"$'\n'"$scope"$'\n'"${hash_of[${requests[n]}]}")
  printf -v file '%s/string-%05d' "$work" "$n"
  printf %s "${strings[n]}" >"$file"
  files_of[$REPLY]+="$file "
done

# 4. signatures
for key in "${!files_of[@]}"; do
  read -ra files <<<"${files_of[$key]}"
  hash_files -mac HMAC -macopt "hexkey:$key" "${files[@]}"
done

for n in "${!jobs[@]}"; do
  IFS='|' read -r algorithm _ _ key_id date _ environment api terminator _ _ _ _ signed _ <<<"${jobs[n]}"
  printf -v signed %b "$signed"
  printf -v file '%s/string-%05d' "$work" "$n"
  signature=${hash_of[$file]}
  authorization="$algorithm Credential=$key_id/$date/$environment/$api/$terminator, SignedHeaders=$signed, Signature=$signature"
  fields=("${uris[n]}" "${header_blocks[n]}" "${hash_of[${bodies[n]}]}" "${canonical_requests[n]}"
    "${hash_of[${requests[n]}]}" "${strings[n]}" "${keys[n]}" "$signature" "$authorization")
  line=''
  for field in "${fields[@]}"; do escape "$field"; line+="$REPLY|"; done
  printf '%s\n' "${line%|}"
done
