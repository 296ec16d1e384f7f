#!/usr/bin/env python3
"""Makes the data files of test-vectors/ from oracles/inputs and oracles/recordings. Deterministic.

Every value is computed by two programs that share no code and must be equal; where a recording of another program or a
published value exists, that must be equal too. Every verdict (code and part) stands written by hand in the inputs and
must be the one of rules.py or verify.py, and of rules.sh where that can judge it. Any difference ends the run: exit 1.

  generate.py           writes the files
  generate.py --check   writes nothing; exit 1 if a committed file differs from what would be written
"""
import hashlib
import json
import sys

sys.dont_write_bytecode = True  # a check must leave the work tree as it was
import flatten  # noqa: E402
import rules  # noqa: E402
from api_keys import api_keys_file  # noqa: E402
from arrivals import arrivals_file  # noqa: E402
from event_ids import event_ids_file  # noqa: E402
from http_vectors import signatures_file as http_signatures_file, verification_file as http_verification_file  # noqa: E402
from jobs import (  # noqa: E402
    HERE, OPENSSL, PYTHON, SCHEMES, escape, escape_text, load, problem, problems, run_lines, sign_all, to_job,
)
from recordings import recorded_well, recording_job  # noqa: E402

ROOT = HERE.parent
VERSION = "2.0.0"
RULES = "spec/partner-signing.md, oracles/rules.py"
RULES_BOTH = RULES + ", oracles/rules.sh"
NOTES = load("inputs/notes.json")


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


def credential_stores_file():
    """A store takes credentials one after the other; which of them it must refuse needs no more than a look."""
    vectors = []
    for entry in load("inputs/credential-stores.json")["vectors"]:
        verdict, key_ids, secrets = {}, set(), set()
        for credential in entry["credentials"]:
            if "code" in rules.judge(rules.key_id, credential["keyId"]) or credential["keyId"] in key_ids:
                verdict = {"part": "keyId"}
            elif credential["secret"] in secrets | {""}:
                verdict = {"part": "secret"}
            key_ids.add(credential["keyId"])
            secrets.add(credential["secret"])
        if verdict != entry["expected"]:
            problem(entry["id"], f"the input says {entry['expected']}, generate.py {verdict}")
        vectors.append({
            "id": entry["id"], "comment": entry["comment"], "source": ["README.md, \"Credential stores\""],
            "result": "invalid" if verdict else "valid", "flags": entry["flags"], "credentials": entry["credentials"],
            "expected": verdict,
        })
    return {"vectors": vectors}


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
        "hmac-verification": ("Requests as they arrive, and how a verifier answers", arrivals_file("hmac-verification")),
        "webhooks": ("What the platform sends to a partner, and how the partner's verifier answers", arrivals_file("webhooks")),
        "credential-stores": ("Credentials, and which of them no store takes", credential_stores_file()),
        "timestamps": ("Values of the date header", timestamps_file()),
        "targets": ("Request targets", targets_file()),
        "headers": ("Header lists and canonical headers", headers_file()),
        "authorizations": ("Values of the Authorization header", authorizations_file()),
        "http-message-signatures": ("Signature bases and signatures of RFC 9421", http_signatures_file()),
        "http-signature-verification": ("Requests signed by RFC 9421 as they arrive, and how a verifier answers", http_verification_file()),
        "event-ids": ("Events and the ids that follow from them", event_ids_file()),
        "api-keys": ("API keys and their parts", api_keys_file()),
    }
    files, entries, total = {}, [], 0
    for kind, (title, content) in kinds.items():
        text, count = render(kind, title, content)
        files[f"{kind}.json"] = text
        total += count
        entries.append({"file": f"{kind}.json", "kind": kind, "schema": f"schema/{kind}.schema.json",
                        "vectors": count, "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest()})
    manifest = {"$schema": "./schema/manifest.schema.json", "version": VERSION, "totalVectors": total, "files": entries}
    files["flat/hmac-signing.txt"] = flatten.flatten(json.loads(files["hmac-signing.json"]))
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
