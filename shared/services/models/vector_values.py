"""Generated values for the vectors: what a shape of botocore's model can hold, from a seed."""

import base64
import datetime
import re

TEXTS = ("plain", "two words", "a/b", 'quo"ted', "it's", "über", "日本", "a&b=c", "<tag>", "1+1", "100%", "~x_y-z.",
         "semi;colon", "com,ma", "😀", "back\\slash", "key:value", "#hash?", "two\nlines", "{label}", " spaced ", "$")
# A header holds one line of ASCII without space around it, and a list in it splits at each comma.
HEADER_TEXTS = ("plain", "two words", "a/b", "it's", "a=b&c", "1+1", "100%", "~x_y-z.", "key:value")
QUOTED_HEADER_TEXTS = (*HEADER_TEXTS, 'quo"ted', "com,ma", "back\\slash")
DEPTH_MAX = 5
# Members that botocore checks or turns into a signed address of another request.
LEFT_OUT = {"SourceRegion", "PreSignedUrl"}
CHECKSUMS = ("CRC32", "SHA1", "SHA256")


class Values:
    """Generates values; `leaves` bounds how many scalars one of them has. Only answers have fractions of
    seconds: the forms in which botocore sends them are not those of other SDKs."""

    def __init__(self, random, leaves=40, is_answer=False):
        self.random, self.leaves, self.is_answer = random, leaves, is_answer

    def structure(self, shape, depth=0):
        members = dict(shape.members)
        if getattr(shape, "is_document_type", False):
            return self.document()
        if getattr(shape, "is_tagged_union", False):
            name = self.random.choice(list(members))
            members = {name: members[name]}
        value = {}
        for name, member in members.items():
            place = member.serialization
            is_needed = (name in shape.required_members or place.get("location") == "uri" or place.get("hostLabel")
                         or getattr(shape, "is_tagged_union", False)
                         or (member.metadata.get("idempotencyToken") and not self.is_answer))
            if is_needed or (name not in LEFT_OUT and self.wants_more(depth)):
                value[name] = self.of(member, depth + 1)
        return value

    def wants_more(self, depth):
        chance = (0.6, 0.6, 0.5, 0.4, 0.25)[depth] if depth < DEPTH_MAX else 0
        return self.leaves > 0 and self.random.random() < chance

    def of(self, shape, depth=0):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        if kind == "list":
            return [self.of(shape.member, depth + 1) for _ in range(self.length(shape, depth))]
        if kind == "map":
            return {self.key(shape.key, index): self.of(shape.value, depth + 1)
                    for index in range(self.length(shape, depth))}
        self.leaves -= 1
        return getattr(self, {"character": "string", "long": "integer", "double": "float"}.get(kind, kind))(shape)

    def length(self, shape, depth):
        if depth >= DEPTH_MAX or self.leaves <= 0:
            return 0
        return self.random.choice((0, 1, 2, 2, 3) if depth < 3 else (0, 1, 1))

    def key(self, shape, index):
        return self.random.choice(shape.enum) if shape.enum else f"{self.random.choice(HEADER_TEXTS)}{index}"

    def string(self, shape):
        place = shape.serialization
        is_in_header = place.get("location") in ("header", "headers")
        if place.get("jsonvalue") and is_in_header:
            return self.document()
        if shape.name.endswith("ChecksumAlgorithm"):
            return self.random.choice(CHECKSUMS)
        if shape.enum:
            return self.random.choice(shape.enum)
        if place.get("hostLabel"):
            return f"label-{self.random.randrange(100)}.x"
        if is_in_header:
            return self.random.choice(QUOTED_HEADER_TEXTS)
        count = self.random.choice((0, 1, 1, 2, 3))
        text = "".join(self.random.choice(TEXTS) for _ in range(count))
        return text or ("x" if place.get("location") == "uri" else "")

    def integer(self, shape):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None or high is not None:
            low = int(low if low is not None else high - 100)
            return self.random.randint(low, max(low, int(high if high is not None else low + 100)))
        usual = (0, 1, -1, 7, 23, 24, 255, 256, 65_535, 65_536, 2**31 - 1, -(2**31))
        return self.random.choice((*usual, 2**32, 2**53 + 1, -(2**40)) if shape.type_name == "long" else usual)

    def float(self, shape):
        # These are exact in 32 bits too, and a number needs no fraction.
        exact = (0.0, 0.25, 1.5, -2.75, 1024.125, 99.5, 5)
        return self.random.choice((*exact, 0.1, 0.0001, 12_345_678.9, 1e15) if shape.type_name == "double" else exact)

    def boolean(self, shape):
        return self.random.random() < 0.5

    def timestamp(self, shape):
        seconds = self.random.choice((0, 1, 951_782_400, 1_700_000_000, 2_147_483_648, 1_234_567_890))
        # Not in a header, whose form has none.
        if self.is_answer and "location" not in shape.serialization:
            seconds += self.random.choice((0, 0, 0.25, 0.123, 0.5))
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)

    def blob(self, shape):
        return self.random.choice((b"", b"bytes", b"\x00\xff\xfe binary \n", "über".encode(), b"{}"))

    def document(self):
        return {"n": self.random.randrange(1_000), "text": self.random.choice(TEXTS),
                "list": [True, None, 1.5], "object": {"k": "v"}}


def instant(moment):
    """A moment as Java's `Instant` writes it."""
    # Without a zone it means UTC wherever this runs.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
    moment = moment.astimezone(datetime.timezone.utc)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond:
        text += f".{moment.microsecond:06d}" if moment.microsecond % 1_000 else f".{moment.microsecond // 1_000:03d}"
    return re.sub(r"^(\d{1,3})-", lambda year: year.group(1).zfill(4) + "-", text) + "Z"


def plain(shape, value):
    """A value as JSON: blobs are Base64, moments are ISO 8601."""
    kind = shape.type_name
    if value is None:
        return None
    if kind == "structure" and not shape.is_document_type:
        return {name: plain(shape.members[name], member) for name, member in value.items()
                if name in shape.members}
    if kind == "list":
        return [plain(shape.member, item) for item in value]
    if kind == "map":
        return {key: plain(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        value = value.encode() if isinstance(value, str) else value
        return base64.b64encode(value).decode()
    return instant(value) if isinstance(value, datetime.datetime) else value
