#!/usr/bin/env bash
# Signs requests by HTTP Message Signatures (RFC 9421) as spec/partner-signing.md §13 says, with bash (4 or later), openssl
# (3 or later) and curl. The private key stays in its file; openssl reads it there. Ed25519, or P-256.
#
#   openssl genpkey -algorithm ed25519 -out private.pem            # once; the platform enrols the public key
#   openssl pkey -in private.pem -pubout -out public.pem
#   bash sign.sh prove challenge.txt > proof.bin                    # what the platform asks for when it enrols the key
#   bash sign.sh push https://api.example.com A-1001 shipped
#   bash sign.sh headers METHOD AUTHORITY TARGET BODY_FILE CREATED NONCE    # prints the headers; - for no body
#
# PARTNER_KEY_ID is the key id, PARTNER_KEY_FILE the file with the private key (PEM), readable by you only.
set -euo pipefail
LC_ALL=C
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# Raw signature of a file: 64 bytes. openssl gives DER for P-256; r and s are taken out and filled up to 32 bytes (§13.1).
sign_file() {
  if openssl pkey -in "$PARTNER_KEY_FILE" -noout -text_pub | head -n 1 | grep -qi ed25519; then
    openssl pkeyutl -sign -rawin -inkey "$PARTNER_KEY_FILE" -in "$1"
    return
  fi
  local integer
  openssl dgst -sha256 -sign "$PARTNER_KEY_FILE" "$1" | openssl asn1parse -inform DER |
    sed -n 's/.*INTEGER *:\(.*\)/\1/p' | while read -r integer; do
      integer=$(printf '%64s' "$integer" | tr ' ' 0)
      printf '%b' "$(sed 's/../\\x&/g' <<<"$integer")"
    done
}

base64_of() { openssl base64 -A; }

# One header a line: Content-Type and Content-Digest if there is a body, Signature-Input, Signature.
print_headers() { # method, authority, target, body file or -, created, nonce
  local method=$1 authority=$2 path=${3%%\?*} query=${3#"${3%%\?*}"} body=$4 created=$5 nonce=$6
  local names='"@method" "@authority" "@path" "@query"' lines='' digest parameters
  lines+="\"@method\": $method"$'\n'"\"@authority\": $authority"$'\n' # §13.2
  lines+="\"@path\": $path"$'\n'"\"@query\": ${query:-?}"$'\n'
  if [[ $body != - ]]; then
    digest="sha-256=:$(openssl dgst -sha256 -binary "$body" | base64_of):" # §13.4
    names+=' "content-type" "content-digest"'
    lines+="\"content-type\": application/json"$'\n'"\"content-digest\": $digest"$'\n'
    printf 'Content-Type: application/json\nContent-Digest: %s\n' "$digest"
  fi
  parameters="($names);created=$created;expires=$((created + 300));nonce=\"$nonce\"" # §13.3
  parameters+=";keyid=\"$PARTNER_KEY_ID\";tag=\"partner-orders-v1\""
  printf '%s"@signature-params": %s' "$lines" "$parameters" >"$temp/base" # §13.5
  printf 'Signature-Input: sig1=%s\n' "$parameters"
  printf 'Signature: sig1=:%s:\n' "$(sign_file "$temp/base" | base64_of)"
}

push() { # base URL, order id, status
  local authority=${1#*://} target="/v1/orders/$2/statuses" code
  authority=${authority%%/*}
  printf '{"status":"%s","occurredAt":"%s","eventId":"%s"}' \
    "$3" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$(openssl rand -hex 16)" >"$temp/body"
  # A retry signs again (new time, new nonce) and sends the same body.
  print_headers POST "$authority" "$target" "$temp/body" "$(date +%s)" "$(openssl rand -hex 16)" >"$temp/headers"
  code=$(curl -sS -o "$temp/answer" -w '%{http_code}' -H "@$temp/headers" --data-binary "@$temp/body" "${1%/}$target")
  printf '%s %s\n' "$code" "$(<"$temp/answer")"
  [[ $code == 202 ]]
}

case ${1-} in
  push) push "${@:2}" ;;
  headers) print_headers "${@:2}" ;;
  prove) sign_file "$2" ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
