"""The kinds http-message-signatures and http-signature-verification (spec/partner-signing.md §13).

A line of the inputs says what is signed (`sign`), what arrives (`send`), and how that must be answered (`expected`, written
by hand). http_rules.py and curves.py make the base and the signature; http-signatures.sh, which shares no code with them,
makes the base once more and has OpenSSL verify. For RFC 9421's own examples the base must be the one printed there.
"""
import base64
import hashlib

import curves
import http_rules
import rules
from arrivals import as_request, epoch_ms
from http_verify import DERIVED, HttpVerifier
from jobs import SCHEMES, b64, body_bytes, escape, escape_text, load, problem, run_lines

PYTHON = "oracles/curves.py, oracles/http_rules.py (Python standard library)"
OPENSSL = "oracles/http-signatures.sh (bash, openssl)"
JUDGE = "spec/partner-signing.md, oracles/http_verify.py"
RULES = "spec/partner-signing.md, oracles/http_rules.py"


def own_keys():
    keys = {}
    for key in load("inputs/http-message-signatures.json")["keys"]:
        secret = hashlib.sha256(key["seedText"].encode("ascii")).digest()
        keys[key["keyId"]] = {"algorithm": key["algorithm"], "private": secret.hex(),
                              "publicKey": curves.public_pem(key["algorithm"], secret)}
    return keys


def rfc_keys():
    keys = load("inputs/rfc9421.json")["keys"]
    for key in keys.values():
        if "private" in key and curves.public_pem(key["algorithm"], bytes.fromhex(key["private"])) != key["publicKey"]:
            problem("curves.py", "makes another public key than the one in RFC 9421")
    return keys


def sign(entry, keys):
    """A request and one signature: what is sent when nothing goes wrong."""
    body = body_bytes(entry.get("body"))
    headers = [["Host", entry["host"]]]
    if body:
        headers += [["Content-Type", "application/json"], ["Content-Digest", http_rules.content_digest(body)]]
    headers += [list(pair) for pair in entry.get("headers", [])]
    names = entry.get("components")
    if names is None:
        names = DERIVED + list(dict.fromkeys(name.lower() for name, _ in headers[1:]))
    values = {"created": str(entry["created"]), "expires": str(entry["created"] + 300), "nonce": f'"{entry["nonce"]}"',
              "keyid": f'"{entry["key"]}"', "tag": '"partner-orders-v1"', **entry.get("parameters", {})}
    text = entry.get("text")
    if text is None:
        listed = " ".join(name if name.startswith('"') else f'"{name}"' for name in names)
        text = f"({listed})" + "".join(f";{name}={value}" for name, value in values.items() if value is not None)
    request = {"method": entry.get("method", "POST" if body else "GET"), "target": entry["target"], "headers": headers,
               "bodyBase64": b64(body)}
    try:
        base = http_rules.signature_base(request, headers, entry.get("signedComponents", names), text)
    except rules.Refused:
        base = f'"@signature-params": {text}'  # what nobody can sign, signed somehow
    key = keys[entry.get("signedBy", entry["key"])]
    signature = curves.sign(key["algorithm"], bytes.fromhex(key["private"]), base.encode("latin-1"))
    return {"label": entry.get("label", "sig1"), "text": text, "request": request, "names": names, "base": base,
            "signature": signature}


def shell_line(request, names, text, key, signature):
    path, _, query = request["target"].partition("?")
    lines = "".join(f"{name}:{value}\n" for name, value in request["headers"])
    secret = key.get("publicKey") or base64.b64decode(key["secretBase64"]).hex()
    return "|".join([
        escape_text(request["method"]), escape_text(path), escape_text(query), escape_text(lines),
        escape_text(" ".join(names)), escape_text(text), key["algorithm"], escape(secret.encode("ascii")), signature.hex(),
    ])


def compare(name, answer, base, verifies):
    """Oracle 2 against oracle 1; gives the claim id that OpenSSL computed."""
    shell_base, verdict, claim_id = answer.split("|")
    if bytes.fromhex(shell_base).decode("latin-1") != base:
        problem(name, f"http_rules.py builds {base!r}, http-signatures.sh {bytes.fromhex(shell_base)!r}")
    if (verdict == "ok") != verifies:
        problem(name, f"the signature is expected to {'' if verifies else 'not '}verify, OpenSSL says {verdict}")
    if claim_id != hashlib.sha256(base.encode("ascii")).hexdigest()[:32]:
        problem(name, "the claim ids differ")
    return claim_id


def signatures_file():
    source = load("inputs/http-message-signatures.json")
    keys = {**rfc_keys(), **own_keys()}
    vectors, lines, checks = [], [], []
    for entry in quoted_entries() + [made_entry(entry, source, keys) for entry in source["vectors"]]:
        vector = {name: entry[name] for name in ("id", "comment", "source")}
        vector |= {"result": "valid", "flags": entry["flags"], "key": entry["key"], "label": entry["label"],
                   "request": entry["request"], "signatureInput": entry["signatureInput"], "signature": entry["signature"]}
        vectors.append(vector)
        judged = rules.judge(read_fields, entry)
        if "code" in judged:
            vector |= {"result": "invalid", "expected": judged, "source": [*entry["source"], RULES]}
            if judged != entry["expected"]:
                problem(entry["id"], f"the input says {entry.get('expected')}, http_rules.py {judged}")
            continue
        if "expected" in entry:
            problem(entry["id"], f"the input says {entry['expected']}, http_rules.py accepts")
        if entry.get("signatureBase") not in (None, judged["signatureBase"]):
            problem(entry["id"], f"RFC 9421 prints {entry['signatureBase']!r}, http_rules.py builds {judged['signatureBase']!r}")
        verifies = entry.get("verifies", True)
        vector |= {"result": "valid" if verifies else "invalid"}
        raw = http_rules.signatures(entry["signature"])[entry["label"]]
        text = dict(http_rules.input_members(entry["signatureInput"]))[entry["label"]]
        lines.append(shell_line(entry["request"], judged["components"], text, keys[entry["key"]], raw))
        checks.append((vector, judged, verifies))
    for (vector, judged, verifies), answer in zip(checks, run_lines("bash", "http-signatures.sh", lines)):
        claim_id = compare(vector["id"], answer, judged["signatureBase"], verifies)
        vector["source"] = [*vector["source"], OPENSSL]
        vector["expected"] = {**judged, "claimId": claim_id, "verifies": verifies}
    public = {name: {field: key[field] for field in ("algorithm", "publicKey", "secretBase64", "private") if field in key}
              for name, key in keys.items()}
    return {"keys": public, "vectors": vectors}


def read_fields(entry):
    text = dict(http_rules.input_members(entry["signatureInput"])).get(entry["label"])
    http_rules.signatures(entry["signature"])
    names, values = http_rules.signature_parameters(text)
    headers = entry["request"]["headers"]
    return {"components": names, "parameters": values,
            "signatureBase": http_rules.signature_base(entry["request"], headers, names, text)}


def quoted_entries():
    return [
        {**entry, "flags": ["Rfc9421"], "source": [entry["source"], PYTHON],
         "request": {"method": entry["request"]["method"], "target": entry["request"]["target"],
                     "headers": entry["request"]["headers"], "bodyBase64": b64(entry["request"]["body"].encode("ascii"))},
         **({"expected": {"code": "signature_input_invalid", "part": "@query-param"}} if entry["id"] == "rfc9421-b22" else {})}
        for entry in load("inputs/rfc9421.json")["vectors"]
    ]


def made_entry(entry, source, keys):
    signed = sign({**source["defaults"], **entry.get("sign", {})}, keys)
    key = entry.get("sign", {}).get("key", source["defaults"]["key"])
    label = signed["label"]
    return {
        **{name: entry[name] for name in ("id", "comment", "flags", "expected", "verifies") if name in entry}, "source": [PYTHON],
        "key": key, "label": label, "request": signed["request"],
        "signatureInput": entry.get("signatureInput", f"{label}={signed['text']}"),
        "signature": entry.get("signature", f"{label}=:{b64(signed['signature'])}:"),
    }


def verification_file():
    source = load("inputs/http-signature-verification.json")
    keys = own_keys()
    credentials = [{**credential, "algorithm": keys[credential["keyId"]]["algorithm"],
                    "publicKey": keys[credential["keyId"]]["publicKey"]} for credential in source["credentials"]]
    vectors, lines, checks = [], [], []
    for entry in source["vectors"]:
        entry = {**source["defaults"], **entry}
        verifier = HttpVerifier(source["verifier"], SCHEMES, credentials, keys)
        before = []
        for arrival in [*({"expected": {"status": 200}, **earlier} for earlier in entry.get("before", [])), entry]:
            arrival = {**entry, **arrival, "sign": {**entry["sign"], **arrival.get("sign", {})}}
            request, wire = send(arrival, source, keys)
            now_ms = epoch_ms(arrival["now"])
            answer = verifier.answer(request, now_ms, entry["scopes"])
            if {name: answer[name] for name in ("status", "code") if name in answer} != arrival["expected"]:
                problem(entry["id"], f"the input says {arrival['expected']}, http_verify.py {answer}")
            if answer["status"] == 200:
                lines.append(wire)
                checks.append((entry["id"], verifier.base, answer))
            before.append({"nowMs": now_ms, "request": request, "expected": answer})
        arrival = before.pop()
        vectors.append({
            "id": entry["id"], "comment": entry["comment"], "source": [JUDGE, PYTHON, OPENSSL],
            "result": "valid" if arrival["expected"]["status"] < 300 else "invalid", "flags": entry["flags"],
            "scopes": entry["scopes"], "before": before, **arrival,
        })
    for (name, base, answer), shell in zip(checks, run_lines("bash", "http-signatures.sh", lines)):
        answer |= {"signatureBase": base, "claimId": compare(name, shell, base, True)}
    return {"schemes": {"partner": SCHEMES["partner"]}, "verifier": source["verifier"], "credentials": credentials,
            "vectors": vectors}


def send(entry, source, keys):
    """What arrives: the signed request, changed on the way; and the line that oracle 2 gets if it is accepted."""
    change = entry.get("send", {})
    signed = sign({**source["signing"], **entry["sign"]}, keys)
    second = sign({**source["signing"], **entry["sign"], "label": "sig2", **entry["second"]}, keys) if "second" in entry else None
    raw = signed["signature"]
    high = raw[:32] + (curves.N - int.from_bytes(raw[32:], "big")).to_bytes(32, "big") if len(raw) == 64 else raw
    words = {"{text}": signed["text"], "{base64}": b64(raw), "{otherS}": b64(high),
             "{flipped}": b64(bytes([raw[0] ^ 1]) + raw[1:]), "{der}": b64(bytes.fromhex("3045022100") + raw[:32] + b"\x02\x20" + raw[32:])}
    for suffix, one in (("", signed), ("2", second)):
        if one is not None:
            words |= {f"{{input{suffix}}}": f"{one['label']}={one['text']}",
                      f"{{signature{suffix}}}": f"{one['label']}=:{b64(one['signature'])}:"}

    def fill(text):
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    removed = [name.lower() for name in change.get("remove", [])]
    replaced = {name.lower(): value for name, value in change.get("set", {}).items()}
    headers = [[name, replaced.get(name.lower(), value)] for name, value in signed["request"]["headers"]
               if name.lower() not in removed]
    headers += [[name, fill(value)] for name, value in change.get("add", [])]
    for name, default in (("Signature-Input", "{input}"), ("Signature", "{signature}")):
        value = change.get(name, default)
        if value is not None:
            headers.append([name, fill(value)])
    wire = {"method": change.get("method", signed["request"]["method"]),
            "target": change.get("target", signed["request"]["target"]), "headers": headers,
            "bodyBase64": b64(body_bytes(change["body"])) if "body" in change else signed["request"]["bodyBase64"],
            "authority": change.get("authority")}
    arrived = http_rules.signatures(dict(headers)["Signature"]) if change.get("Signature", "{") != "broken" and "Signature" in dict(headers) and "expected" in entry and entry["expected"]["status"] == 200 else {}
    signature = next((value for label, value in arrived.items() if label in (signed["label"], "renamed")), raw)
    line = shell_line({**wire, "headers": headers}, signed["names"], signed["text"], keys[entry["sign"].get("key", source["signing"]["key"])], signature)
    return as_request(wire, entry), line
