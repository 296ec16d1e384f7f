#!/usr/bin/env python3
"""Writes hmac-signing.json once more as lines, for signers in languages without a JSON parser.

  flatten.py           writes ../flat/hmac-signing.txt
  flatten.py --check   writes nothing; exit 1 if the committed file differs from what would be written

It computes nothing: every value is the one of hmac-signing.json. The format stands in the file's own first lines.
"""
import base64
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "hmac-signing.json"
TARGET = ROOT / "flat" / "hmac-signing.txt"
# "+" and "\" are escaped so that a form decoder and printf %b are right too.
ESCAPED = b" %+\\"
STEPS = ["canonicalUri", "canonicalQuery", "canonicalHeaders", "payloadHash", "canonicalRequest",
         "canonicalRequestSha256", "stringToSign", "signingKey", "signature", "authorization"]

HEAD = """\
# The signing vectors of hmac-signing.json (version {version}) as lines. Written by oracles/flatten.py: do not edit.
# A line is a name, one space and a value; an empty value is the name alone. An empty line ends a vector, the last one
# too. A line that starts with "#" is a comment. Values hold no spaces: in them "%XX" is the byte with that hex value
# (upper case), every other character is itself. Decode to bytes, not to text.
#   id                                    name of the vector
#   algorithm secretPrefix terminator     the labels of its scheme (section 2 of spec/partner-signing.md)
#   keyId secret environment api          the credential; secret is the UTF-8 bytes
#   timestamp                             value of the date header
#   escapedPaths                          1 if the path is escaped once more (4.1), else 0
#   method target                         the request line; target is the path and, after "?", the query
#   headers                               the headers in the order sent, without Authorization: each one the name, ":",
#                                         the value as sent (blanks too), a line feed
#   signedHeaders                         the names to sign, joined by ";"
#   body                                  the bytes of the body
# and what must come out of it: canonicalUri (4.1), canonicalQuery (4.2), canonicalHeaders (4.3), payloadHash (4.4),
# canonicalRequest (4), canonicalRequestSha256, stringToSign (6), signingKey (7, in hex), signature (8),
# authorization (3, the value of the header).
# Vectors: {count}
"""


def escape(data):
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E and byte not in ESCAPED else f"%{byte:02X}" for byte in data)


def fields(vector, schemes):
    scheme, request, wire = schemes[vector["scheme"]], vector["request"], "latin-1"
    yield "id", vector["id"].encode("ascii")
    for name in ("algorithm", "secretPrefix", "terminator"):
        yield name, scheme[name].encode("ascii")
    yield "keyId", vector["keyId"].encode("ascii")
    yield "secret", vector["secret"].encode("utf-8")
    for name in ("environment", "api", "timestamp"):
        yield name, vector[name].encode("ascii")
    yield "escapedPaths", b"1" if vector["escapedPaths"] else b"0"
    for name in ("method", "target"):
        yield name, request[name].encode(wire)
    for name, value in request["headers"]:
        if ":" in name or "\n" in name + value:
            raise ValueError(f"{vector['id']}: the header {name!r} does not fit on a line")
    yield "headers", "".join(f"{name}:{value}\n" for name, value in request["headers"]).encode(wire)
    yield "signedHeaders", ";".join(vector["signedHeaders"]).encode(wire)
    yield "body", base64.b64decode(request["bodyBase64"])
    for name in STEPS:
        yield name, vector["expected"][name].encode(wire)


def flatten(document):
    text = HEAD.format(version=document["version"], count=len(document["vectors"]))
    for vector in document["vectors"]:
        lines = (f"{name} {escape(value)}".rstrip(" ") + "\n" for name, value in fields(vector, document["schemes"]))
        text += "\n" + "".join(lines)
    return text + "\n"


if __name__ == "__main__":
    wanted = flatten(json.loads(SOURCE.read_text("utf-8")))
    shown = TARGET.relative_to(ROOT.parent)
    if sys.argv[1:] == ["--check"]:
        if not TARGET.exists() or TARGET.read_bytes() != wanted.encode("ascii"):
            sys.exit(f"{shown} differs from {SOURCE.name}: run {pathlib.Path(__file__).name} and commit the file")
        print(f"{shown} is up to date")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_bytes(wanted.encode("ascii"))
        print(f"{shown} written")
