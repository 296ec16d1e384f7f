"""A verifier written from the text of spec/partner-signing.md: says how each request must be answered.

Python's standard library, sign.py and rules.py; no code of the packages. It is written to be read beside the
specification, in the order of judgement that README.md gives. It is no verifier to put into service: it compares with
`==`, and remembers what it has seen for as long as it runs.
"""
import base64
import calendar
import ipaddress
import re
import time

import rules
import sign
from rules import Refused

LIMITS = {"bodyBytes": 1_048_576, "headerBytes": 16_384, "headerCount": 100, "authorizationBytes": 8192}
STATUS = {
    "credentials_missing": 401, "invalid_credentials": 401, "clock_skew": 401, "scope_missing": 403, "ip_not_allowed": 403,
    "request_replayed": 409, "body_too_large": 413, "authority_not_allowed": 421, "headers_too_large": 431,
}
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
ONCE = ("authorization", "host", "content-type", "content-length", "idempotency-key", "x-api-key")
SIGNED_IF_PRESENT = ("host", "idempotency-key", "content-encoding", "content-digest")


class Verifier:
    def __init__(self, settings, schemes, credentials):
        self.settings = settings
        self.limits = {**LIMITS, **settings.get("limits", {})}
        self.rows = [schemes[name] for name in settings["rows"]]
        self.credentials = {credential["keyId"]: credential for credential in credentials
                            if credential.get("api", settings["api"]) == settings["api"]}
        self.claims = {}

    def answer(self, request, now_ms, scopes):
        """What a vector's `expected` holds."""
        try:
            signed_headers = self.verify(request, now_ms, scopes)
        except Refused as refused:
            retryable = refused.code == "request_replayed"
            return {"status": STATUS.get(refused.code, 400), "code": refused.code, "retryable": retryable}
        return {"status": 200, "signedHeaders": signed_headers}

    def verify(self, request, now_ms, scopes):
        body = base64.b64decode(request["bodyBase64"])
        self.check_limits(request, body)
        rules.target(request["target"], self.settings["escapedPaths"])
        headers = self.read_headers(request)
        authorization = self.only_credential(request, headers)
        if len(authorization) > self.limits["authorizationBytes"]:
            raise Refused("headers_too_large", "authorization")
        row = next((row for row in self.rows if re.match(row["algorithm"] + "( |$)", authorization)), None)
        if row is None:
            raise Refused("credentials_missing", "authorization")
        presented = rules.authorization(authorization)
        timestamp = value_of(headers, row["dateHeader"])
        if timestamp is None:
            raise Refused("timestamp_invalid", row["dateHeader"])
        seconds = rules.timestamp(timestamp)["epochSeconds"]
        wanted = {"date": timestamp[:8], "environment": self.settings["environment"], "api": self.settings["api"],
                  "terminator": row["terminator"]}
        for part, word in wanted.items():
            if presented["scope"][part] != word:
                raise Refused("credential_scope_invalid", part)
        self.check_signed(headers, presented["signedHeaders"], row)
        hash_header = value_of(headers, row["payloadHashHeader"])
        if hash_header is not None and not re.fullmatch("[0-9a-f]{64}", hash_header):
            unsigned = hash_header == "UNSIGNED-PAYLOAD" or hash_header.startswith("STREAMING-")
            raise Refused("unsigned_payload" if unsigned else "payload_hash_mismatch", row["payloadHashHeader"])

        credential = self.credentials.get(presented["keyId"])
        mac = self.check_signature(request, headers, presented, row, timestamp, credential, body)
        if hash_header not in (None, sign.payload_hash(body)):
            raise Refused("payload_hash_mismatch", row["payloadHashHeader"])
        window = self.settings["freshness"]
        if not now_ms - window["pastSeconds"] * 1000 <= seconds * 1000 <= now_ms + window["futureSeconds"] * 1000:
            raise Refused("clock_skew", "timestamp")
        self.check_credential(credential, request["peerAddress"], now_ms, scopes)
        self.claim(credential, mac, seconds * 1000, window, now_ms)
        lines = rules.headers(headers, ";".join(presented["signedHeaders"]))["canonicalHeaders"].split("\n")[:-1]
        return [line.split(":", 1) for line in lines]

    def check_limits(self, request, body):
        raw = request["rawHeaders"]
        if len(body) > self.limits["bodyBytes"]:
            raise Refused("body_too_large", "body")
        if len(raw) > 2 * self.limits["headerCount"] or len(request["target"]) + sum(map(len, raw)) > self.limits["headerBytes"]:
            raise Refused("headers_too_large", "headers")

    def read_headers(self, request):
        raw = request["rawHeaders"]
        dropped = [name.lower() for name in self.settings.get("transportHeaders", [])]
        headers = [(name.lower(), value) for name, value in zip(raw[::2], raw[1::2]) if name.lower() not in dropped]
        names = [name for name, _ in headers]
        once = ONCE + tuple(row[name] for row in self.rows for name in ("dateHeader", "nonceHeader", "payloadHashHeader"))
        for name in names:
            if name in OVERRIDES:
                raise Refused("method_override", name)
            if name == "" or name.startswith(":"):
                raise Refused("header_invalid", "headers")
            if name in once and names.count(name) > 1:
                raise Refused("duplicate_header", name)
        host, authority = value_of(headers, "host"), request.get("authority")
        if host is None and authority is not None:
            headers.append(("host", authority))
        elif host in (None, "") or authority not in (None, host):
            raise Refused("header_invalid", "host")
        if value_of(headers, "host").lower() not in self.settings["authorities"]:
            raise Refused("authority_not_allowed", "host")
        return headers

    def only_credential(self, request, headers):
        _, query = sign.split_target(request["target"])
        presigned = any(re.match(r"x-[a-z0-9]+-signature=", pair, re.IGNORECASE) for pair in query.split("&"))
        authorization = value_of(headers, "authorization")
        if [presigned, authorization is not None, value_of(headers, "x-api-key") is not None].count(True) > 1:
            raise Refused("two_credentials", "authorization")
        if presigned:
            raise Refused("authorization_malformed", "query")
        if authorization is None:
            raise Refused("credentials_missing", "authorization")
        return authorization

    def check_signed(self, headers, signed_headers, row):
        prefixes = tuple(row["headerPrefix"] for row in self.rows)
        floor = ["host", row["dateHeader"]]
        floor += [name for name, _ in headers if name in SIGNED_IF_PRESENT or name.startswith(prefixes)]
        for name in floor:
            if name not in signed_headers:
                raise Refused("header_not_signed", name)

    def check_signature(self, request, headers, presented, row, timestamp, credential, body):
        rules.headers(headers, ";".join(presented["signedHeaders"]))
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}", request["method"]):
            raise Refused("method_invalid", "method")
        job = {
            **row, "keyId": presented["keyId"], "secret": credential["secret"] if credential else "",
            "environment": self.settings["environment"], "api": self.settings["api"], "timestamp": timestamp,
            "escapedPaths": self.settings["escapedPaths"], "signedHeaders": presented["signedHeaders"],
            "request": {**request, "headers": headers},
        }
        mac = sign.sign(job)["signature"]
        if credential and mac == presented["signature"]:
            return mac
        without_body = {**job, "request": {**job["request"], "bodyBase64": ""}}
        if credential and body and sign.sign(without_body)["signature"] == presented["signature"]:
            raise Refused("body_not_signed", "body")
        raise Refused("invalid_credentials", "signature")

    def check_credential(self, credential, address, now_ms, scopes):
        in_time = (epoch_ms(credential.get("notBefore"), 0) <= now_ms
                   and (credential.get("notAfter") is None or now_ms < epoch_ms(credential["notAfter"], 0)))
        if credential["state"] != "active" or not in_time or credential["environment"] != self.settings["environment"]:
            raise Refused("invalid_credentials", "credential")
        allowed = credential.get("ipAllowList")
        if allowed is not None and not any(ipaddress.ip_address(address) in ipaddress.ip_network(each) for each in allowed):
            raise Refused("ip_not_allowed", "address")
        if not set(scopes) <= set(credential["scopes"]):
            raise Refused("scope_missing", "scope")

    def claim(self, credential, mac, signed_ms, window, now_ms):
        """Last of all. A claim is kept for as long as the request could be fresh."""
        name = (credential["partnerId"], credential["keyId"], mac[:32])
        if self.claims.get(name, -1) > now_ms:
            raise Refused("request_replayed", "signature")
        until = signed_ms + (window["pastSeconds"] + window["futureSeconds"]) * 1000
        self.claims[name] = max(now_ms + 1000, until)


def value_of(headers, name):
    """The value of the first header with this name, without blanks at its ends."""
    return next((value.strip(" \t") for key, value in headers if key == name), None)


def epoch_ms(text, default):
    return default if text is None else calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S.000Z")) * 1000
