"""Oracle 1 of api-keys: builds keys and judges them, from the text of README.md, with Python's zlib.crc32.

Oracle 2 is api-keys.sh, which takes the checksum from the trailer that gzip writes.
"""
import re
import string
import zlib

from jobs import load, problem, run_lines

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SOURCE = ["README.md, \"API keys\"", "oracles/api_keys.py (Python zlib.crc32)"]
GZIP = "oracles/api-keys.sh (bash, the CRC-32 that gzip writes)"


def api_keys_file():
    """`{crc}` in a line of the inputs is the right checksum of all that stands before it."""
    entries = load("inputs/api-keys.json")["vectors"]
    bodies = [entry["text"].split("{crc}")[0] for entry in entries if "{crc}" in entry["text"]]
    from_gzip = dict(zip(bodies, run_lines("bash", "api-keys.sh", bodies)))
    vectors = []
    for entry in entries:
        body, _, rest = entry["text"].partition("{crc}")
        text = body + checksum(body) + rest if "{crc}" in entry["text"] else body
        if body in from_gzip and from_gzip[body] != checksum(body):
            problem(entry["id"], f"the checksum is {checksum(body)} by api_keys.py, {from_gzip[body]} by api-keys.sh")
        verdict = judge(text)
        if verdict != entry["expected"]:
            problem(entry["id"], f"the input says {entry['expected']}, api_keys.py {verdict}")
        vectors.append({
            "id": entry["id"], "comment": entry["comment"], "source": SOURCE + [GZIP] * (body in from_gzip),
            "result": "invalid" if "code" in verdict else "valid", "flags": entry["flags"], "text": text,
            "expected": verdict if "code" in verdict else {**verdict, "checksum": checksum(body)},
        })
    return {"vectors": vectors}


def checksum(text):
    number, digits = zlib.crc32(text.encode("ascii")), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def judge(text):
    parts = text.rsplit("_", 2)
    if len(parts) != 3 or not parts[0].startswith("pk_"):
        return {"code": "api_key_invalid", "part": "form"}
    environment, key_id, tail = parts[0][3:], parts[1], parts[2]
    for part, value, form in (
        ("environment", environment, "[a-z]{1,64}"), ("keyId", key_id, "[0-9A-Za-z]{8,64}"), ("secret", tail, "[0-9A-Za-z]{49}"),
    ):
        if not re.fullmatch(form, value):
            return {"code": "api_key_invalid", "part": part}
    if checksum(text[:-6]) != tail[43:]:
        return {"code": "api_key_invalid", "part": "checksum"}
    return {"environment": environment, "keyId": key_id, "secret": tail[:43]}
