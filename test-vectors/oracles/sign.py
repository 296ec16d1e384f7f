#!/usr/bin/env python3
"""Oracle 1: signs requests as spec/partner-signing.md says, with nothing but Python's standard library.

Reads a JSON list of jobs on standard input and writes a JSON list of results, in the same order. A job has the fields
of a vector in hmac-signing.json, with the scheme row spelled out (`algorithm`, `secretPrefix`, `terminator`).

It shares no code with the packages of this repository and judges nothing: it signs what it is given, canonical or not,
so that hostile requests with a perfectly good signature can be made too. Judging is the business of rules.py.
"""
import base64
import hashlib
import hmac
import json
import re
import sys
import urllib.parse


def to_bytes(text):
    """Wire text: one character, one byte."""
    return text.encode("latin-1")


def to_text(data):
    return data.decode("latin-1")


def split_target(target):
    path, _, query = target.partition("?")
    return path, query


def canonical_uri(path, escaped_paths):
    if not escaped_paths:
        return path
    return urllib.parse.quote(to_bytes(path), safe="/")


def canonical_value(value):
    return re.sub(rb" +", b" ", to_bytes(value).strip(b" \t"))


def canonical_headers(headers, signed_headers):
    lines = []
    for name in signed_headers:
        values = [canonical_value(value) for key, value in headers if key.lower() == name]
        if not values:
            raise ValueError(f"no header {name}")
        lines.append(to_bytes(name) + b":" + b",".join(values) + b"\n")
    return b"".join(lines)


def payload_hash(body):
    return hashlib.sha256(body).hexdigest()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def scope_date(job):
    """The day of the date header, but for a hostile signer, who can sign for any day."""
    return job.get("scopeDate", job["timestamp"][:8])


def sign(job):
    request = job["request"]
    path, query = split_target(request["target"])
    body_hash = payload_hash(base64.b64decode(request["bodyBase64"]))
    uri = canonical_uri(path, job.get("escapedPaths", False))
    headers = canonical_headers(request["headers"], job["signedHeaders"])
    signed_headers = ";".join(job["signedHeaders"])
    canonical_request = b"\n".join(
        [
            to_bytes(request["method"]),
            to_bytes(uri),
            to_bytes(query),
            headers,
            to_bytes(signed_headers),
            to_bytes(body_hash),
        ]
    )
    digest = hashlib.sha256(canonical_request).hexdigest()

    date = scope_date(job)
    scope = "/".join([date, job["environment"], job["api"], job["terminator"]])
    string_to_sign = "\n".join([job["algorithm"], job["timestamp"], scope, digest])

    key = to_bytes(job["secretPrefix"]) + job["secret"].encode("utf-8")
    # A hostile signer can take the key of another day or row.
    for part in (job.get("keyDate", date), job["environment"], job["api"], job.get("keyTerminator", job["terminator"])):
        key = hmac_sha256(key, to_bytes(part))
    signature = hmac_sha256(key, to_bytes(string_to_sign)).hex()
    authorization = (
        f"{job['algorithm']} Credential={job['keyId']}/{scope}, "
        f"SignedHeaders={signed_headers}, Signature={signature}"
    )
    return {
        "canonicalUri": uri,
        "canonicalQuery": query,
        "canonicalHeaders": to_text(headers),
        "payloadHash": body_hash,
        "canonicalRequest": to_text(canonical_request),
        "canonicalRequestSha256": digest,
        "stringToSign": string_to_sign,
        "signingKey": key.hex(),
        "signature": signature,
        "authorization": authorization,
    }


if __name__ == "__main__":
    json.dump([sign(job) for job in json.load(sys.stdin)], sys.stdout)
