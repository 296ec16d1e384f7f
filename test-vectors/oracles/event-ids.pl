#!/usr/bin/env perl
# Oracle 2 of event-ids: the id of an acceptable event, from the text of README.md, with Perl's core modules only.
# One event a line on standard input: environment, space, base64 of its JSON. One line back: its id, space, base64 of
# the JSON that was hashed. It shares no code with event_ids.py and judges nothing.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64 encode_base64url);
use Time::Local qw(timegm_modern);

my %number = map { $_ => 1 } qw(sequence quantity);
my %short = ("\b" => 'b', "\t" => 't', "\n" => 'n', "\f" => 'f', "\r" => 'r', '"' => '"', '\\' => '\\');

while (my $line = <STDIN>) {
    chomp $line;
    my ($environment, $encoded) = split / /, $line;
    my $event = JSON::PP->new->utf8->decode(decode_base64($encoded));
    delete $event->{eventId};
    delete $event->{shipment} if $event->{shipment} && !%{ $event->{shipment} };
    $event->{occurredAt} = in_utc($event->{occurredAt});
    my $json = write_json('', $event);
    utf8::encode($json);
    my $id = substr encode_base64url(sha256("countersign-event-v1\n$environment\n$json")), 0, 32;
    print "$id ", encode_base64($json, ''), "\n";
}

sub in_utc {
    my ($date, $hour, $minute, $second, $rest) = $_[0] =~ /^(.{10})[Tt](..):(..):(..)(.*)$/ or die;
    my ($year, $month, $day) = split /-/, $date;
    my $ms = $rest =~ s/^\.(\d+)// ? substr("${1}000", 0, 3) : '000';
    my $seconds = timegm_modern($second, $minute, $hour, $day, $month - 1, $year);
    $seconds -= "${1}1" * ($2 * 3600 + $3 * 60) if $rest =~ /^([+-])(..):(..)$/;
    my @utc = gmtime $seconds;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%sZ', $utc[5] + 1900, $utc[4] + 1, @utc[3, 2, 1, 0], $ms;
}

sub write_json {
    my ($name, $value) = @_;
    if (ref $value eq 'HASH') {
        return '{' . join(',', map { write_text($_) . ':' . write_json($_, $value->{$_}) } sort keys %$value) . '}';
    }
    return '[' . join(',', map { write_json('', $_) } @$value) . ']' if ref $value eq 'ARRAY';
    return $number{$name} ? write_number($value) : write_text($value);
}

sub write_text {
    my ($text) = @_;
    $text =~ s/([\x00-\x1f"\\])/'\\' . ($short{$1} || sprintf 'u%04x', ord $1)/ge;
    return "\"$text\"";
}

# The fewest digits that give the same double back, then as ECMAScript places the point.
sub write_number {
    my ($value) = @_;
    my $shown = '';
    for my $precision (0 .. 16) {
        $shown = sprintf "%.${precision}e", $value;
        last if $shown == $value;
    }
    my ($first, $more, $exponent) = $shown =~ /^(\d)\.?(\d*)e([+-]\d+)$/ or die "number $shown";
    $more =~ s/0+$//;
    $exponent += 0;
    my $digits = $first . $more;
    if ($exponent >= 0 && $exponent < 21) {
        return $digits . '0' x ($exponent + 1 - length $digits) if length $digits <= $exponent + 1;
        return substr($digits, 0, $exponent + 1) . '.' . substr($digits, $exponent + 1);
    }
    return '0.' . '0' x (-$exponent - 1) . $digits if $exponent < 0 && $exponent >= -6;
    return $first . ($more eq '' ? '' : ".$more") . 'e' . ($exponent > 0 ? '+' : '') . $exponent;
}
