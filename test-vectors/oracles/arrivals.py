"""The kinds hmac-verification and webhooks: requests as they arrive, and how a verifier answers.

A line of the inputs says what is signed (`sign`), what changes on the way (`send`), and how it must be answered
(`expected`, written by hand from the specification). `before` lists what came earlier: the same request, but for what
it says. verify.py must give the same answers.
"""
import base64

import rules
from jobs import OPENSSL, PYTHON, SCHEMES, b64, body_bytes, load, problem, sign_all, to_job
from recordings import RECORDINGS, header, parse_wire
from verify import LIMITS, Verifier

SPEC = "spec/partner-signing.md, oracles/verify.py"


def arrivals_file(kind):
    source = load(f"inputs/{kind}.json")
    secrets = {credential["keyId"]: credential["secret"] for credential in source["credentials"]}
    # Every line is one arrival, and so is everything that arrives before it.
    arrivals = []
    for entry in source["vectors"]:
        entry = {**source["defaults"], **entry}
        for earlier in entry.get("before", []):
            arrivals.append({**entry, "expected": {"status": 200}, **earlier,
                             "sign": {**entry["sign"], **earlier.get("sign", {})}, "isEarlier": True})
        arrivals.append(entry)
    jobs = []
    for entry in arrivals:
        settings = {**source["verifier"], **entry.get("verifier", {})}
        wanted = {**source["defaults"], "escapedPaths": settings["escapedPaths"], **entry["sign"], "id": entry["id"]}
        wanted["keyId"] = wanted.get("use", wanted["keyId"])
        wanted.setdefault("secret", secrets.get(wanted["keyId"], "nobody has this secret"))
        jobs.append(to_job(wanted, {}))
    vectors, before, signed = [], [], []
    for entry, job, steps in zip(arrivals, jobs, sign_all(jobs)):
        arrival = {"nowMs": epoch_ms(entry["now"]), "request": send(entry, job, steps)}
        signed.append(steps["canonicalHeaders"])
        if "isEarlier" in entry:
            before.append({**arrival, "expected": entry["expected"]})
            continue
        vectors.append(vector(entry, arrival, before, [SPEC, PYTHON, OPENSSL]))
        judge(vectors[-1], source, signed)
        before, signed = [], []
    for each in recorded(source):
        judge(each, source, [None])
        vectors.append(each)
    return {"schemes": SCHEMES, "verifier": source["verifier"], "credentials": source["credentials"], "vectors": vectors}


def recorded(source):
    by_name = {recording["name"]: (recording, path.name) for path, file in RECORDINGS for recording in file["recordings"]}
    for entry in source.get("recordings", []):
        recording, where = by_name[entry["recording"]]
        wire = parse_wire(recording)
        date = header(wire["headers"], "x-partner-date") or header(wire["headers"], "x-amz-date")
        entry = {**source["defaults"], **entry, "verifier": {"authorities": [header(wire["headers"], "host")]}}
        arrival = {"nowMs": epoch_ms(date or entry["now"]), "request": as_request(wire, entry)}
        yield vector(entry, arrival, [], [f"{recording['program']}, recorded in oracles/recordings/{where}", SPEC])


def vector(entry, arrival, before, source):
    verifier = {"verifier": entry["verifier"]} if "verifier" in entry else {}
    if "limits" in entry.get("verifier", {}):
        verifier = {"verifier": {**entry["verifier"], "limits": {**LIMITS, **entry["verifier"]["limits"]}}}
    return {
        "id": entry["id"], "comment": entry["comment"], "source": source,
        "result": "valid" if entry["expected"]["status"] < 300 else "invalid", "flags": entry["flags"],
        **verifier, "scopes": entry["scopes"], "before": before, **arrival, "expected": entry["expected"],
    }


def judge(each, source, signed):
    """verify.py must answer as the input says; what it adds to the answer stands in the vector."""
    verifier = Verifier({**source["verifier"], **each.get("verifier", {})}, SCHEMES, source["credentials"])
    for arrival, canonical_headers in zip([*each["before"], each], signed):
        answer = verifier.answer(arrival["request"], arrival["nowMs"], each["scopes"])
        if {name: answer[name] for name in ("status", "code") if name in answer} != arrival["expected"]:
            problem(each["id"], f"the input says {arrival['expected']}, verify.py {answer}")
        shown = "".join(f"{name}:{value}\n" for name, value in answer.get("signedHeaders", []))
        if answer["status"] == 200 and shown != canonical_headers:
            problem(each["id"], f"signed were {canonical_headers!r}, verify.py shows {shown!r}")
        arrival["expected"] = answer


def epoch_ms(timestamp):
    return rules.timestamp(timestamp)["epochSeconds"] * 1000


def send(entry, job, steps):
    """What arrives: the signed request, changed on the way."""
    change = entry.get("send", {})
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
    return as_request({
        "method": change.get("method", job["request"]["method"]),
        "target": fill(change.get("target", job["request"]["target"])),
        "headers": headers,
        "bodyBase64": b64(body_bytes(change["body"])) if "body" in change else job["request"]["bodyBase64"],
        "authority": change.get("authority"),
    }, entry)


def as_request(wire, entry):
    headers = wire["headers"]
    length = len(base64.b64decode(wire["bodyBase64"]))
    if length > 0 and header(headers, "content-length") is None and header(headers, "transfer-encoding") is None:
        headers = [*headers, ["Content-Length", str(length)]]
    http2 = {}
    if wire.get("authority") is not None:
        # Names are lower-case in HTTP/2.
        headers = [[name.lower(), value] for name, value in headers]
        http2 = {"authority": wire["authority"]}
    return {
        "method": wire["method"], "target": wire["target"], "httpVersion": "2" if http2 else "1.1", **http2,
        "rawHeaders": [text for pair in headers for text in pair], "bodyBase64": wire["bodyBase64"],
        "peerAddress": entry["peerAddress"],
    }
