"""Event ids by the rule in src/event-id.ts, with nothing but Python's standard library.

Reads a JSON array of {"environment": …, "event": …} (events normalised) from stdin, prints one id a line.
"""

import base64
import hashlib
import json
import sys


def event_id(environment: str, event: dict) -> str:
    content = {name: value for name, value in event.items() if name != "eventId"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    joined = "\n".join(["countersign-event-v1", environment, text])
    digest = hashlib.sha256(joined.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:32]


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")
    for case in json.load(sys.stdin):
        print(event_id(case["environment"], case["event"]))
