"""What spec/partner-signing.md §13 asks of the fields of RFC 9421: Python's standard library and regular expressions."""
import base64
import hashlib
import re

from rules import Refused

STRING = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
TOKEN = r"[A-Za-z*][:/!#$%&'*+\-.^_`|~A-Za-z0-9]*"
BARE = rf"(?:-?[0-9]{{1,12}}\.[0-9]{{1,3}}|-?[0-9]{{1,15}}(?![0-9.])|{STRING}|{TOKEN}|:[A-Za-z0-9+/=]*:|\?[01])"
KEY = r"[a-z*][a-z0-9_\-.*]*"
PARAMETERS = rf"(?:; *{KEY}(?:={BARE})?)*"
ITEM = BARE + PARAMETERS
INNER_LIST = rf"\( *(?:{ITEM}(?: +{ITEM})*)? *\){PARAMETERS}"
MEMBER = re.compile(rf"({KEY})(?:=({INNER_LIST}|{ITEM})|({PARAMETERS}))")
FIELD_NAME = r"[!#$%&'*+.^_`|~0-9a-z-]+"
DERIVED = ("@method", "@authority", "@path", "@query")
TIMES, TEXTS = ("created", "expires"), ("nonce", "alg", "keyid", "tag")


def members(field, name):
    """The members of a dictionary with their text as it stands; each key once."""
    found, at = [], 0
    while True:
        match = MEMBER.match(field, at)
        if match is None:
            raise Refused("signature_input_invalid", name)
        found.append((match[1], match[2] if match[2] is not None else match[3]))
        gap = re.compile(r"[ \t]*(,[ \t]*|$)").match(field, match.end())
        if gap is None:
            raise Refused("signature_input_invalid", name)
        if gap[1] == "":
            break
        at = gap.end()
    if len({key for key, _ in found}) != len(found):
        raise Refused("signature_input_invalid", name)
    return found


def unquote(text):
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def parameters_of(text):
    """Parameters as pairs of name and text."""
    return [(name, value) for name, value in re.findall(rf"; *({KEY})(?:=({BARE}))?", text)]


def split_list(text):
    """An inner list's items (text and parameters) and the text of its parameters."""
    inner = re.match(rf"\( *((?:{ITEM}(?: +{ITEM})*)?) *\)", text)
    items = [(match[1], match[2]) for match in re.finditer(rf"({BARE})({PARAMETERS})", inner[1])]
    return items, text[inner.end():]


def tag_of(text):
    values = [value for name, value in parameters_of(split_list(text)[1]) if name == "tag"]
    return unquote(values[-1]) if values and values[-1].startswith('"') else None


def input_members(field):
    found = members(field, "Signature-Input")
    if not all(text.startswith("(") for _, text in found):
        raise Refused("signature_input_invalid", "Signature-Input")
    return found


def signatures(field):
    result = {}
    for key, text in members(field, "Signature"):
        try:
            raw = base64.b64decode(text[1:-1], validate=True) if re.fullmatch(":.*:", text) else None
        except ValueError:
            raw = None
        if raw is None or base64.b64encode(raw).decode("ascii") != text[1:-1]:
            raise Refused("signature_input_invalid", "Signature")
        result[key] = raw
    return result


def signature_parameters(text):
    """Components and parameters of the text behind `label=`, which must be written in the one accepted way."""
    if not re.fullmatch(INNER_LIST, text):
        raise Refused("signature_input_invalid", "form")
    items, rest = split_list(text)
    names = []
    for item, parameters in items:
        if not item.startswith('"'):
            raise Refused("signature_input_invalid", "components")
        name = unquote(item)
        if parameters != "":
            raise Refused("signature_input_invalid", name)
        names.append(name)
    if len(names) > 64:
        raise Refused("signature_input_invalid", "components")
    for at, name in enumerate(names):
        known = name in DERIVED or re.fullmatch(FIELD_NAME, name) and name not in ("signature", "signature-input")
        if name in names[:at] or not known:
            raise Refused("signature_input_invalid", name or "component")
    values = {}
    for name, value in parameters_of(rest):
        if name in TIMES and re.fullmatch(r"-?[0-9]+(\.0+)?", value) and float(value) >= 0:
            values[name] = int(float(value))
        elif name in TEXTS and value.startswith('"'):
            values[name] = unquote(value)
        else:
            raise Refused("signature_input_invalid", name)
    quoted = r'"[^"\\]*"'
    canonical = rf"\((?:{quoted}(?: {quoted})*)?\)(?:;{KEY}=(?:0|[1-9][0-9]*|{STRING}))*"
    if not re.fullmatch(canonical, text) or len(values) != len(parameters_of(rest)):
        raise Refused("signature_input_invalid", "form")
    return names, values


def field_value(headers, name):
    values = [value.strip(" \t") for key, value in headers if key.lower() == name]
    for value in values:
        if re.search(r"[^\x20-\x7e]", value):
            raise Refused("header_invalid", name)
    return ", ".join(values) if values else None


def signature_base(request, headers, names, text):
    path, _, query = request["target"].partition("?")
    lines = []
    for name in names:
        if name == "@method":
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}", request["method"]):
                raise Refused("method_invalid", "method")
            value = request["method"]
        elif name == "@authority":
            value = field_value(headers, "host")
            if not re.fullmatch(r"[\x21-\x40\x5b-\x7e]+", value):
                raise Refused("header_invalid", "host")
        elif name == "@path":
            value = path
        elif name == "@query":
            value = "?" + query
        else:
            value = field_value(headers, name)
            if value is None:
                raise Refused("signature_input_invalid", name)
        lines.append(f'"{name}": {value}\n')
    return "".join(lines) + f'"@signature-params": {text}'


def content_digest(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def check_digest(value, body):
    """Every member is a byte sequence, none stands twice, and the sha-256 is that of the body."""
    try:
        digests = signatures(value)
    except Refused:
        raise Refused("content_digest_mismatch", "content-digest")
    if digests.get("sha-256") != hashlib.sha256(body).digest():
        raise Refused("content_digest_mismatch", "content-digest")
