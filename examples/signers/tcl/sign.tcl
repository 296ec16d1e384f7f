#!/usr/bin/env tclsh
# Signs order events as spec/partner-signing.md says (the § in comments), with Tcl 8.6 alone, so SHA-256 is written out
# (push over https needs the package tls). Copy the file and call push, or sign for requests of another kind.
#
#   tclsh sign.tcl check-vectors ../../../test-vectors/flat/hmac-signing.txt
#   tclsh sign.tcl push https://api.example.com A-1001 shipped
#
# push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
package require http

set K {
    0x428a2f98 0x71374491 0xb5c0fbcf 0xe9b5dba5 0x3956c25b 0x59f111f1 0x923f82a4 0xab1c5ed5 0xd807aa98 0x12835b01 0x243185be
    0x550c7dc3 0x72be5d74 0x80deb1fe 0x9bdc06a7 0xc19bf174 0xe49b69c1 0xefbe4786 0x0fc19dc6 0x240ca1cc 0x2de92c6f 0x4a7484aa
    0x5cb0a9dc 0x76f988da 0x983e5152 0xa831c66d 0xb00327c8 0xbf597fc7 0xc6e00bf3 0xd5a79147 0x06ca6351 0x14292967 0x27b70a85
    0x2e1b2138 0x4d2c6dfc 0x53380d13 0x650a7354 0x766a0abb 0x81c2c92e 0x92722c85 0xa2bfe8a1 0xa81a664b 0xc24b8b70 0xc76c51a3
    0xd192e819 0xd6990624 0xf40e3585 0x106aa070 0x19a4c116 0x1e376c08 0x2748774c 0x34b0bcb5 0x391c0cb3 0x4ed8aa4a 0x5b9cca4f
    0x682e6ff3 0x748f82ee 0x78a5636f 0x84c87814 0x8cc70208 0x90befffa 0xa4506ceb 0xbef9a3f7 0xc67178f2
}

proc rotate {word bits} {
    expr {($word >> $bits | $word << (32 - $bits)) & 0xffffffff}
}

proc sha256 {data} { ;# FIPS 180-4, from bytes to 32 bytes
    set length [string length $data]
    append data \x80 [string repeat \0 [expr {(55 - $length) % 64}]] [binary format W [expr {8 * $length}]]
    set state {0x6a09e667 0xbb67ae85 0x3c6ef372 0xa54ff53a 0x510e527f 0x9b05688c 0x1f83d9ab 0x5be0cd19}
    for {set block 0} {$block < [string length $data]} {incr block 64} {
        binary scan $data @${block}Iu16 w
        for {set i 16} {$i < 64} {incr i} {
            set x [lindex $w [expr {$i - 15}]]
            set y [lindex $w [expr {$i - 2}]]
            lappend w [expr {([lindex $w [expr {$i - 16}]] + ([rotate $x 7] ^ [rotate $x 18] ^ $x >> 3)
                + [lindex $w [expr {$i - 7}]] + ([rotate $y 17] ^ [rotate $y 19] ^ $y >> 10)) & 0xffffffff}]
        }
        lassign $state a b c d e f g h
        foreach word $w constant $::K {
            set t [expr {$h + ([rotate $e 6] ^ [rotate $e 11] ^ [rotate $e 25]) + ($e & $f ^ ~$e & $g) + $constant + $word}]
            set u [expr {([rotate $a 2] ^ [rotate $a 13] ^ [rotate $a 22]) + ($a & $b ^ $a & $c ^ $b & $c)}]
            lassign [list [expr {($t + $u) & 0xffffffff}] $a $b $c [expr {($d + $t) & 0xffffffff}] $e $f $g] a b c d e f g h
        }
        set state [lmap old $state new [list $a $b $c $d $e $f $g $h] {expr {($old + $new) & 0xffffffff}}]
    }
    return [binary format I8 $state]
}

proc hmac_sha256 {key data} { ;# RFC 2104
    if {[string length $key] > 64} {set key [sha256 $key]}
    binary scan [binary format a64 $key] cu64 octets
    set inner [binary format c64 [lmap octet $octets {expr {$octet ^ 0x36}}]]
    set outer [binary format c64 [lmap octet $octets {expr {$octet ^ 0x5c}}]]
    return [sha256 $outer[sha256 $inner$data]]
}

proc canonical_uri {path escaped_paths} { ;# §4.1
    if {!$escaped_paths} {return $path}
    return [join [lmap char [split $path {}] {
        expr {[regexp {[A-Za-z0-9/._~-]} $char] ? $char : [format %%%02X [scan $char %c]]}
    }] {}]
}

proc canonical_headers {headers names} { ;# §4.3
    foreach line [split [string trimright $headers \n] \n] {
        regexp {^([^:]*):(.*)$} $line - name value
        set value [regsub -all { +} [string trim $value " \t"] { }] ;# only spaces and tabs are blanks
        dict lappend values [string tolower $name] $value
    }
    return [join [lmap name $names {
        if {![dict exists $values $name]} {error "signedHeaders lists $name, but there is no such header"}
        string cat $name : [join [dict get $values $name] ,] \n
    }] {}]
}

proc derive_signing_key {request} { ;# §7
    dict with request {
        set key $secretPrefix$secret
        foreach part [list [string range $timestamp 0 7] $environment $api $terminator] {set key [hmac_sha256 $key $part]}
    }
    return $key
}

# Takes and returns byte strings by name; the names are those of the vectors. Every step is returned.
proc sign {request} {
    dict with request {
        regexp {^([^?]*)\??(.*)$} $target - path canonicalQuery
        set canonicalUri [canonical_uri $path $escapedPaths]
        set canonicalHeaders [canonical_headers $headers [split $signedHeaders {;}]]
        set payloadHash [binary encode hex [sha256 $body]] ;# §4.4
        set canonicalRequest [join [list $method $canonicalUri $canonicalQuery $canonicalHeaders $signedHeaders $payloadHash] \n]
        set canonicalRequestSha256 [binary encode hex [sha256 $canonicalRequest]] ;# §4
        set scope [join [list [string range $timestamp 0 7] $environment $api $terminator] /] ;# §3
        set stringToSign [join [list $algorithm $timestamp $scope $canonicalRequestSha256] \n] ;# §6
        set key [derive_signing_key $request]
        set signingKey [binary encode hex $key]
        set signature [binary encode hex [hmac_sha256 $key $stringToSign]] ;# §8
        set authorization "$algorithm Credential=$keyId/$scope, SignedHeaders=$signedHeaders, Signature=$signature" ;# §3
    }
    foreach step {canonicalUri canonicalQuery canonicalHeaders payloadHash canonicalRequest canonicalRequestSha256
        stringToSign signingKey signature authorization} {dict set steps $step [set $step]}
    return $steps
}

# Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
proc push {base_url order_id status} {
    if {![regexp {^[a-z_]+$} $status]} {error "Not a status: $status"} ;# so it needs no JSON escapes
    regexp {^(https?)://([^/?#]+)} $base_url origin protocol authority
    if {$protocol eq "https"} {
        package require tls ;# it does not compare the host name: trust only the CA that you expect (-cafile)
        http::register https 443 [list tls::socket -autoservername 1 -require 1 -cadir /etc/ssl/certs]
    }
    set now [clock seconds]
    set occurred_at [clock format $now -gmt 1 -format %Y-%m-%dT%H:%M:%SZ]
    set body [format {{"eventId":"%s","status":"%s","occurredAt":"%s"}} [random_hex] $status $occurred_at]
    set timestamp [clock format $now -gmt 1 -format %Y%m%dT%H%M%SZ] ;# §5
    set headers [list Host $authority X-Partner-Content-Sha256 [binary encode hex [sha256 $body]] \
        X-Partner-Date $timestamp X-Partner-Nonce [random_hex]]
    set path /v1/orders/$order_id/statuses
    set lines "Content-Type:application/json\n"
    foreach {name value} $headers {append lines $name:$value\n}
    set request [dict create algorithm PARTNER4-HMAC-SHA256 secretPrefix PARTNER4 terminator partner4_request \
        keyId [setting PARTNER_KEY_ID] secret [setting PARTNER_SECRET] environment [setting PARTNER_ENVIRONMENT live] \
        api [setting PARTNER_API orders] timestamp $timestamp escapedPaths 0 method POST target $path headers $lines \
        signedHeaders {content-type;host;x-partner-content-sha256;x-partner-date;x-partner-nonce} body $body] ;# §2
    lappend headers Authorization [dict get [sign $request] authorization]
    set token [http::geturl $origin$path -headers $headers -type application/json -query $body -timeout 30000]
    puts "[http::ncode $token] [http::data $token][http::error $token]"
    return [expr {[http::ncode $token] eq "202"}]
}

proc setting {name args} { ;# the bytes of a variable, whatever Tcl took them for
    if {[info exists ::env($name)]} {return [encoding convertto [encoding system] $::env($name)]}
    if {$args eq {}} {error "$name is not set"}
    return [lindex $args 0]
}

proc random_hex {} {
    set source [open /dev/urandom rb]
    set random [read $source 16]
    close $source
    return [binary encode hex $random]
}

proc check_vectors {file} {
    lassign {0 0} passed failed
    set vector {}
    set source [open $file rb]
    foreach line [split [read $source] \n] {
        if {[regexp {^([^# ]+) ?(.*)$} $line - name value]} {
            dict set vector $name [subst -nocommands -novariables [regsub -all {%(..)} $value {\\x\1}]]
        } elseif {$line eq {} && $vector ne {}} {
            set wrong {}
            dict for {step value} [sign $vector] {if {$value ne [dict get $vector $step]} {lappend wrong $step}}
            if {$wrong ne {}} {puts "[dict get $vector id]: wrong [join $wrong {, }]"}
            if {$wrong eq {}} {incr passed} else {incr failed}
            set vector {}
        }
    }
    puts "$passed passed, $failed failed"
    return [expr {$passed > 0 && $failed == 0}]
}

switch -- [lindex $argv 0][llength $argv] {
    check-vectors2 {exit [expr {![check_vectors [lindex $argv 1]]}]}
    push4 {exit [expr {![push {*}[lrange $argv 1 end]]}]}
    default {puts stderr "usage: tclsh sign.tcl check-vectors FILE | push URL ORDER_ID STATUS"; exit 1}
}
