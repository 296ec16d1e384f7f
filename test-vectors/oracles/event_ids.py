"""Oracle 1 of event-ids: the normal form of an event and the id that follows from it, from the text of README.md.

Python's standard library only. Oracle 2 is event-ids.pl (Perl), which computes ids and does not judge events.
"""
import base64
import datetime
import decimal
import hashlib
import json
import re

from jobs import b64, load, problem, run_lines

SOURCE = ["README.md, \"Event ids\"", "oracles/event_ids.py (Python standard library)"]
PERL = "oracles/event-ids.pl (Perl, Digest::SHA)"
STATUSES = (
    "received accepted rejected on_hold processing packed ready_for_pickup_by_carrier shipped in_transit customs "
    "out_for_delivery delivery_attempted available_for_pickup delivered partially_delivered exception return_in_transit "
    "returned cancelled lost"
).split()
MEMBERS = "eventId orderId status occurredAt reason sequence shipment lines supersedes note".split()
EVENT_ID = r"[A-Za-z0-9_-]{16,64}"
ORDER_ID = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}"
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
EPOCH = datetime.datetime(1970, 1, 1)
AHEAD_MS = 300_000


def event_ids_file():
    source = load("inputs/event-ids.json")
    vectors, lines = [], []
    for entry in source["vectors"]:
        environment, event = entry.get("environment", "live"), entry["event"]
        wrong = sorted(faults(event, source["nowMs"]))
        if wrong != entry.get("expected", {}).get("pointers", []):
            problem(entry["id"], f"the input says {entry.get('expected')}, event_ids.py {wrong}")
        valid = not wrong
        lines.append(f"{environment} {b64(json.dumps(event).encode('ascii'))}" if valid else None)
        vectors.append({
            "id": entry["id"], "comment": entry["comment"], "source": SOURCE + [PERL] * valid,
            "result": "valid" if valid else "invalid", "flags": entry["flags"], "environment": environment, "event": event,
            "expected": identify(environment, normalize(event)) if valid else {"pointers": wrong},
        })
    answers = iter(run_lines("perl", "event-ids.pl", [line for line in lines if line is not None]))
    for vector, line in zip(vectors, lines):
        if line is None:
            continue
        event_id, text = next(answers).split(" ")
        computed = {"json": base64.b64decode(text).decode("utf-8"), "eventId": event_id}
        for name, value in computed.items():
            if vector["expected"][name] != value:
                problem(vector["id"], f"{name}: event_ids.py {vector['expected'][name]!r}, event-ids.pl {value!r}")
    return {"nowMs": source["nowMs"], "vectors": vectors}


def identify(environment, event):
    content = {name: value for name, value in event.items() if name != "eventId"}
    text = to_json(content)
    digest = hashlib.sha256("\n".join(["countersign-event-v1", environment, text]).encode("utf-8"))
    event_id = base64.urlsafe_b64encode(digest.digest()).decode("ascii")[:32]
    return {"normalized": event, "json": text, "sha256": digest.hexdigest(), "eventId": event_id}


def normalize(event):
    normal = {name: value for name, value in event.items() if value != {}}
    normal["occurredAt"] = in_utc(moment(event["occurredAt"]))
    return normal


def to_json(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{to_json(name)}:{to_json(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(map(to_json_character, value)) + '"'
    return to_json_number(value)


def to_json_character(char):
    if char in '"\\':
        return "\\" + char
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
    return short.get(char, f"\\u{ord(char):04x}") if char < " " else char


def to_json_number(value):
    """As ECMAScript's Number::toString writes it: the shortest digits that give the same double back."""
    _, digits, exponent = decimal.Decimal(repr(float(value))).normalize().as_tuple()
    digits = "".join(map(str, digits))
    point = len(digits) + exponent  # where the decimal point stands, counted from the first digit
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def moment(text):
    """Milliseconds since 1970, None when the text names no moment."""
    found = TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        local = datetime.datetime(*map(int, found.group(1, 2, 3, 4, 5, 6)))
    except ValueError:
        return None
    hours, minutes = int(found[9] or 0), int(found[10] or 0)
    if hours > 23 or minutes > 59:
        return None
    seconds = (local - EPOCH) // datetime.timedelta(seconds=1) - (hours * 60 + minutes) * 60 * (-1 if found[8] == "-" else 1)
    ms = seconds * 1000 + int((found[7] or "").ljust(3, "0")[:3])
    return ms if 0 <= ms <= 253_402_300_799_999 else None


def in_utc(ms):
    shown = EPOCH + datetime.timedelta(milliseconds=ms)
    return f"{shown:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def faults(event, now_ms):
    """JSON pointers of what is wrong."""
    if not isinstance(event, dict):
        return [""]
    take = event.get
    wrong = [f"/{name.replace('~', '~0').replace('/', '~1')}" for name in event if name not in MEMBERS]
    for name, form in (("orderId", ORDER_ID), ("eventId", EVENT_ID), ("supersedes", EVENT_ID)):
        if (name in event or name == "orderId") and not (isinstance(take(name), str) and re.fullmatch(form, take(name))):
            wrong.append(f"/{name}")
    if take("status") not in STATUSES:
        wrong.append("/status")
    ms = moment(take("occurredAt"))
    if ms is None or ms > now_ms + AHEAD_MS:
        wrong.append("/occurredAt")
    if "reason" in event and not is_text(event["reason"], 64):
        wrong.append("/reason")
    if "note" in event and event["note"] != "" and not is_text(event["note"], 500, "\t\n\r"):
        wrong.append("/note")
    if "sequence" in event and not (isinstance(event["sequence"], int) and 0 <= event["sequence"] < 2**53):
        wrong.append("/sequence")
    for name, value in take("shipment", {}).items():
        longest = {"shipmentId": 64, "carrier": 64, "trackingNumber": 64, "trackingUrl": 2000}.get(name, -1)
        if not is_text(value, longest) or (name == "trackingUrl" and not re.match("https?://[^/]", value)):
            wrong.append(f"/shipment/{name}")
    if take("lines") == []:
        wrong.append("/lines")
    for index, line in enumerate(take("lines", [])):
        wrong += [f"/lines/{index}/{name}" for name in line if name not in ("lineId", "quantity")]
        if not is_text(line.get("lineId"), 64):
            wrong.append(f"/lines/{index}/lineId")
        if not (isinstance(line.get("quantity"), (int, float)) and 0 < line["quantity"] <= 1e9):
            wrong.append(f"/lines/{index}/quantity")
    return wrong


def is_text(value, longest, allowed=""):
    """1 to so many characters (code points), none of them a control character or half of one."""
    return (isinstance(value, str) and 1 <= len(value) <= longest
            and not any((char < " " or "\x7f" <= char <= "\x9f") and char not in allowed or "\ud800" <= char <= "\udfff"
                        for char in value))
