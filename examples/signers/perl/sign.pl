#!/usr/bin/env perl
# Signs order events as spec/partner-signing.md says (the § in comments), with modules of the Perl core only (5.14 or
# later; push over https needs IO::Socket::SSL). Copy the file and call push_status, or sign for other requests.
#
#   perl sign.pl check-vectors ../../../test-vectors/flat/hmac-signing.txt
#   perl sign.pl push https://api.example.com A-1001 shipped
#
# push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use HTTP::Tiny;
use JSON::PP qw(encode_json);
use POSIX qw(strftime);

my %PARTNER = (algorithm => 'PARTNER4-HMAC-SHA256', secretPrefix => 'PARTNER4', terminator => 'partner4_request');    # §2

sub canonical_uri {    # §4.1
    my ($path, $escaped_paths) = @_;
    $path =~ s{([^A-Za-z0-9/._~-])}{sprintf '%%%02X', ord $1}ge if $escaped_paths;
    return $path;
}

sub canonical_value {    # §4.3: only spaces and tabs are blanks
    my ($value) = @_;
    $value =~ s/\A[ \t]+|[ \t]+\z//g;
    $value =~ tr/ //s;
    return $value;
}

sub canonical_headers {    # §4.3
    my ($headers, @names) = @_;
    my %values;
    for my $line (split /\n/, $headers) {
        my ($name, $value) = split /:/, $line, 2;
        push @{ $values{ lc $name } }, canonical_value($value);
    }
    return join '', map {
        die "signedHeaders lists $_, but there is no such header\n" if !$values{$_};
        "$_:" . join(',', @{ $values{$_} }) . "\n"
    } @names;
}

sub derive_signing_key {    # §7
    my (%request) = @_;
    my $key = $request{secretPrefix} . $request{secret};
    $key = hmac_sha256($_, $key) for substr($request{timestamp}, 0, 8), @request{qw(environment api terminator)};
    return $key;
}

# Takes and returns byte strings by name; the names are those of the vectors. Every step is returned.
sub sign {
    my (%request) = @_;
    my ($path, $query) = split /\?/, $request{target}, 2;
    my %step = (canonicalUri => canonical_uri($path, $request{escapedPaths}), canonicalQuery => $query // '');
    $step{canonicalHeaders} = canonical_headers($request{headers}, split /;/, $request{signedHeaders});
    $step{payloadHash}      = sha256_hex($request{body});                                                 # §4.4
    $step{canonicalRequest} = join "\n", $request{method}, @step{qw(canonicalUri canonicalQuery canonicalHeaders)},
        $request{signedHeaders}, $step{payloadHash};                                                      # §4
    $step{canonicalRequestSha256} = sha256_hex($step{canonicalRequest});
    my $scope = join '/', substr($request{timestamp}, 0, 8), @request{qw(environment api terminator)};    # §3
    $step{stringToSign} = join "\n", @request{qw(algorithm timestamp)}, $scope, $step{canonicalRequestSha256};    # §6
    my $signing_key = derive_signing_key(%request);
    $step{signingKey}    = unpack 'H*', $signing_key;
    $step{signature}     = hmac_sha256_hex($step{stringToSign}, $signing_key);                            # §8
    $step{authorization} = "$request{algorithm} Credential=$request{keyId}/$scope, "                      # §3
        . "SignedHeaders=$request{signedHeaders}, Signature=$step{signature}";
    return %step;
}

# Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt.
sub push_status {
    my ($base_url, $order_id, $status) = @_;
    my ($origin, $authority) = lc($base_url) =~ m{^(https?://([^/?#]+))} or die "Not an http or https URL: $base_url\n";
    $ENV{$_} // die "$_ is not set\n" for qw(PARTNER_KEY_ID PARTNER_SECRET);
    $authority =~ s/:80$// if $origin =~ /^http:/;    # HTTP::Tiny sends no default port in Host
    $authority =~ s/:443$// if $origin =~ /^https:/;
    my @now = gmtime;
    my $body = encode_json({ eventId => random_hex(), status => $status, occurredAt => strftime('%Y-%m-%dT%H:%M:%SZ', @now) });
    my $timestamp = strftime('%Y%m%dT%H%M%SZ', @now);    # §5
    my %headers = ('Content-Type' => 'application/json', 'X-Partner-Content-Sha256' => sha256_hex($body),
        'X-Partner-Date' => $timestamp, 'X-Partner-Nonce' => random_hex());
    my $path = "/v1/orders/$order_id/statuses";
    my %step = sign(%PARTNER, keyId => $ENV{PARTNER_KEY_ID}, secret => $ENV{PARTNER_SECRET},
        environment => $ENV{PARTNER_ENVIRONMENT} // 'live', api => $ENV{PARTNER_API} // 'orders',
        timestamp => $timestamp, escapedPaths => 0, method => 'POST', target => $path, body => $body,
        headers => join('', "Host:$authority\n", map { "$_:$headers{$_}\n" } keys %headers),
        signedHeaders => join(';', sort 'host', map { lc } keys %headers));
    my $http = HTTP::Tiny->new(timeout => 30, max_redirect => 0, verify_SSL => 1);
    my $response = $http->post($origin . $path, { content => $body, headers => { %headers, Authorization => $step{authorization} } });
    print "$response->{status} $response->{content}\n";
    return $response->{status} == 202;
}

sub random_hex {
    open my $random, '<:raw', '/dev/urandom' or die "No /dev/urandom: $!\n";
    sysread $random, my $bytes, 16;
    return unpack 'H*', $bytes;
}

sub check_vectors {
    my ($file) = @_;
    my ($passed, $failed, %vector) = (0, 0);
    open my $lines, '<:raw', $file or die "$file: $!\n";
    while (my $line = <$lines>) {
        chomp $line;
        if ($line =~ /^[^#]/) {
            my ($name, $value) = split / /, $line, 2;
            $vector{$name} = ($value // '') =~ s/%(..)/chr hex $1/ger;
        } elsif ($line eq '' && %vector) {
            my %step = sign(%vector);
            my @wrong = grep { $step{$_} ne $vector{$_} } sort keys %step;
            print "$vector{id}: wrong @wrong\n" if @wrong;
            @wrong ? $failed++ : $passed++;
            %vector = ();
        }
    }
    print "$passed passed, $failed failed\n";
    return $passed && !$failed;
}

my ($command, @arguments) = (@ARGV, '');
exit !check_vectors($arguments[0]) if $command eq 'check-vectors' && @ARGV == 2;
exit !push_status(@arguments[0 .. 2]) if $command eq 'push' && @ARGV == 4;
die "usage: perl sign.pl check-vectors FILE | push URL ORDER_ID STATUS\n";
