"""Check an answer of /v1/events/…/proof or /v1/journal-heads/…/consistency (RFC 9162): check_proof.py < answer.json"""

import hashlib
import json
import sys

proof = json.load(sys.stdin)
path, last = [bytes.fromhex(each) for each in proof["path"]], proof["head"]["size"] - 1
is_consistency = "earlier" in proof
if is_consistency:
    place, start = proof["earlier"]["size"] - 1, bytes.fromhex(proof["earlier"]["root"])
else:
    place, start = proof["position"] - 1, hashlib.sha256(b"\x00" + proof["event"].encode()).digest()
if is_consistency and place < last:
    while place & 1:
        place, last = place >> 1, last >> 1
    # The earlier root is left out of the path if its tree is complete.
    path = path if place else [start, *path]
    old = new = path.pop(0)
else:
    old, new, last = start, start, 0 if is_consistency else last
for each in path:
    if last == 0:
        sys.exit("WRONG: the path is too long")
    if place & 1 or place == last:
        old, new = (hashlib.sha256(b"\x01" + each + right).digest() for right in (old, new))
        while place and not place & 1:
            place, last = place >> 1, last >> 1
    else:
        new = hashlib.sha256(b"\x01" + new + each).digest()
    place, last = place >> 1, last >> 1
if last or new.hex() != proof["head"]["root"] or (is_consistency and old != start):
    sys.exit("WRONG: this is not the journal of that head")
print(f"RIGHT: {'the journal goes on from ' + proof['earlier']['day'] if is_consistency else 'the event is in it'}")
