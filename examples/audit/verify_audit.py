"""Verifies an audit log of server-verify, with nothing but Python's standard library.

    python3 verify_audit.py audit.ndjson [checkpoints.ndjson]

A line is {"chain":…,"seq":…,"prev":…, the record, "hash":…}; hash is the SHA-256 of the line's bytes without
,"hash":"…". prev is the hash of the record before it in the same chain, 64 zeros for the first. With checkpoints that
were kept elsewhere a missing end is found too (their signatures are left to `server-verify audit verify`).
"""
import hashlib
import json
import sys

HASH_MEMBER = len(',"hash":"') + 64 + len('"}')


def problems(log, checkpoints):
    kept = {}
    for checkpoint in checkpoints:
        kept.setdefault(checkpoint["chain"], {})[checkpoint["seq"]] = checkpoint["hash"]
    last = {}  # chain -> (seq, hash)
    for number, line in enumerate(log, 1):
        line = line.rstrip(b"\n")
        try:
            record = json.loads(line)
            chain, seq, prev, stated = (record[name] for name in ("chain", "seq", "prev", "hash"))
        except (ValueError, KeyError, TypeError):
            yield f"line {number}: no chained record"
            continue
        open_part = line[:-HASH_MEMBER]
        computed = hashlib.sha256(open_part + b"}").hexdigest()
        if computed != stated or line != open_part + f',"hash":"{stated}"}}'.encode():
            yield f"line {number}: record {seq} was edited"
        before = last.get(chain, (0, "0" * 64))
        if seq != before[0] + 1:
            yield f"line {number}: record {seq} stands after record {before[0]}"
        elif prev != before[1]:
            yield f"line {number}: record {seq} does not follow the record before it"
        if kept.get(chain, {}).get(seq, stated) != stated:
            yield f"line {number}: record {seq} is not the one that a checkpoint vouches for"
        last[chain] = (seq, stated)
    for chain, checkpoints_of in kept.items():
        if last.get(chain, (0,))[0] < max(checkpoints_of):
            yield f"the end of chain {chain} is missing: a checkpoint vouches for record {max(checkpoints_of)}"


def main(log_file, checkpoint_file=None):
    checkpoints = []
    if checkpoint_file:
        with open(checkpoint_file, "rb") as lines:
            checkpoints = [json.loads(line) for line in lines]
    with open(log_file, "rb") as log:
        found = list(problems(log, checkpoints))
    print("\n".join(found) if found else "nothing is wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
