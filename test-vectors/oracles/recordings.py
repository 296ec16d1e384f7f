"""What other programs sent: oracles/recordings/*.json, byte for byte."""
import base64

import rules
from jobs import HERE, SCHEMES, b64, load


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
