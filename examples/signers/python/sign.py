#!/usr/bin/env python3
"""Signs order events as spec/partner-signing.md says (the § in comments), with Python's standard library only (3.8 or
later). Copy the file and call push(), or sign() for requests of another kind.

  python3 sign.py check-vectors ../../../test-vectors/flat/hmac-signing.txt
  python3 sign.py push https://api.example.com A-1001 shipped

push reads PARTNER_KEY_ID, PARTNER_SECRET, PARTNER_ENVIRONMENT (live) and PARTNER_API (orders) from the environment.
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import sys
import urllib.parse

PARTNER = {"algorithm": b"PARTNER4-HMAC-SHA256", "secretPrefix": b"PARTNER4", "terminator": b"partner4_request"}  # §2
STEPS = ["canonicalUri", "canonicalQuery", "canonicalHeaders", "payloadHash", "canonicalRequest",
         "canonicalRequestSha256", "stringToSign", "signingKey", "signature", "authorization"]


def sha256_hex(data):
    return hashlib.sha256(data).hexdigest().encode()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def canonical_uri(path, escaped_paths):  # §4.1
    return urllib.parse.quote(path, safe="/").encode() if escaped_paths else path


def canonical_value(value):  # §4.3: only spaces and tabs are blanks
    return re.sub(rb" +", b" ", value.strip(b" \t"))


def canonical_headers(headers, names):  # §4.3
    pairs = [line.split(b":", 1) for line in headers.split(b"\n")[:-1]]
    lines = []
    for name in names:
        values = [canonical_value(value) for key, value in pairs if key.lower() == name]
        if not values:
            raise ValueError(f"signedHeaders lists {name.decode()}, but there is no such header")
        lines.append(name + b":" + b",".join(values) + b"\n")
    return b"".join(lines)


def derive_signing_key(request):  # §7
    key = request["secretPrefix"] + request["secret"]
    for part in (request["timestamp"][:8], request["environment"], request["api"], request["terminator"]):
        key = hmac_sha256(key, part)
    return key


def sign(request):
    """Takes and returns bytes by name; the names are those of the vectors. Every step is returned."""
    path, _, query = request["target"].partition(b"?")
    uri = canonical_uri(path, request["escapedPaths"] == b"1")
    headers = canonical_headers(request["headers"], request["signedHeaders"].split(b";"))
    payload_hash = sha256_hex(request["body"])  # §4.4
    canonical_request = b"\n".join(  # §4
        [request["method"], uri, query, headers, request["signedHeaders"], payload_hash])
    digest = sha256_hex(canonical_request)
    scope = b"/".join(  # §3
        [request["timestamp"][:8], request["environment"], request["api"], request["terminator"]])
    string_to_sign = b"\n".join([request["algorithm"], request["timestamp"], scope, digest])  # §6
    signing_key = derive_signing_key(request)
    signature = hmac_sha256(signing_key, string_to_sign).hex().encode()  # §8
    authorization = b"%s Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (  # §3
        request["algorithm"], request["keyId"], scope, request["signedHeaders"], signature)
    return dict(zip(STEPS, [uri, query, headers, payload_hash, canonical_request, digest, string_to_sign,
                            signing_key.hex().encode(), signature, authorization]))


def push(base_url, order_id, status):
    """Sends one order status. A retry calls it again: new time, new nonce (§1), but the eventId of the first attempt."""
    url = urllib.parse.urlsplit(base_url)
    now = datetime.datetime.now(datetime.timezone.utc)
    event = {"eventId": secrets.token_hex(16), "status": status, "occurredAt": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    body = json.dumps(event).encode()
    timestamp = now.strftime("%Y%m%dT%H%M%SZ")  # §5
    headers = {"Host": url.netloc, "Content-Type": "application/json", "X-Partner-Date": timestamp,
               "X-Partner-Nonce": secrets.token_hex(16), "X-Partner-Content-Sha256": sha256_hex(body).decode()}
    path = f"/v1/orders/{order_id}/statuses"
    request = dict(
        PARTNER, keyId=os.environb[b"PARTNER_KEY_ID"], secret=os.environb[b"PARTNER_SECRET"],
        environment=os.environb.get(b"PARTNER_ENVIRONMENT", b"live"), api=os.environb.get(b"PARTNER_API", b"orders"),
        timestamp=timestamp.encode(), escapedPaths=b"0", method=b"POST", target=path.encode(), body=body,
        headers="".join(f"{name}:{value}\n" for name, value in headers.items()).encode("latin-1"),
        signedHeaders=";".join(sorted(name.lower() for name in headers)).encode())
    headers["Authorization"] = sign(request)["authorization"].decode()
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname, url.port, timeout=30)
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    print(response.status, response.read().decode())
    return response.status == 202


def check_vectors(file):
    passed, failed, vector = 0, 0, {}
    for line in open(file, "rb").read().split(b"\n"):
        if line.startswith(b"#"):
            continue
        if line:
            name, _, value = line.partition(b" ")
            vector[name.decode()] = urllib.parse.unquote_to_bytes(value)
        elif vector:
            steps = sign(vector)
            wrong = [step for step in STEPS if steps[step] != vector[step]]
            if wrong:
                print(f"{vector['id'].decode()}: wrong {', '.join(wrong)}")
            passed, failed, vector = passed + (not wrong), failed + bool(wrong), {}
    print(f"{passed} passed, {failed} failed")
    return passed > 0 and failed == 0


if __name__ == "__main__":
    commands = {("check-vectors", 1): check_vectors, ("push", 3): push}
    command = commands.get(("".join(sys.argv[1:2]), len(sys.argv) - 2))
    sys.exit(__doc__ if command is None else not command(*sys.argv[2:]))
