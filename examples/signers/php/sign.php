<?php
// Signs order events as spec/partner-signing.md says (the § in comments), with PHP's standard extensions only (7.4 or
// later; push over https needs openssl). Copy the file and call push(), or sign() for requests of another kind.
//
//   php sign.php check-vectors ../../../test-vectors/flat/hmac-signing.txt
//   php sign.php push https://api.example.com A-1001 shipped
//
// push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.

const PARTNER = [ // §2
    'algorithm' => 'PARTNER4-HMAC-SHA256', 'secretPrefix' => 'PARTNER4', 'terminator' => 'partner4_request',
];

function hmac_sha256(string $key, string $data): string
{
    return hash_hmac('sha256', $data, $key, true);
}

function canonical_uri(string $path, bool $escaped_paths): string // §4.1
{
    return $escaped_paths ? str_replace('%2F', '/', rawurlencode($path)) : $path;
}

function canonical_value(string $value): string // §4.3: only spaces and tabs are blanks
{
    return preg_replace('/ +/', ' ', trim($value, " \t"));
}

function canonical_headers(string $headers, array $names): string // §4.3
{
    $values = [];
    foreach (explode("\n", rtrim($headers, "\n")) as $line) {
        [$name, $value] = explode(':', $line, 2);
        $values[strtolower($name)][] = canonical_value($value);
    }
    $lines = '';
    foreach ($names as $name) {
        if (!isset($values[$name])) {
            throw new InvalidArgumentException("signedHeaders lists $name, but there is no such header");
        }
        $lines .= $name . ':' . implode(',', $values[$name]) . "\n";
    }
    return $lines;
}

function derive_signing_key(array $request): string // §7
{
    $key = $request['secretPrefix'] . $request['secret'];
    foreach ([substr($request['timestamp'], 0, 8), $request['environment'], $request['api'], $request['terminator']] as $part) {
        $key = hmac_sha256($key, $part);
    }
    return $key;
}

/** Takes and returns byte strings by name; the names are those of the vectors. Every step is returned. */
function sign(array $request): array
{
    [$path, $query] = explode('?', $request['target'] . '?');
    $uri = canonical_uri($path, $request['escapedPaths'] === '1');
    $headers = canonical_headers($request['headers'], explode(';', $request['signedHeaders']));
    $payload_hash = hash('sha256', $request['body']); // §4.4
    $canonical_request = implode("\n", // §4
        [$request['method'], $uri, $query, $headers, $request['signedHeaders'], $payload_hash]);
    $digest = hash('sha256', $canonical_request);
    $scope = implode('/', // §3
        [substr($request['timestamp'], 0, 8), $request['environment'], $request['api'], $request['terminator']]);
    $string_to_sign = implode("\n", [$request['algorithm'], $request['timestamp'], $scope, $digest]); // §6
    $signing_key = derive_signing_key($request);
    $signature = bin2hex(hmac_sha256($signing_key, $string_to_sign)); // §8
    $authorization = "{$request['algorithm']} Credential={$request['keyId']}/$scope, " // §3
        . "SignedHeaders={$request['signedHeaders']}, Signature=$signature";
    return ['canonicalUri' => $uri, 'canonicalQuery' => $query, 'canonicalHeaders' => $headers,
        'payloadHash' => $payload_hash, 'canonicalRequest' => $canonical_request, 'canonicalRequestSha256' => $digest,
        'stringToSign' => $string_to_sign, 'signingKey' => bin2hex($signing_key), 'signature' => $signature,
        'authorization' => $authorization];
}

/** Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt. */
function push(string $base_url, string $order_id, string $status): bool
{
    [$key_id, $secret, $now] = [getenv('PARTNER_KEY_ID'), getenv('PARTNER_SECRET'), time()];
    if ($key_id === false || $secret === false) {
        throw new RuntimeException('PARTNER_KEY_ID or PARTNER_SECRET is not set');
    }
    $body = json_encode(
        ['eventId' => bin2hex(random_bytes(16)), 'status' => $status, 'occurredAt' => gmdate('Y-m-d\TH:i:s\Z', $now)]);
    $timestamp = gmdate('Ymd\THis\Z', $now); // §5
    $authority = explode('/', $base_url)[2];
    $path = "/v1/orders/$order_id/statuses";
    $headers = ['Content-Type:application/json', "Host:$authority", 'X-Partner-Content-Sha256:' . hash('sha256', $body),
        "X-Partner-Date:$timestamp", 'X-Partner-Nonce:' . bin2hex(random_bytes(16))];
    $steps = sign(PARTNER + [
        'keyId' => $key_id, 'secret' => $secret,
        'environment' => getenv('PARTNER_ENVIRONMENT') ?: 'live', 'api' => getenv('PARTNER_API') ?: 'orders',
        'timestamp' => $timestamp, 'escapedPaths' => '0', 'method' => 'POST', 'target' => $path, 'body' => $body,
        'headers' => implode("\n", $headers) . "\n",
        'signedHeaders' => 'content-type;host;x-partner-content-sha256;x-partner-date;x-partner-nonce',
    ]);
    $headers[] = "Authorization:{$steps['authorization']}";
    $context = stream_context_create(['http' => ['method' => 'POST', 'header' => $headers, 'content' => $body,
        'timeout' => 30, 'ignore_errors' => true, 'follow_location' => 0]]);
    $answer = file_get_contents(explode($authority, $base_url)[0] . $authority . $path, false, $context);
    $code = (int) explode(' ', $http_response_header[0] ?? ' 0')[1];
    echo "$code $answer\n";
    return $code === 202;
}

function check_vectors(string $file): bool
{
    [$passed, $failed, $vector] = [0, 0, []];
    foreach (file($file, FILE_IGNORE_NEW_LINES) as $line) {
        if ($line !== '' && $line[0] !== '#') {
            [$name, $value] = explode(' ', "$line ");
            $vector[$name] = rawurldecode($value);
        } elseif ($line === '' && $vector !== []) {
            $wrong = array_keys(array_diff_assoc(sign($vector), $vector));
            echo $wrong === [] ? '' : "{$vector['id']}: wrong " . implode(', ', $wrong) . "\n";
            [$passed, $failed, $vector] = [$passed + (int) !$wrong, $failed + (int) (bool) $wrong, []];
        }
    }
    echo "$passed passed, $failed failed\n";
    return $passed > 0 && $failed === 0;
}

$arguments = array_slice($argv, 2);
$command = ['check-vectors 1' => 'check_vectors', 'push 3' => 'push'][($argv[1] ?? '') . ' ' . count($arguments)] ?? null;
if ($command === null) {
    fwrite(STDERR, "usage: php sign.php check-vectors FILE | push URL ORDER_ID STATUS\n");
}
exit($command !== null && $command(...$arguments) ? 0 : 1);
