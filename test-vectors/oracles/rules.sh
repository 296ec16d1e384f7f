#!/usr/bin/env bash
# Oracle 2, second half: judges timestamps and targets with bash patterns and GNU date only.
# One input a line on standard input; one verdict a line: the error code, or what is acceptable about it.
#   t <timestamp>                    -> timestamp_invalid | seconds since 1970
#   p <0|1 escaped paths> <target>   -> target_not_canonical | query_not_canonical | ok
#   h <SignedHeaders list>           -> signed_headers_invalid | ok
#   a <Authorization value>          -> authorization_malformed | credential_scope_invalid | key_id_invalid
#                                       | signed_headers_invalid | ok
# In an input every byte that is not a printable ASCII character, and "|", "\" and the space, stand as \xHH.
# NUL cannot stand in a bash string: an input with NUL is refused before it gets here.
set -euo pipefail
export LC_ALL=C TZ=UTC0

timestamp() {
  local t=$1 shown
  if [[ ! $t =~ ^[0-9]{8}T[0-9]{6}Z$ ]]; then echo timestamp_invalid; return; fi
  shown="${t:0:4}-${t:4:2}-${t:6:2} ${t:9:2}:${t:11:2}:${t:13:2}"
  # The year 0 is the year 400 shifted by one whole cycle of the calendar; GNU date reads "0000" as 2000.
  local shift=0
  if [[ ${t:0:4} == 0000 ]]; then shown=0400${shown:4}; shift=$((146097 * 86400)); fi
  local seconds back
  if ! seconds=$(date -u -d "$shown" +%s 2>/dev/null); then echo timestamp_invalid; return; fi
  back=$(date -u -d "@$seconds" '+%Y-%m-%d %H:%M:%S')
  if [[ $back != "$shown" ]]; then echo timestamp_invalid; return; fi
  echo $((seconds - shift))
}

target() {
  local escaped=$1 text=$2 path query u='A-Za-z0-9._~-'
  local segment="[$u]+"
  if [[ $escaped == 1 ]]; then segment="([$u]|[!\$&'()*+,;=:@]|%[0-9A-F]{2})+"; fi
  if [[ $text == *'#'* ]]; then echo target_not_canonical; return; fi
  path=${text%%\?*}
  if [[ ! $path =~ ^(/$segment)*/?$ || -z $path ]]; then echo target_not_canonical; return; fi
  if [[ $path/ =~ /(\.|%2E){1,2}/ || $path =~ %(2F|5C|00) ]]; then echo target_not_canonical; return; fi
  if [[ $text == "$path" ]]; then echo ok; return; fi
  query=${text#*\?}
  if [[ -z $query ]]; then echo target_not_canonical; return; fi
  local one="([$u]|%[0-9A-F]{2})" previous='' pair name rest=$query\&
  while [[ -n $rest ]]; do
    pair=${rest%%&*}
    rest=${rest#*&}
    name=${pair%%=*}
    if [[ ! $pair =~ ^$one+=$one*$ ]]; then echo query_not_canonical; return; fi
    if [[ $pair =~ %(2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A]) ]]; then echo query_not_canonical; return; fi
    if [[ -n $previous && ! $previous < $name ]]; then echo query_not_canonical; return; fi
    previous=$name
  done
  echo ok
}

signed_headers() {
  local list=$1 name previous='' count=0 token="[a-z0-9!#\$%&'*+.^_\`|~-]+"
  if [[ ! $list =~ ^$token(\;$token)*$ ]]; then echo signed_headers_invalid; return; fi
  local rest=$list\;
  while [[ -n $rest ]]; do
    name=${rest%%;*}
    rest=${rest#*;}
    if [[ -n $previous && ! $previous < $name ]]; then echo signed_headers_invalid; return; fi
    previous=$name
    count=$((count + 1))
  done
  if ((count > 64)); then echo signed_headers_invalid; else echo ok; fi
}

authorization() {
  local word='[A-Za-z0-9_-]{1,64}' text=$1
  # No white space inside a parameter: ASCII white space, and 0xA0 and 0x85, which some call white space, are excluded.
  local plain=$'[^ \t\n\v\f\r\xa0,]+'
  if [[ ! $text =~ ^[A-Z0-9-]{1,64}\ +Credential=($plain),\ *SignedHeaders=($plain),\ *Signature=[0-9a-f]{64}$ ]]; then
    echo authorization_malformed; return
  fi
  local credential=${BASH_REMATCH[1]} list=${BASH_REMATCH[2]}
  if [[ ! $credential =~ ^(.*)/[0-9]{8}/$word/$word/$word$ ]]; then echo credential_scope_invalid; return; fi
  if [[ ! ${BASH_REMATCH[1]} =~ ^[A-Za-z0-9_-]{8,64}$ ]]; then echo key_id_invalid; return; fi
  signed_headers "$list"
}

while read -r kind first second; do
  case $kind in
    p) printf -v text %b "$second"; target "$first" "$text" ;;
    t) printf -v text %b "$first"; timestamp "$text" ;;
    h) printf -v text %b "$first"; signed_headers "$text" ;;
    a) printf -v text %b "$first"; authorization "$text" ;;
  esac
done
