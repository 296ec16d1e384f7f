#!/usr/bin/env bash
# Oracle 2 for RFC 9421: builds signature bases with bash and verifies signatures with openssl only.
#
# One job a line on standard input, fields separated by "|", escaped as for sign.sh:
#   method | path | query | header lines "name:value" | components, separated by spaces | signature parameters
#   | algorithm | public key (PEM), or the secret in hex | signature in hex
# One result a line: the signature base in hex | ok or bad | SHA-256 of the base, first 16 bytes in hex
set -uo pipefail
shopt -s extglob
LC_ALL=C
temp=$(mktemp -d)
trap 'rm -r "$temp"' EXIT

unescape() { printf -v "$1" '%b' "$2"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }

field_value() { # name, header lines
  local joined='' found='' line name value
  while IFS= read -r line; do
    name=${line%%:*} value=${line#*:}
    [[ ${name,,} == "$1" ]] || continue
    value=${value##*([ $'\t'])} value=${value%%*([ $'\t'])}
    joined+=${found:+, }$value found=1
  done <<<"${2%$'\n'}"
  printf '%s' "$joined"
}

verify() { # algorithm, base in $temp/base, key in $temp/key, signature in hex
  printf '%b' "$(sed 's/../\\x&/g' <<<"$2")" >"$temp/signature"
  case $1 in
    ed25519) openssl pkeyutl -verify -rawin -pubin -inkey "$temp/key" -in "$temp/base" -sigfile "$temp/signature" ;;
    ecdsa-p256-sha256)
      printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${2:0:64}" "${2:64:64}" >"$temp/conf"
      openssl asn1parse -genconf "$temp/conf" -noout -out "$temp/der" &&
        openssl dgst -sha256 -verify "$temp/key" -signature "$temp/der" "$temp/base" ;;
    rsa-pss-sha512)
      openssl dgst -sha512 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -verify "$temp/key" \
        -signature "$temp/signature" "$temp/base" ;;
    hmac-sha256)
      [[ $(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(<"$temp/key")" -binary "$temp/base" | hex) == "$2" ]] ;;
  esac >/dev/null 2>&1
}

while IFS='|' read -r method path query headers components parameters algorithm key signature; do
  for name in method path query headers components parameters key; do unescape "$name" "${!name}"; done
  base=''
  for component in $components; do
    case $component in
      @method) value=$method ;;
      @authority) value=$(field_value host "$headers") ;;
      @path) value=$path ;;
      @query) value="?$query" ;;
      *) value=$(field_value "$component" "$headers") ;;
    esac
    base+="\"$component\": $value"$'\n'
  done
  base+="\"@signature-params\": $parameters"
  printf '%s' "$base" >"$temp/base"
  printf '%s' "$key" >"$temp/key"
  verify "$algorithm" "$signature" && verdict=ok || verdict=bad
  digest=$(openssl dgst -sha256 -binary "$temp/base" | hex)
  printf '%s|%s|%s\n' "$(hex <"$temp/base")" "$verdict" "${digest:0:32}"
done
