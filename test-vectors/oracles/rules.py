"""Oracle 1, second half: judges timestamps, targets, headers and Authorization values as spec/partner-signing.md says.

Each function returns what a vector's `expected` holds: the values of an acceptable input, or `{code, part}` of the first
thing that is wrong. Standard library only; written from the text of the specification.
"""
import calendar
import datetime
import re
import string

import sign

UNRESERVED = set(string.ascii_letters + string.digits + "-._~")
TOKEN = set(string.ascii_lowercase + string.digits + "!#$%&'*+-.^_`|~")
WORD = set(string.ascii_letters + string.digits + "_-")
UPPER_HEX = set("0123456789ABCDEF")
METHOD = TOKEN | set(string.ascii_uppercase)


class Refused(Exception):
    def __init__(self, code, part):
        super().__init__(code, part)
        self.code = code
        self.part = part


def judge(function, *arguments):
    try:
        return function(*arguments)
    except Refused as refused:
        return {"code": refused.code, "part": refused.part}


def timestamp(text):
    def refuse(part):
        raise Refused("timestamp_invalid", part)

    digits = text[:8] + text[9:15]
    if len(text) != 16 or text[8] != "T" or text[15] != "Z" or set(digits) - set(string.digits):
        refuse("form")
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[9:11]), int(text[11:13]), int(text[13:15])
    if not 1 <= month <= 12:
        refuse("month")
    # The calendar repeats every 400 years (146,097 days); datetime knows no year 0.
    shifted = year + 400 if year == 0 else year
    if not 1 <= day <= calendar.monthrange(shifted, month)[1]:
        refuse("day")
    for part, value, limit in (("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)):
        if value > limit:
            refuse(part)
    moment = datetime.datetime(shifted, month, day, hour, minute, second)
    seconds = calendar.timegm(moment.timetuple())
    return {"epochSeconds": seconds - (146_097 * 86_400 if year == 0 else 0)}


def target(text, escaped_paths=False):
    def refuse(code, part):
        raise Refused(code, part)

    if not text.startswith("/"):
        refuse("target_not_canonical", "form")
    if "#" in text:
        refuse("target_not_canonical", "fragment")
    if text.endswith("?") and text.count("?") == 1:
        refuse("target_not_canonical", "query")
    path, query_text = sign.split_target(text)
    check_path(path, escaped_paths)
    check_query(query_text)
    return {
        "path": path,
        "query": query_text,
        "canonicalUri": sign.canonical_uri(path, escaped_paths),
        "canonicalQuery": query_text,
    }


def check_path(path, escaped_paths):
    def refuse():
        raise Refused("target_not_canonical", "path")

    segments = path.split("/")[1:]
    if "" in segments[:-1]:
        refuse()
    for segment in segments:
        if segment.lower().replace("%2e", ".") in (".", ".."):
            refuse()
        plain = segment
        if escaped_paths:
            pieces = segment.split("%")
            plain = pieces[0]
            for piece in pieces[1:]:
                if len(piece) < 2 or set(piece[:2]) - UPPER_HEX or piece[:2] in ("2F", "5C", "00"):
                    refuse()
                plain += piece[2:]
        if set(plain) - (UNRESERVED | set("!$&'()*+,;=:@") if escaped_paths else UNRESERVED):
            refuse()


def check_query(text):
    def refuse():
        raise Refused("query_not_canonical", "query")

    names = []
    for pair in text.split("&") if text else []:
        if pair.count("=") != 1 or pair.startswith("="):
            refuse()
        pieces = pair.replace("=", "").split("%")
        if set(pieces[0]) - UNRESERVED:
            refuse()
        for side in pair.split("="):
            for piece in side.split("%")[1:]:
                if len(piece) < 2 or set(piece[:2]) - UPPER_HEX or chr(int(piece[:2], 16)) in UNRESERVED:
                    refuse()
                if set(piece[2:]) - UNRESERVED:
                    refuse()
        names.append(pair.split("=")[0])
    if any(not first < second for first, second in zip(names, names[1:])):
        refuse()


def signed_headers(text):
    names = text.split(";")
    acceptable = (
        all(names)
        and not any(set(name) - TOKEN for name in names)
        and names == sorted(set(names))
        and len(names) <= 64
    )
    if not acceptable:
        raise Refused("signed_headers_invalid", "SignedHeaders")
    return names


def headers(pairs, signed_headers_text):
    names = signed_headers(signed_headers_text)
    for name in names:
        values = [value for key, value in pairs if key.lower() == name]
        if not values:
            raise Refused("signed_headers_invalid", name)
        for value in values:
            core = value.strip(" \t")
            if any(not (0x20 <= ord(char) <= 0x7E or 0x80 <= ord(char) <= 0xFF) for char in core):
                raise Refused("header_invalid", name)
    return {"canonicalHeaders": sign.to_text(sign.canonical_headers(pairs, names))}


def key_id(text):
    if not 8 <= len(text) <= 64 or set(text) - WORD:
        raise Refused("key_id_invalid", "keyId")
    return {}


def scope(date, environment, api, terminator):
    if len(date) != 8 or set(date) - set(string.digits):
        raise Refused("credential_scope_invalid", "date")
    for part, word in (("environment", environment), ("api", api), ("terminator", terminator)):
        if not 1 <= len(word) <= 64 or set(word) - WORD:
            raise Refused("credential_scope_invalid", part)


def authorization(text):
    def refuse(part):
        raise Refused("authorization_malformed", part)

    algorithm, blank, rest = text.partition(" ")
    if not 1 <= len(algorithm) <= 64 or set(algorithm) - set(string.ascii_uppercase + string.digits + "-"):
        refuse("algorithm")
    parts = (blank + rest).split(",")
    values = {}
    for index, name in enumerate(("Credential", "SignedHeaders", "Signature")):
        part = parts[index].lstrip(" ") if index < len(parts) else ""
        if not part.startswith(name + "="):
            refuse(name)
        values[name] = part[len(name) + 1 :]
        if name != "Signature" and (values[name] == "" or re.search(r"\s", values[name])):
            refuse(name)
    if len(parts) > 3:
        refuse("Authorization")
    if len(values["Signature"]) != 64 or set(values["Signature"]) - set("0123456789abcdef"):
        refuse("Signature")
    credential = values["Credential"].split("/")
    if len(credential) < 5:
        raise Refused("credential_scope_invalid", "Credential")
    scope(*credential[-4:])
    key_id("/".join(credential[:-4]))
    names = signed_headers(values["SignedHeaders"])
    date, environment, api, terminator = credential[-4:]
    return {
        "algorithm": algorithm,
        "keyId": "/".join(credential[:-4]),
        "scope": {"date": date, "environment": environment, "api": api, "terminator": terminator},
        "signedHeaders": names,
        "signature": values["Signature"],
    }


def signing(job):
    """The first thing that a signer must refuse about a job."""
    request = job["request"]
    key_id(job["keyId"])
    words = "/".join([job["timestamp"][:8], job["environment"], job["api"], job["terminator"]]).split("/")
    if len(words) != 4:
        raise Refused("credential_scope_invalid", "scope")
    scope(*words)
    timestamp(job["timestamp"])
    names = signed_headers(";".join(job["signedHeaders"]))
    if not 1 <= len(request["method"]) <= 32 or set(request["method"]) - METHOD:
        raise Refused("method_invalid", "method")
    target(request["target"], job.get("escapedPaths", False))
    headers(request["headers"], ";".join(names))
    hash_header = [value for key, value in request["headers"] if key.lower() == job["payloadHashHeader"]]
    for value in hash_header:
        if value == "UNSIGNED-PAYLOAD" or value.startswith("STREAMING-"):
            raise Refused("payload_hash_invalid", "unsigned-payload")
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise Refused("payload_hash_invalid", "payload-hash")
    raise AssertionError(f"nothing is wrong with {job['id']}")
