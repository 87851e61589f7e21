"""The wire between the functions and AWS: it counts what is asked, and makes it go wrong.

Every request of a function passes here, since ministack tells its functions that AWS is at this
address.
"""

import asyncio
import json
import random
import threading
import uuid
from collections import Counter
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from double import IDENTITY
from units import read_units, write_units

ROOT = Credentials(IDENTITY["AWS_ACCESS_KEY_ID"], IDENTITY["AWS_SECRET_ACCESS_KEY"])


class Counts:
    """What AWS has answered since the last reset; what the wire itself refused is a fault only."""

    def __init__(self):
        self.requests = Counter()
        self.read_units = 0.0
        self.write_units = 0.0
        # Messages that a function could not handle, each time.
        self.hidden = 0
        self.faults = Counter()


class Faults:
    """How often a request is made to go wrong, from 0 to 1."""

    out = 0.0
    throttled = 0.0
    duplicated = 0.0
    lost = 0.0

    def __init__(self, **rates):
        for kind, rate in rates.items():
            assert hasattr(self, kind), kind
            setattr(self, kind, rate)


class Wire:
    """Serves in a thread of its own until the process ends."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = Counts()
        self.counted = threading.Condition()
        self.connections = set()
        self.faults = Faults()
        # Whether a message that a function hides for a while comes back at once. So it is received as
        # often in a minute as it would be in hours.
        self.is_impatient = False
        # The queue of the answers of asynchronous invocations: ministack sends none of those that succeed.
        self.answers = None
        self.aws = None
        self.lambdas = None
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def reset(self):
        with self.counted:
            counts, self.counts = self.counts, Counts()
        return counts

    def wait_until(self, holds, seconds):
        """Waits until that holds of the counts."""
        with self.counted:
            if not self.counted.wait_for(lambda: holds(self.counts), seconds):
                raise AssertionError(f"{dict(self.counts.requests)} after {seconds} s")

    def _run(self, ready):
        asyncio.run(self._serve(ready))

    async def _serve(self, ready):
        wire = await asyncio.start_server(self._functions, "127.0.0.1", 0)
        self.port = wire.sockets[0].getsockname()[1]
        ready.set()
        async with wire:
            await wire.serve_forever()

    async def _functions(self, reader, writer):
        await self._connection(reader, writer, self._answer)

    async def _connection(self, reader, writer, answer):
        # The event loop alone would not keep it alive.
        self.connections.add(asyncio.current_task())
        try:
            while (message := await receive(reader)) is not None:
                answered = await answer(*message)
                if answered is None:
                    break
                writer.write(answered)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections.discard(asyncio.current_task())
            writer.close()

    async def _unhide(self, headers, asked):
        """Makes messages visible that a function has hidden."""
        entries = asked.get("Entries", [asked])
        for entry in entries:
            entry["VisibilityTimeout"] = 0
        await self._ask("sqs", urlsplit(self.aws).netloc, headers, json.dumps(asked).encode())
        with self.counted:
            self.counts.hidden += len(entries)
            self.counted.notify_all()

    async def _ask(self, service, host, headers, body, path="/"):
        """Asks a service of AWS as the root user."""
        kept = {name: headers[name] for name in ("content-type", "x-amz-target") if name in headers}
        request = AWSRequest("POST", f"http://{host}{path}", data=body, headers=kept)
        SigV4Auth(ROOT, service, IDENTITY["AWS_REGION"]).add_auth(request)
        lines = [f"POST {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return await forward(self.aws, head, body)

    async def _answer(self, head, body):
        operation = operation_of(head)
        if headers_of(head).get("x-amz-invocation-type") == "Event" and self.answers:
            return self._invoke_later(head, body)
        fate = self._fate(operation)
        if fate:
            self.counts.faults[fate] += 1
        if fate == "out":
            return refusal("AccessDeniedException")
        if fate == "throttled":
            return refusal("ProvisionedThroughputExceededException")
        if fate == "duplicated":
            await forward(self._target(head), head, body)
        answered = await forward(self._target(head), head, body)
        if self.is_impatient and operation.startswith("SQS.ChangeMessageVisibility"):
            await self._unhide(headers_of(head), json.loads(body))
        with self.counted:
            if operation != "SQS.SendMessageBatch" or "Entries" in json.loads(body):
                # One of nothing opens a connection.
                self.counts.requests[operation] += 1
            self._weigh(operation, body, answered)
            self.counted.notify_all()
        return None if fate == "lost" else answered

    def _invoke_later(self, head, body):
        """Accepts an asynchronous invocation, which succeeds or fails at its first attempt."""
        request = str(uuid.uuid4())
        task = asyncio.get_running_loop().create_task(self._invoke_and_tell(request, head, body))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)
        return (f"HTTP/1.1 202 Accepted\r\nx-amzn-requestid: {request}\r\n"
                "content-length: 0\r\n\r\n").encode()

    async def _invoke_and_tell(self, request, head, body):
        """What Lambda does for a function whose destinations are the queue."""
        path = head.split(b" ", 2)[1].decode()
        host = urlsplit(self.aws).netloc
        answered = await self._ask("lambda", host, headers_of(head), body, path)
        answer, _, payload = answered.partition(b"\r\n\r\n")
        assert b" 200 " in answer.split(b"\r\n", 1)[0] + b" ", answered
        error = headers_of(answer).get("x-amz-function-error")
        record = {
            "version": "1.0",
            "requestContext": {
                "requestId": request, "condition": "RetriesExhausted" if error else "Success",
                "approximateInvokeCount": 1},
            "requestPayload": json.loads(body),
            "responseContext": {
                "statusCode": 200, "executedVersion": "$LATEST",
                **({"functionError": error} if error else {})},
            "responsePayload": json.loads(payload),
        }
        message = {"QueueUrl": self.answers, "MessageBody": json.dumps(record)}
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage"}
        await self._ask("sqs", host, headers, json.dumps(message).encode())

    def _fate(self, operation):
        draw = self.random.random()
        service = operation.partition(".")[0]
        if service == "DynamoDB" and draw < self.faults.out:
            return "out"
        if service == "DynamoDB" and draw < self.faults.throttled:
            return "throttled"
        if operation.startswith("SQS.SendMessage") and draw < self.faults.duplicated:
            return "duplicated"
        # Whether it was done is for the function to find out.
        if service == "DynamoDB" and draw < self.faults.throttled + self.faults.lost:
            return "lost"
        return None

    def _target(self, head):
        is_invocation = "/invocations" in head.split(b"\r\n", 1)[0].decode()
        return self.lambdas if self.lambdas and is_invocation else self.aws

    def _weigh(self, operation, body, answered):
        if not operation.startswith("DynamoDB."):
            return
        head, _, payload = answered.partition(b"\r\n\r\n")
        succeeded = b" 200 " in head.split(b"\r\n", 1)[0] + b" "
        asked, answer = json.loads(body or b"{}"), json.loads(payload or b"{}")
        name = operation.partition(".")[2]
        self.counts.read_units += read_units(name, asked, answer if succeeded else {})
        self.counts.write_units += write_units(name, asked, answer if succeeded else {})


async def receive(reader):
    """A message of HTTP: its head and its body; none at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    headers = headers_of(head)
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        head = without_header(head, "transfer-encoding")
        head = with_header(head, "content-length", str(len(body)))
        return head, body
    return head, await reader.readexactly(int(headers.get("content-length", 0)))


async def forward(endpoint, head, body):
    """Sends a request over a connection of its own and returns the whole answer."""
    address = urlsplit(endpoint)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(with_header(head, "connection", "keep-alive") + body)
        await writer.drain()
        answer = await receive(reader)
        if answer is None:
            raise ConnectionError("no answer")
        return answer[0] + answer[1]
    finally:
        writer.close()


def headers_of(head):
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def without_header(head, name):
    lines = head.decode("latin-1").split("\r\n")
    kept = [line for line in lines if line.partition(":")[0].strip().lower() != name]
    return "\r\n".join(kept).encode("latin-1")


def with_header(head, name, value):
    start, _, rest = without_header(head, name).decode("latin-1").partition("\r\n")
    return f"{start}\r\n{name}: {value}\r\n{rest}".encode("latin-1")


def operation_of(head):
    headers = headers_of(head)
    target = headers.get("x-amz-target", "")
    service, _, operation = target.partition(".")
    if service.startswith("DynamoDB"):
        return f"DynamoDB.{operation}"
    if service == "AmazonSQS":
        return f"SQS.{operation}"
    if target:
        return target
    return "Lambda.Invoke" if b"/invocations" in head.split(b"\r\n", 1)[0] else "other"


def refusal(code):
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": ""})
    head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()
