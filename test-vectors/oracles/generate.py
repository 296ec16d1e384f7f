#!/usr/bin/env python3
"""Makes the data files of test-vectors/ from oracles/inputs and oracles/recordings. Deterministic.

Every cryptographic value is computed by sign.py and by sign.sh and must be equal; where a recording of another program
or a published value exists, that must be equal too. Every verdict (code and part) stands written by hand in the inputs
and must be the one of rules.py, and of rules.sh where that can judge it. Any difference ends the run: exit 1.

  generate.py           writes the files
  generate.py --check   writes nothing; exit 1 if a committed file differs from what would be written
"""
import base64
import hashlib
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # a check must leave the work tree as it was
import rules  # noqa: E402
import sign  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
VERSION = "1.0.0"
PYTHON = "oracles/sign.py (Python standard library)"
OPENSSL = "oracles/sign.sh (bash, openssl dgst)"
RULES = "spec/partner-signing.md, oracles/rules.py"
RULES_BOTH = RULES + ", oracles/rules.sh"


def load(name):
    return json.loads((HERE / name).read_text("utf-8"))


SCHEMES = load("inputs/schemes.json")
NOTES = load("inputs/notes.json")
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


# ---- from a line of the inputs to a job

def body_bytes(body):
    if body is None:
        return b""
    if "text" in body:
        return body["text"].encode("utf-8")
    if "repeat" in body:
        return (body["repeat"] * body["times"]).encode("utf-8")
    return base64.b64decode(body["base64"])


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
        **{name: entry[name] for name in ("secretPrefix", "terminator") if name in entry},
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


# ---- the two oracles

def shell_line(job):
    request = job["request"]
    path, query = sign.split_target(request["target"])
    lines = "".join(f"{name}:{value}\n" for name, value in request["headers"])
    return "|".join(
        [
            job["algorithm"], job["secretPrefix"], escape(job["secret"].encode("utf-8")), job["keyId"],
            job["timestamp"][:8], job["timestamp"], job["environment"], job["api"], job["terminator"],
            request["method"], escape_text(path), escape_text(query), escape_text(lines),
            escape_text(";".join(job["signedHeaders"])), escape(base64.b64decode(request["bodyBase64"])),
            "1" if job["escapedPaths"] else "0",
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


# ---- recordings

def parse_wire(recording):
    wire = base64.b64decode(recording["wireBase64"])
    head, _, body = wire.partition(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = [line.split(":", 1) for line in lines]
    return {"method": method, "target": target, "headers": [[n, v[1:] if v.startswith(" ") else v] for n, v in headers],
            "bodyBase64": b64(body)}


def header(headers, wanted):
    return next((value for name, value in headers if name.lower() == wanted), None)


def recording_job(recording, key_id, secret, prefix):
    request = parse_wire(recording)
    authorization = header(request["headers"], "authorization")
    parsed = rules.judge(rules.authorization, authorization)
    row = next(name for name, row in SCHEMES.items() if authorization.startswith(row["algorithm"] + " "))
    request["headers"] = [pair for pair in request["headers"] if pair[0].lower() != "authorization"]
    job = {
        **SCHEMES[row], "id": f"{prefix}{recording['name']}", "scheme": row, "keyId": key_id, "secret": secret,
        "timestamp": header(request["headers"], SCHEMES[row]["dateHeader"]), "escapedPaths": False, "request": request,
    }
    if "code" not in parsed:
        job.update(environment=parsed["scope"]["environment"], api=parsed["scope"]["api"],
                   signedHeaders=parsed["signedHeaders"])
    return job, authorization


RECORDINGS = [(path, load(f"recordings/{path.name}")) for path in sorted((HERE / "recordings").glob("*.json"))]


def recorded_well(bad):
    for path, file in RECORDINGS:
        for recording in file["recordings"]:
            if recording["name"] not in bad:
                yield recording, file["keyId"], file["secret"], f"recorded in oracles/recordings/{path.name}"


# ---- kinds

def without_row(job):
    return {name: value for name, value in job.items() if name not in SCHEMES["partner"]}


def signing_file(bad_recordings):
    source = load("inputs/hmac-signing.json")
    jobs = [to_job(entry, source["defaults"]) for entry in source["vectors"]]
    extra = [{"comment": entry["comment"], "flags": entry["flags"], "source": [PYTHON, OPENSSL]} for entry in source["vectors"]]
    quoted = [entry.get("quoted") for entry in source["vectors"]]
    expected_authorization = [None] * len(jobs)
    for recording, key_id, secret, where in recorded_well(bad_recordings):
        job, authorization = recording_job(recording, key_id, secret, "recorded-")
        jobs.append(job)
        shown = " ".join(recording.get("args", []))
        extra.append({"comment": f"{recording['program']}{': ' if shown else ''}{shown}", "flags": ["Curl"] if "curl" in recording["program"] else ["Library"],
                      "source": [f"{recording['program']}, {where}", PYTHON, OPENSSL]})
        quoted.append(None)
        expected_authorization.append(authorization)
    vectors = []
    for job, more, quote, recorded_value, steps in zip(jobs, extra, quoted, expected_authorization, sign_all(jobs)):
        if quote is not None:
            more["source"].insert(0, quote["by"])
            if quote["signature"] != steps["signature"]:
                problem(job["id"], f"{quote['by']} says {quote['signature']}, the oracles {steps['signature']}")
        if recorded_value is not None and recorded_value != steps["authorization"]:
            problem(job["id"], f"recorded {recorded_value!r}, the oracles {steps['authorization']!r}")
        job = without_row(job)
        vectors.append({"id": job.pop("id"), "comment": more["comment"], "source": more["source"], "result": "valid",
                        "flags": more["flags"], **job, "expected": steps})
    return {"schemes": SCHEMES, "vectors": vectors}


def signing_invalid_file():
    signing = load("inputs/hmac-signing.json")
    vectors = []
    for entry in load("inputs/hmac-signing-invalid.json")["vectors"]:
        job = to_job(entry, signing["defaults"])
        expect(entry, rules.judge(rules.signing, job))
        job = without_row(job)
        vectors.append({"id": job.pop("id"), "comment": entry["comment"], "source": [RULES], "result": "invalid",
                        "flags": entry["flags"], **job, "expected": entry["expected"]})
    return {"schemes": SCHEMES, "vectors": vectors}


def expect(entry, verdict):
    if verdict != entry.get("expected", verdict) or ("code" in verdict and "expected" not in entry):
        problem(entry["id"], f"the input says {entry.get('expected')}, rules.py {verdict}")


def judged_file(kind, function, fields, shell):
    """A kind whose vectors are one input and a verdict; `shell` gives the line for rules.sh, or None."""
    entries = load(f"inputs/{kind}.json")["vectors"]
    lines = [shell(entry) for entry in entries]
    answers = iter(run_lines("bash", "rules.sh", [line for line in lines if line is not None]))
    vectors = []
    for entry, line in zip(entries, lines):
        verdict = rules.judge(function, entry)
        expect(entry, verdict)
        if line is not None:
            answer = next(answers)
            wanted = verdict.get("code") or str(verdict.get("epochSeconds", "ok"))
            if answer != wanted:
                problem(entry["id"], f"rules.py says {wanted}, rules.sh {answer}")
        vectors.append({
            "id": entry["id"], "comment": entry["comment"], "source": [RULES if line is None else RULES_BOTH],
            "result": "invalid" if "code" in verdict else "valid", "flags": entry.get("flags", []),
            **{name: entry.get(name, default) for name, default in fields.items()}, "expected": verdict,
        })
    return {"vectors": vectors}


def printable(text):
    """Bash strings hold no NUL, and bytes only."""
    return "\0" not in text and all(ord(char) <= 0xFF for char in text)


def timestamps_file():
    return judged_file("timestamps", lambda entry: rules.timestamp(entry["text"]), {"text": ""},
                       lambda entry: f"t {escape(entry['text'].encode('utf-8'))}")


def targets_file():
    return judged_file(
        "targets", lambda entry: rules.target(entry["target"], entry.get("escapedPaths", False)),
        {"target": "", "escapedPaths": False},
        lambda entry: f"p {1 if entry.get('escapedPaths') else 0} {escape_text(entry['target'])}"
        if printable(entry["target"]) else None,
    )


def headers_file():
    # rules.sh judges the list only; whether the values are acceptable is seen by rules.py alone.
    return judged_file(
        "headers", lambda entry: rules.headers(entry["headers"], entry["signedHeaders"]),
        {"headers": [], "signedHeaders": ""},
        lambda entry: f"h {escape_text(entry['signedHeaders'])}"
        if printable(entry["signedHeaders"]) and entry.get("expected", {}).get("part") in (None, "SignedHeaders") else None,
    )


def authorizations_file():
    return judged_file("authorizations", lambda entry: rules.authorization(entry["value"]), {"value": ""},
                       lambda entry: f"a {escape_text(entry['value'])}")


def verification_file():
    source = load("inputs/hmac-verification.json")
    secrets = {credential["keyId"]: credential["secret"] for credential in source["credentials"]}
    jobs = []
    for entry in source["vectors"]:
        wanted = {**source["defaults"], **entry["sign"], "id": entry["id"]}
        wanted["keyId"] = wanted.get("use", wanted["keyId"])
        wanted.setdefault("secret", secrets.get(wanted["keyId"], "nobody has this secret"))
        jobs.append(to_job(wanted, {}))
    vectors = []
    for entry, job, steps in zip(source["vectors"], jobs, sign_all(jobs)):
        vectors.append(verification_vector(entry, source["defaults"], send(entry.get("send", {}), job, steps),
                                           [RULES.split(",")[0], PYTHON, OPENSSL]))
    by_name = {recording["name"]: (recording, where) for _, file in RECORDINGS for recording in file["recordings"]
               for where in [_.name]}
    for entry in source["recordings"]:
        recording, where = by_name[entry["recording"]]
        request = parse_wire(recording)
        date = header(request["headers"], "x-partner-date") or header(request["headers"], "x-amz-date")
        vector = verification_vector(
            {**entry, "now": date or source["defaults"]["now"]}, source["defaults"], request,
            [f"{recording['program']}, recorded in oracles/recordings/{where}", RULES.split(",")[0]],
        )
        vector["verifier"] = {"authorities": [header(request["headers"], "host")]}
        vectors.append(vector)
    return {"schemes": SCHEMES, "verifier": source["verifier"], "credentials": source["credentials"], "vectors": vectors}


def send(change, job, steps):
    """What arrives: the signed request, changed on the way."""
    signature = steps["signature"]
    flipped = format(int(signature[0], 16) ^ 1, "x") + signature[1:]
    words = {
        "{authorization}": steps["authorization"], "{signature}": signature, "{SIGNATURE}": signature.upper(),
        "{flipped}": steps["authorization"].replace(signature, flipped), "{algorithm}": job["algorithm"],
        "{credential}": steps["authorization"].split("Credential=")[1].split(",")[0],
        "{signedHeaders}": ";".join(job["signedHeaders"]),
    }

    def fill(text):
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    removed = {name.lower() for name in change.get("remove", [])}
    replaced = {name.lower(): value for name, value in change.get("set", {}).items()}
    headers = [[name, replaced.get(name.lower(), value)] for name, value in job["request"]["headers"]
               if name.lower() not in removed]
    authorization = change.get("authorization", "{authorization}")
    if authorization is not None:
        headers.append(["Authorization", fill(authorization)])
    headers += [[name, fill(value)] for name, value in change.get("add", [])]
    return {
        "method": change.get("method", job["request"]["method"]),
        "target": change.get("target", job["request"]["target"]),
        "headers": headers,
        "bodyBase64": b64(body_bytes(change["body"])) if "body" in change else job["request"]["bodyBase64"],
    }


def verification_vector(entry, defaults, request, source):
    entry = {**defaults, **entry}
    if base64.b64decode(request["bodyBase64"]) and header(request["headers"], "content-length") is None:
        if header(request["headers"], "transfer-encoding") is None:
            request["headers"].append(["Content-Length", str(len(base64.b64decode(request["bodyBase64"])))])
    return {
        "id": entry["id"], "comment": entry["comment"], "source": source,
        "result": "valid" if entry["expected"]["status"] < 300 else "invalid", "flags": entry["flags"],
        "nowMs": rules.timestamp(entry["now"])["epochSeconds"] * 1000, "scopes": entry["scopes"],
        "sentBefore": entry.get("sentBefore", 0),
        "request": {
            "method": request["method"], "target": request["target"], "httpVersion": "1.1",
            "rawHeaders": [text for pair in request["headers"] for text in pair],
            "bodyBase64": request["bodyBase64"], "peerAddress": entry["peerAddress"],
        },
        "expected": entry["expected"],
    }


# ---- files

def render(kind, title, content):
    ids = [vector["id"] for vector in content["vectors"]]
    for twice in {name for name in ids if ids.count(name) > 1}:
        problem(kind, f"the id {twice} stands twice")
    used = sorted({flag for vector in content["vectors"] for flag in vector["flags"]})
    vectors = content.pop("vectors")
    envelope = {
        "$schema": f"./schema/{kind}.schema.json", "kind": kind, "version": VERSION, "title": title,
        "vectorCount": len(vectors), "notes": {flag: NOTES[flag] for flag in used}, **content,
    }
    head = json.dumps(envelope, indent=2, ensure_ascii=True)
    lines = ",\n".join("    " + json.dumps(vector, ensure_ascii=True) for vector in vectors)
    return f'{head[:-2]},\n  "vectors": [\n{lines}\n  ]\n}}\n', len(vectors)


def build():
    bad = [entry["recording"] for entry in load("inputs/hmac-verification.json")["recordings"]]
    kinds = {
        "hmac-signing": ("A request and every step of its signature", signing_file(bad)),
        "hmac-signing-invalid": ("Requests that must not be signed", signing_invalid_file()),
        "hmac-verification": ("Requests as they arrive, and how a verifier answers", verification_file()),
        "timestamps": ("Values of the date header", timestamps_file()),
        "targets": ("Request targets", targets_file()),
        "headers": ("Header lists and canonical headers", headers_file()),
        "authorizations": ("Values of the Authorization header", authorizations_file()),
    }
    files, entries, total = {}, [], 0
    for kind, (title, content) in kinds.items():
        text, count = render(kind, title, content)
        files[f"{kind}.json"] = text
        total += count
        entries.append({"file": f"{kind}.json", "kind": kind, "schema": f"schema/{kind}.schema.json",
                        "vectors": count, "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest()})
    manifest = {"$schema": "./schema/manifest.schema.json", "version": VERSION, "totalVectors": total, "files": entries}
    files["manifest.json"] = json.dumps(manifest, indent=2) + "\n"
    return files


def main():
    files = build()
    if "--check" in sys.argv:
        for name, text in files.items():
            path = ROOT / name
            if not path.exists() or path.read_text("utf-8") != text:
                problem(name, "is not what generate.py makes; run it and look at the difference")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        sys.exit(1)
    if "--check" not in sys.argv:
        for name, text in files.items():
            (ROOT / name).write_text(text, "utf-8")
    for entry in json.loads(files["manifest.json"])["files"]:
        print(f"{entry['file']}: {entry['vectors']} vectors")


if __name__ == "__main__":
    main()
