"""From a line of the inputs to a request that both oracles sign, and what they agree on."""
import base64
import hashlib
import json
import pathlib
import re
import subprocess

import sign

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "oracles/sign.py (Python standard library)"
OPENSSL = "oracles/sign.sh (bash, openssl dgst)"


def load(name):
    return json.loads((HERE / name).read_text("utf-8"))


SCHEMES = load("inputs/schemes.json")
problems = []


def problem(where, what):
    problems.append(f"{where}: {what}")


def b64(data):
    return base64.b64encode(data).decode("ascii")


def escape(data):
    """Bytes as a field of a line that bash reads: `printf %b` gives them back."""
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E and byte not in b"|\\" else f"\\x{byte:02X}" for byte in data)


def escape_text(text):
    return escape(text.encode("latin-1"))


def unescape(field):
    return re.sub(r"\\x([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), field)


def body_bytes(body):
    if body is None:
        return b""
    if "text" in body:
        return body["text"].encode("utf-8")
    if "repeat" in body:
        return (body["repeat"] * body["times"]).encode("utf-8")
    return base64.b64decode(body["base64"])


# What a hostile signer does otherwise: other labels, the scope or the key of another day or row.
OVERRIDES = ("secretPrefix", "terminator", "scopeDate", "keyDate", "keyTerminator")


def to_job(entry, defaults):
    entry = {**defaults, **entry}
    row = SCHEMES[entry["scheme"]]
    body = body_bytes(entry.get("body"))
    form = entry.get("form", "minimal")
    title = lambda name: "-".join(word.capitalize() for word in name.split("-"))
    headers = [["Host", entry["host"]], [title(row["dateHeader"]), entry["timestamp"]]]
    if form == "full":
        headers.append([title(row["payloadHashHeader"]), hashlib.sha256(body).hexdigest()])
    if form in ("full", "nonce"):
        headers.append([title(row["nonceHeader"]), entry["nonce"]])
    headers += [list(header) for header in entry.get("headers", [])]
    signed = entry.get("signedHeaders") or sorted({name.lower() for name, _ in headers})
    return {
        **row,
        **{name: entry[name] for name in OVERRIDES if entry.get(name) is not None},
        "id": entry["id"],
        "scheme": entry["scheme"],
        "keyId": entry["keyId"],
        "secret": entry["secret"],
        "environment": entry["environment"],
        "api": entry["api"],
        "timestamp": entry["timestamp"],
        "escapedPaths": entry.get("escapedPaths", False),
        "request": {
            "method": entry.get("method", "GET"),
            "target": entry.get("target", "/v1/whoami"),
            "headers": headers,
            "bodyBase64": b64(body),
        },
        "signedHeaders": signed,
    }


def shell_line(job):
    request = job["request"]
    path, query = sign.split_target(request["target"])
    lines = "".join(f"{name}:{value}\n" for name, value in request["headers"])
    return "|".join(
        [
            job["algorithm"], job["secretPrefix"], escape(job["secret"].encode("utf-8")), job["keyId"],
            sign.scope_date(job), job["timestamp"], job["environment"], job["api"], job["terminator"],
            request["method"], escape_text(path), escape_text(query), escape_text(lines),
            escape_text(";".join(job["signedHeaders"])), escape(base64.b64decode(request["bodyBase64"])),
            "1" if job["escapedPaths"] else "0", job.get("keyDate", ""), job.get("keyTerminator", ""),
        ]
    )


def run_lines(program, script, lines):
    """Gives a program all lines at once; one line back for each."""
    done = subprocess.run(
        [program, str(HERE / script)], input="".join(f"{line}\n" for line in lines).encode("latin-1"),
        capture_output=True,
    )
    answers = done.stdout.decode("latin-1").split("\n")[:-1]
    if done.returncode != 0 or len(answers) != len(lines):
        raise SystemExit(f"{script} answered {len(answers)} of {len(lines)} lines: {done.stderr.decode('latin-1')}")
    return answers


SHELL_FIELDS = (
    "canonicalUri", "canonicalHeaders", "payloadHash", "canonicalRequest", "canonicalRequestSha256", "stringToSign",
    "signingKey", "signature", "authorization",
)


def sign_all(jobs):
    """Signs every job with both programs; one result each, on which they agree."""
    results = [sign.sign(job) for job in jobs]
    answers = run_lines("bash", "sign.sh", [shell_line(job) for job in jobs])
    for job, result, answer in zip(jobs, results, answers):
        for name, value in zip(SHELL_FIELDS, answer.split("|")):
            value = unescape(value)
            if value != result[name]:
                problem(job["id"], f"{name} differs: sign.py {result[name]!r}, sign.sh {value!r}")
    return results
