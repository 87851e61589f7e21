"""Prints requests and answers as botocore writes and reads them: what the protocols are compared with.

    python3 -m venv target/models && target/models/bin/pip install -r shared/services/models/requirements.txt
    target/models/bin/python shared/services/models/vectors.py SEED COUNT > target/vectors.jsonl
    VECTORS=$PWD/target/vectors.jsonl cargo test -p services botocore

The seed chooses COUNT operations over all protocols and services of the archive, and their input. A line
has the input (`members`), the unsigned request that botocore makes of it, a response that was made from
the model, and what botocore reads in that (`answer`, or `refusal`). `src/protocols/vector_tests.rs` reads
them.
"""

import base64
import json
import pathlib
import random as random_module
import sys
from urllib.parse import parse_qsl, urlencode, urlsplit

import botocore.awsrequest
import botocore.config
import botocore.handlers
import botocore.httpchecksum
import botocore.parsers
import botocore.serialize
import botocore.session

from generate import HERE, REFUSED, resource_name
from vector_answers import answer, refusal
from vector_values import Values, plain

# How often each protocol has its turn. Those of few services have the most particular rules.
TURNS = ("rest-json", "json", "rest-xml", "query", "smithy-rpc-v2-cbor", "rest-json", "ec2", "json", "rest-xml",
         "query")
# What every request has, or what says how botocore itself sends it.
UNIMPORTANT = {"user-agent", "expect", "host", "content-length"}
CONTENT = {"json": "json", "rest-json": "json", "rest-xml": "xml", "query": "form", "ec2": "form",
           "smithy-rpc-v2-cbor": "cbor"}
REFUSAL_SHARE = 0.2


class Catalogue:
    """The operations of the archive, by protocol."""

    def __init__(self):
        self.session = botocore.session.get_session()
        with pathlib.Path(HERE / "services.archive").open("rb") as archive:
            names = json.loads(archive.readline())["services"]
        self.by_protocol = {}
        loader = self.session.get_component("data_loader")
        for service in loader.list_available_services("service-2"):
            metadata = loader.load_service_model(service, "service-2")["metadata"]
            name = resource_name(metadata["serviceId"])
            if name in names:
                self.by_protocol.setdefault(metadata["protocol"], []).append((name, service))

    def choose(self, protocol, random):
        """An operation that is no stream of events."""
        while True:
            name, service = random.choice(self.by_protocol[protocol])
            model = self.session.get_service_model(service)
            operation = model.operation_model(random.choice(model.operation_names))
            if not operation.has_event_stream_input and not operation.has_event_stream_output:
                if operation.name not in REFUSED.get(name, ()):
                    return name, operation


def request_of(session, operation, members):
    """The request without its signature, with the checksum in a header."""
    metadata, members = operation.service_model.metadata, dict(members)
    if operation.service_model.service_name == "route53":
        botocore.handlers.fix_route53_ids(members, operation)
    serializer = botocore.serialize.create_serializer(metadata["protocol"], include_validation=False)
    request = serializer.serialize_to_request(members, operation)
    config = botocore.config.Config(request_checksum_calculation="when_supported",
                                    response_checksum_validation="when_supported", signature_version="v4")
    # Over TLS the checksum of a stream would come after the body, in chunks.
    botocore.awsrequest.prepare_request_dict(request, "http://host", context={"client_config": config})
    botocore.httpchecksum.resolve_checksum_context(request, operation, members)
    service_id = operation.service_model.service_id.hyphenize()
    session.get_component("event_emitter").emit(f"before-call.{service_id}.{operation.name}", model=operation,
                                                params=request, request_signer=None, context=request["context"])
    botocore.httpchecksum.apply_request_checksum(request)
    return request


def described_request(operation, request):
    body, kind = request["body"], CONTENT[operation.service_model.metadata["protocol"]]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    body = body.encode() if isinstance(body, str) else body
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload and shape.members[payload].type_name in ("blob", "string"):
        kind = "raw"
    # The prefix is part of the host by now.
    url = urlsplit(request["url"])
    headers = {name.lower(): header_value(value) for name, value in request["headers"].items()}
    return {"method": request["method"], "path": url.path,
            "query": sorted(parse_qsl(url.query, keep_blank_values=True)),
            "headers": {name: value for name, value in sorted(headers.items()) if name not in UNIMPORTANT},
            "kind": kind, "body": base64.b64encode(body).decode(), "host_prefix": request.get("host_prefix")}


def header_value(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def response_of(operation, random):
    """A response, and what botocore reads in it."""
    protocol, shape = operation.service_model.metadata["protocol"], operation.output_shape
    is_refused = random.random() < REFUSAL_SHARE
    if is_refused:
        status, headers, body = refusal(operation, random)
    else:
        value = Values(random, leaves=25, is_answer=True).structure(shape) if shape is not None else {}
        status, headers, body = answer(operation, value, random)
    response = {"status_code": status, "headers": botocore.awsrequest.HeadersDict(headers), "body": body}
    if shape is not None and operation.has_streaming_output and not is_refused:
        response["body"] = Stream(body)
    parsed = botocore.parsers.create_parser(protocol).parse(response, shape)
    described = {"response": {"status": status, "headers": sorted(headers.items()),
                              "body": base64.b64encode(body).decode()}}
    if is_refused:
        error = parsed["Error"]
        return {**described, "refusal": {"code": error["Code"], "message": error.get("Message", "")}}
    parsed.pop("ResponseMetadata", None)
    for name, item in parsed.items():
        if isinstance(item, Stream):
            parsed[name] = item.body
    return {**described, "answer": plain(shape, parsed) if shape is not None else {}}


class Stream:
    """A body that botocore does not read."""

    def __init__(self, body):
        self.body = body


def vector(catalogue, protocol, random):
    """One line; none if botocore cannot do without what only a client has, or reads no value."""
    name, operation = catalogue.choose(protocol, random)
    shape = operation.input_shape
    members = Values(random).structure(shape) if shape is not None else {}
    described = plain(shape, members) if shape is not None else {}
    try:
        request = request_of(catalogue.session, operation, members)
        line = {"service": name, "operation": operation.name, "members": described,
                "request": described_request(operation, request), **response_of(operation, random)}
        return json.dumps(line, ensure_ascii=False, allow_nan=False)
    except Exception as error:
        print(f"left out: {name} {operation.name}: {error!r}", file=sys.stderr)
        return None


def main(seed, count):
    random = random_module.Random(seed)
    catalogue = Catalogue()
    made = 0
    while made < count:
        line = vector(catalogue, TURNS[made % len(TURNS)], random)
        if line is not None:
            print(line)
            made += 1


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
