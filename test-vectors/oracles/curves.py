"""Ed25519 (RFC 8032) and ECDSA P-256 with the nonce of RFC 6979, written from the texts of these RFCs on plain integers.

Deterministic, so that vectors can be made again; slow, and not safe against side channels: never give it a real key.
"""
import base64
import functools
import hashlib
import hmac

ED_P = 2**255 - 19
ED_L = 2**252 + 27742317777372353535851937790883648493
ED_D = -121665 * pow(121666, -1, ED_P) % ED_P
ED_BASE_Y = 4 * pow(5, -1, ED_P) % ED_P

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def ed_recover_x(y):
    u, v = (y * y - 1) % ED_P, (ED_D * y * y + 1) % ED_P
    x = u * pow(v, 3, ED_P) * pow(u * pow(v, 7, ED_P), (ED_P - 5) // 8, ED_P) % ED_P
    if (v * x * x - u) % ED_P != 0:
        x = x * pow(2, (ED_P - 1) // 4, ED_P) % ED_P
    return x if x % 2 == 0 else ED_P - x


def ed_add(a, b):
    k = ED_D * a[0] * b[0] * a[1] * b[1] % ED_P
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, ED_P) % ED_P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, ED_P) % ED_P)


def times(scalar, point, add, neutral):
    result = neutral
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def ed_times_base(scalar):
    x, y = times(scalar % ED_L, (ed_recover_x(ED_BASE_Y), ED_BASE_Y), ed_add, (0, 1))
    return (y | (x & 1) << 255).to_bytes(32, "little")


def ed_secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


@functools.cache
def ed25519_sign(seed, message):
    scalar, prefix = ed_secret(seed)
    public = ed_times_base(scalar)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % ED_L
    point = ed_times_base(r)
    k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % ED_L
    return point + ((r + k * scalar) % ED_L).to_bytes(32, "little")


def p256_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P)


@functools.cache
def p256_sign(secret, message):
    digest = hashlib.sha256(message).digest()
    z = int.from_bytes(digest, "big")
    d = int.from_bytes(secret, "big")
    v, k = b"\x01" * 32, b"\x00" * 32
    for mark in (b"\x00", b"\x01"):
        k = hmac.new(k, v + mark + secret + (z % N).to_bytes(32, "big"), hashlib.sha256).digest()
        v = hmac.new(k, v, hashlib.sha256).digest()
    v = hmac.new(k, v, hashlib.sha256).digest()  # the first candidate is out of range once in 2^32 vectors
    nonce = int.from_bytes(v, "big")
    r = times(nonce, G, p256_add, None)[0] % N
    s = pow(nonce, -1, N) * (z + r * d) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@functools.cache
def public_pem(algorithm, secret):
    if algorithm == "ed25519":
        der = bytes.fromhex("302a300506032b6570032100") + ed_times_base(ed_secret(secret)[0])
    else:
        x, y = times(int.from_bytes(secret, "big"), G, p256_add, None)
        point = x.to_bytes(32, "big") + y.to_bytes(32, "big")
        der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + point
    text = base64.b64encode(der).decode("ascii")
    lines = "\n".join(text[at:at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def sign(algorithm, secret, message):
    return ed25519_sign(secret, message) if algorithm == "ed25519" else p256_sign(secret, message)
