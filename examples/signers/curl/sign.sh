#!/usr/bin/env bash
# Signs order events with curl's own --aws-sigv4 (§12 of spec/partner-signing.md). Copy the file and call push.
#
#   bash sign.sh check-vectors ../../../test-vectors/flat/hmac-signing.txt
#   bash sign.sh push https://api.example.com A-1001 shipped
#
# push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
# curl < 7.75 cannot sign; 7.75 to 7.85 leave the nonce and the port unsigned, which the platform refuses: 7.86 or later.
# The secret reaches curl through a pipe (-K), because "-u KEYID:SECRET" can be read in ps for a moment.
set -euo pipefail
export LC_ALL=C # one character, one byte

# curl_signed ENVIRONMENT API KEYID SECRET argument…: the label and header label of §2 are in label and headerLabel
curl_signed() {
  local environment=$1 api=$2 user=$3:$4
  user=${user//\\/\\\\} user=${user//\"/\\\"} # the quoting of curl's configuration files
  curl -sS --max-time 30 -K <(printf 'user = "%s"\n' "$user") --aws-sigv4 "$label:$headerLabel:$environment:$api" "${@:5}"
}

# Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
push() {
  local url=${1%/} order=$2 status=$3 label=partner headerLabel=partner body answer
  if [[ ! $status =~ ^[a-z_]+$ ]]; then echo "Not a status: $status" >&2; return 1; fi # so it needs no JSON escapes
  require_curl 7 86
  printf -v body '{"eventId":"%s","status":"%s","occurredAt":"%s"}' "$(openssl rand -hex 16)" "$status" "$(date -u +%FT%TZ)"
  # --data-binary @-: the bytes as they are. Never -T or -F (§12): curl would sign an empty body.
  answer=$(printf %s "$body" | curl_signed "${PARTNER_ENVIRONMENT:-live}" "${PARTNER_API:-orders}" \
    "${PARTNER_KEY_ID:?}" "${PARTNER_SECRET:?}" -H 'Content-Type: application/json' \
    -H "X-Partner-Nonce: $(openssl rand -hex 16)" --data-binary @- -w '\n%{http_code}' "$url/v1/orders/$order/statuses")
  printf '%s %s\n' "${answer##*$'\n'}" "${answer%$'\n'*}"
  [[ ${answer##*$'\n'} == 202 ]]
}

curl_is() { # curl_is MAJOR MINOR: this version or a later one
  local version
  version=$(curl --version) version=${version#curl } version=${version%% *}
  local major=${version%%.*} minor=${version#*.}
  ((major > $1 || (major == $1 && ${minor%%.*} >= $2)))
}

require_curl() {
  if ! curl_is "$1" "$2"; then echo "curl $1.$2 or later is needed" >&2; exit 1; fi
}

# What this curl is known to sign otherwise, in words; empty if nothing (curl's own fixes, by version).
known_difference() {
  local names
  names=$(sed 's/:.*/:/' <<<"$sent" | tr 'A-Z' 'a-z')
  if [[ $escapedPaths == 1 ]] && ! curl_is 8 14; then echo 'escaped paths need curl 8.14'
  elif [[ $target == *%2B* ]] && curl_is 8 14 && ! curl_is 8 19; then echo '%2B in a query needs curl < 8.14 or >= 8.19'
  elif [[ -n $(sort <<<"$names" | uniq -d) ]] && ! curl_is 8 13; then echo 'repeated headers need curl 8.13'
  elif [[ $(sort <<<"$names") != "$(tr -d : <<<"$names" | sort | sed 's/$/:/')" ]] && ! curl_is 8 10; then
    echo 'names that begin like others need curl 8.10'
  elif grep -q $'^[^:]*:[ \t]*$' <<<"$sent" && ! curl_is 8 3; then echo 'empty headers need curl 8.3'
  fi
}

signed_lines() { # the headers that are signed: curl signs all it is given, so it is given these only
  local line name
  while IFS= read -r line; do
    name=${line%%:*}
    if [[ ";$signedHeaders;" == *";${name,,};"* ]]; then printf '%s\n' "$line"; fi
  done <<<"${headers%$'\n'}"
}

# curl signs with the date header it is given, so the vectors can be run: a listener (perl) takes what curl sends and
# prints its Authorization. The steps before it stay inside curl; a wrong one makes a wrong signature.
check_vectors() {
  local passed=0 failed=0 skipped=0 line name decoded port reason received listener sent
  require_curl 7 87 # honours the payload-hash header
  exec {listener}< <(perl -MIO::Socket::INET -e '$| = 1;
    my $socket = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die; print $socket->sockport, "\n";
    while (my $client = $socket->accept) {
      my ($length, $authorization) = (0, "");
      while (my $line = <$client>) {
        $length = $1 if $line =~ /^content-length: *(\d+)/i;
        $authorization = $1 if $line =~ /^authorization: *([^\r\n]*)/i;
        last if $line =~ /^\r?\n$/;
      }
      read $client, my $body, $length;
      print "$authorization\n";
      print $client "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    }')
  # shellcheck disable=SC2064
  trap "kill $!" EXIT
  read -r port <&"$listener"
  while IFS= read -r line; do
    if [[ -n $line && $line != '#'* ]]; then
      name=${line%% *} line=${line#"$name"} line=${line# }
      if [[ $name == body ]]; then body=${line//%/\\x}; continue; fi
      printf -v decoded %b "${line//%/\\x}"
      printf -v "$name" %s "$decoded"
    elif [[ -z $line && -n ${id-} ]]; then
      sent=$(signed_lines)
      reason=$(known_difference)
      if [[ -n $reason ]]; then
        skipped=$((skipped + 1))
        echo "$id: not run, $reason"
      else
        run_vector "$port" || true
        read -r received <&"$listener"
        if [[ $received == "$authorization" ]]; then passed=$((passed + 1))
        else failed=$((failed + 1)); echo "$id: wrong $received"; fi
      fi
      id=''
    fi
  done <"$1"
  echo "$passed passed, $failed failed, $skipped not run"
  ((passed > 0 && failed == 0))
}

run_vector() {
  local line arguments=(-g -X "$method" -o /dev/null "http://127.0.0.1:$1$target")
  label=${algorithm%4-*} label=${label,,} headerLabel=$label
  if [[ $label == aws ]]; then headerLabel=amz; fi
  while IFS= read -r line; do
    if [[ $line =~ ^[^:]*:[$' \t']*$ ]]; then line="${line%%:*};"; fi # -H "Name:" would take the header away
    arguments+=(-H "$line")
  done <<<"$sent"
  if [[ -n $body ]]; then arguments+=(--data-binary @-); fi
  printf %b "$body" | curl_signed "$environment" "$api" "$keyId" "$secret" "${arguments[@]}"
}

case ${1-}/$# in
  check-vectors/2) check_vectors "$2" ;;
  push/4) push "$2" "$3" "$4" ;;
  *) echo 'usage: bash sign.sh check-vectors FILE | push URL ORDER_ID STATUS' >&2; exit 1 ;;
esac
