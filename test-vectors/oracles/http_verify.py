"""A verifier of HTTP message signatures written from the text of spec/partner-signing.md §13, for the vectors.

Takes everything that is the same for every credential from verify.py. It knows the private keys of the vectors: whether a
signature is right it finds out by making it once more (OpenSSL, in http-signatures.sh, is asked as well).
"""
import base64
import hashlib
import re

import curves
import http_rules
import rules
from rules import Refused
from verify import Verifier, epoch_ms, value_of

DERIVED = ["@method", "@authority", "@path", "@query"]


class HttpVerifier(Verifier):
    def __init__(self, settings, schemes, credentials, keys):
        super().__init__(settings, schemes, credentials)
        self.keys = keys

    def verify(self, request, now_ms, scopes):
        body = base64.b64decode(request["bodyBase64"])
        self.check_limits(request, body)
        rules.target(request["target"], self.settings["escapedPaths"])
        headers = self.read_headers(request)
        self.only_signature(request, headers)
        self.base = None

        # Form: both fields, then the one signature with our tag.
        signature_input = http_rules.field_value(headers, "signature-input")
        signature = http_rules.field_value(headers, "signature")
        if signature is None:
            raise Refused("signature_input_invalid", "Signature")
        inputs, signatures = http_rules.input_members(signature_input), http_rules.signatures(signature)
        if {label for label, _ in inputs} != set(signatures):
            raise Refused("signature_input_invalid", "Signature")
        ours = [(label, text) for label, text in inputs if http_rules.tag_of(text) == self.settings["tag"]]
        if len(ours) != 1:
            raise Refused("signature_input_invalid", "tag")
        [(label, text)] = ours
        names, values = http_rules.signature_parameters(text)

        # What must be covered and said.
        wanted = DERIVED + (["content-digest", "content-type"] if body else [])
        prefixes = ("x-partner-",) + tuple(row["headerPrefix"] for row in self.rows)
        wanted += [name for name, _ in headers
                   if name in ("idempotency-key", "content-encoding", "content-digest") or name.startswith(prefixes)]
        for name in wanted:
            if name not in names:
                raise Refused("component_not_covered", name)
        window = self.settings["freshness"]
        for name in ("created", "expires", "nonce", "keyid"):
            if name not in values:
                raise Refused("signature_input_invalid", name)
        created, expires = values["created"], values["expires"]
        if not created < expires:
            raise Refused("signature_input_invalid", "expires")
        if not 16 <= len(values["nonce"]) <= 128:
            raise Refused("signature_input_invalid", "nonce")
        if values.get("alg") not in (None, "ed25519", "ecdsa-p256-sha256"):
            raise Refused("signature_input_invalid", "alg")
        rules.key_id(values["keyid"])
        if expires - created > window["pastSeconds"]:
            raise Refused("signature_input_invalid", "expires")
        if len(signatures[label]) != 64:
            raise Refused("signature_input_invalid", "Signature")

        # The body, the base, the key.
        digest = http_rules.field_value(headers, "content-digest")
        if digest is not None:
            http_rules.check_digest(digest, body)
        self.base = http_rules.signature_base(request, headers, names, text)
        credential = self.credentials.get(values["keyid"])
        if credential is None or values.get("alg", credential["algorithm"]) != credential["algorithm"]:
            raise Refused("invalid_credentials", "signature")
        if not self.is_signed(credential, signatures[label]):
            raise Refused("invalid_credentials", "signature")
        earliest, latest = now_ms - window["pastSeconds"] * 1000, now_ms + window["futureSeconds"] * 1000
        if not earliest <= created * 1000 <= latest or not now_ms <= expires * 1000:
            raise Refused("clock_skew", "timestamp")
        self.check_credential(credential, request["peerAddress"], now_ms, scopes)
        self.claim(credential, hashlib.sha256(self.base.encode("ascii")).hexdigest(), created * 1000, window, now_ms)
        shown = {"host": value_of(headers, "host")}
        shown.update({name: http_rules.field_value(headers, name) for name in names if not name.startswith("@")})
        return [[name, value] for name, value in shown.items()]

    def only_signature(self, request, headers):
        tag = '; *tag="' + re.escape(self.settings["tag"]) + '"'
        presented = any(name == "signature-input" and re.search(tag, value) for name, value in headers)
        try:
            self.only_credential(request, headers)
            other = True
        except Refused as refused:
            if refused.code != "credentials_missing":
                raise
            other = value_of(headers, "x-api-key") is not None
        if presented and other:
            raise Refused("two_credentials", "authorization")
        if not presented:
            raise Refused("credentials_missing", "authorization")

    def is_signed(self, credential, signature):
        key = self.keys[credential["keyId"]]
        right = curves.sign(key["algorithm"], bytes.fromhex(key["private"]), self.base.encode("ascii"))
        if key["algorithm"] == "ed25519":
            return signature == right
        r, s = right[:32], int.from_bytes(right[32:], "big")
        return signature in (right, r + (curves.N - s).to_bytes(32, "big"))
