"""Answers of services for the vectors: a value in the form of each protocol, which botocore parses."""

import base64
import json
from email.utils import format_datetime
from xml.etree import ElementTree

from botocore.serialize import JSONSerializer, RestXMLSerializer, RpcV2CBORSerializer

NAMESPACE = "https://example.amazonaws.com/doc/"


class AnswerXml(RestXMLSerializer):
    """Writes elements by the names that botocore's parser looks for."""

    def __init__(self, random):
        super().__init__()
        self.random = random

    def _serialize_type_timestamp(self, xmlnode, params, shape, name):
        ElementTree.SubElement(xmlnode, name).text = moment_text(self.random, params)

    def _serialize_type_structure(self, xmlnode, params, shape, name):
        node = ElementTree.SubElement(xmlnode, name)
        self.members(node, params, shape)

    def members(self, node, params, shape):
        for key, value in params.items():
            member = shape.members[key]
            if member.serialization.get("xmlAttribute"):
                prefix, local = member.serialization["name"].split(":")
                node.set(f"{{http://www.w3.org/2001/XMLSchema-instance}}{local}", value)
                continue
            self._serialize(member, value, node, self.member_name(member, key))

    @staticmethod
    def member_name(member, key):
        if member.type_name == "list" and member.serialization.get("flattened"):
            own = member.member.serialization.get("name")
            if own is not None:
                return own
        return member.serialization.get("name", key)


class AnswerJson(JSONSerializer):
    """Writes what a service may write otherwise than a client: moments and whole numbers in other forms, and
    null in a list."""

    def __init__(self, random):
        super().__init__()
        self.random = random

    def _serialize_type_timestamp(self, serialized, value, shape, key):
        super()._serialize_type_timestamp(serialized, value, shape, key)
        serialized[key] = self.random.choice((serialized[key], serialized[key], moment_text(self.random, value)))

    def _serialize_type_float(self, serialized, value, shape, key):
        serialized[key] = int(value) if value == int(value) and self.random.random() < 0.5 else value

    _serialize_type_double = _serialize_type_float

    def _serialize_type_list(self, serialized, value, shape, key):
        super()._serialize_type_list(serialized, value, shape, key)
        if self.random.random() < 0.1:
            serialized[key].append(None)


class AnswerCbor(RpcV2CBORSerializer):
    """Writes some lists, objects and texts without their lengths."""

    def __init__(self, random):
        super().__init__()
        self.random = random

    def open_ended(self):
        return self.random.random() < 0.4

    def _serialize_type_list(self, serialized, value, shape, key):
        if not self.open_ended():
            return super()._serialize_type_list(serialized, value, shape, key)
        serialized.append(0x9F)
        for item in value:
            self._serialize_data_item(serialized, item, shape.member)
        serialized.append(0xFF)

    def _serialize_type_structure(self, serialized, value, shape, key):
        if not self.open_ended():
            return super()._serialize_type_structure(serialized, value, shape, key)
        serialized.append(0xBF)
        for name, item in value.items():
            self._serialize_type_string(serialized, name, None, None)
            self._serialize_data_item(serialized, item, shape.members[name])
        if not getattr(shape, "is_tagged_union", False):
            self._serialize_type_string(serialized, "aFieldOfTheFuture", None, None)
            serialized.append(self.random.choice((0xF6, 0xF7, 0x01)))
        serialized.append(0xFF)

    def _serialize_type_string(self, serialized, value, shape, key):
        if not value or not self.open_ended():
            return super()._serialize_type_string(serialized, value, shape, key)
        serialized.append(0x7F)
        for part in (value[:1], value[1:]):
            super()._serialize_type_string(serialized, part, shape, key)
        serialized.append(0xFF)


def moment_text(random, value):
    """A moment in one of the forms that services use in texts."""
    return random.choice((
        value.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), value.strftime("%Y-%m-%dT%H:%M:%S.") + "000Z",
        value.strftime("%Y-%m-%dT%H:%M:%S+00:00"), value.strftime("%Y-%m-%dT%H:%M:%S-05:00"),
        value.strftime("%Y-%m-%dT%H:%M:%S+0000"), value.strftime("%Y-%m-%dT%H:%M:%S"),
        format_datetime(value.replace(microsecond=0), usegmt=True), str(int(value.timestamp())),
        value.strftime("%Y-%m-%d"), value.strftime("%Y-%m-%d %H:%M:%S"),
    ))


def in_body(shape, value):
    return {name: item for name, item in value.items() if "location" not in shape.members[name].serialization}


def without_empty(shape, value):
    """The value without the empty lists and maps that have no form in XML."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: without_empty(shape.members[name], item) for name, item in value.items()
                if not (item in ([], {}) and shape.members[name].serialization.get("flattened"))}
    if shape.type_name == "list":
        return [without_empty(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: without_empty(shape.value, item) for key, item in value.items()}
    return value


def xml_text(root, random):
    root.set("xmlns", NAMESPACE)
    text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.replace(b"><", b">\n  <!-- a note --><") if random.random() < 0.3 else text


def xml_body(shape, value, name, random):
    root = ElementTree.Element(name)
    AnswerXml(random).members(root, without_empty(shape, value), shape)
    return root


def json_body(shape, value, random):
    body = {}
    AnswerJson(random)._serialize(body, value, shape)
    if not getattr(shape, "is_document_type", False):
        body["aFieldOfTheFuture"] = {"k": [1, None]}
        if not getattr(shape, "is_tagged_union", False):
            absent = next((name for name in shape.members if name not in value), None)
            if absent and random.random() < 0.3:
                body[shape.members[absent].serialization.get("name", absent)] = None
        else:
            del body["aFieldOfTheFuture"]
    return json.dumps(body, ensure_ascii=random.random() < 0.5).encode()


def header_text(shape, value):
    if shape.type_name == "timestamp":
        if shape.serialization.get("timestampFormat") == "iso8601":
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        if shape.serialization.get("timestampFormat") == "unixTimestamp":
            return str(int(value.timestamp()))
        return format_datetime(value, usegmt=True)
    if shape.type_name == "list":
        return ",".join(header_text(shape.member, item) for item in value)
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    return str(value).lower() if shape.type_name == "boolean" else str(value)


def rest_answer(model, shape, value, random):
    headers, status = {}, 200
    for name, item in value.items():
        member = shape.members[name]
        place, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "header":
            headers[wire_name] = header_text(member, item)
        elif place == "headers":
            headers.update({f"{wire_name}Key-{index}": str(text) for index, text in enumerate(item.values())})
        elif place == "statusCode":
            status = 201
    payload = shape.serialization.get("payload")
    is_xml = model.service_model.metadata["protocol"] == "rest-xml"
    if payload is None:
        body_shape, body = shape, in_body(shape, value)
        if not is_xml:
            return status, headers, json_body(body_shape, body, random)
        return status, headers, xml_text(xml_body(shape, body, shape.name, random), random)
    body_shape = shape.members[payload]
    if payload not in value:
        return status, headers, b""
    if body_shape.type_name in ("string", "blob"):
        body = value[payload]
        if isinstance(body, str):
            return status, headers, body.encode()
        # botocore reads a blob that is no stream as a text.
        return status, headers, body if body_shape.serialization.get("streaming") else b"text"
    if is_xml:
        return status, headers, xml_text(xml_body(body_shape, value[payload], body_shape.name, random), random)
    if body_shape.type_name != "structure":
        wrapped = {}
        AnswerJson(random)._serialize(wrapped, value[payload], body_shape, "v")
        return status, headers, json.dumps(wrapped["v"]).encode()
    return status, headers, json_body(body_shape, value[payload], random)


def answer(model, value, random):
    """The status, the headers and the body of an answer that says `value`."""
    protocol, shape = model.service_model.metadata["protocol"], model.output_shape
    headers = {"x-amzn-RequestId": "11111111-2222-3333-4444-555555555555"}
    if protocol in ("query", "ec2"):
        root = ElementTree.Element(f"{model.name}Response")
        if shape is not None:
            wrapper = shape.serialization.get("resultWrapper")
            filled = xml_body(shape, value, wrapper or "unused", random)
            root.extend([filled] if wrapper else list(filled))
        if protocol == "query":
            metadata = ElementTree.SubElement(root, "ResponseMetadata")
            ElementTree.SubElement(metadata, "RequestId").text = "r"
        else:
            ElementTree.SubElement(root, "requestId").text = "r"
        return 200, headers, xml_text(root, random)
    if shape is None:
        return 200, headers, b"{}" if protocol == "json" else b""
    if protocol == "json":
        return 200, headers, json_body(shape, value, random)
    if protocol == "smithy-rpc-v2-cbor":
        body = bytearray()
        AnswerCbor(random)._serialize_data_item(body, value, shape)
        return 200, {**headers, "smithy-protocol": "rpc-v2-cbor"}, bytes(body)
    status, bound, body = rest_answer(model, shape, value, random)
    return status, {**headers, **bound}, body


def refusal(model, random):
    """A refusal of the request: its status, headers and body."""
    protocol = model.service_model.metadata["protocol"]
    shapes = model.error_shapes
    code = random.choice(shapes).error_code if shapes else "ValidationException"
    status, message = random.choice((400, 403, 404, 429, 500, 503)), random.choice(("It's <wrong> & über.", "no"))
    headers = {"x-amzn-RequestId": "r"}
    if protocol in ("query", "ec2", "rest-xml"):
        return status, headers, xml_refusal(model, (code, message), random)
    if model.service_model.is_query_compatible:
        headers["x-amzn-query-error"] = f"Legacy.{code};Sender"
    named = random.choice((code, f"com.amazonaws.example#{code}"))
    fields = {random.choice(("message", "Message")): message}
    if protocol == "rest-json" and random.random() < 0.7:
        named = random.choice((code, f"{code}:http://internal.amazon.com/coral/com.amazon.example/"))
        headers["x-amzn-ErrorType"] = named
    elif protocol == "rest-json":
        fields[random.choice(("code", "__type", "Code"))] = named
    else:
        fields["__type"] = named
    if protocol != "smithy-rpc-v2-cbor":
        return status, headers, json.dumps(fields).encode()
    writer, body = AnswerCbor(random), bytearray(b"\xa2")
    for text in (part for field in fields.items() for part in field):
        writer._serialize_type_string(body, text, None, None)
    return status, headers, bytes(body)


def xml_refusal(model, said, random):
    (code, message), protocol = said, model.service_model.metadata["protocol"]
    error = ElementTree.Element("Error")
    ElementTree.SubElement(error, "Code").text = code
    ElementTree.SubElement(error, "Message").text = message
    if model.service_model.service_name == "s3":
        return ElementTree.tostring(error)
    root = ElementTree.Element("Response" if protocol == "ec2" else "ErrorResponse")
    outer = ElementTree.SubElement(root, "Errors") if protocol == "ec2" else root
    outer.append(error)
    ElementTree.SubElement(root, "RequestID" if protocol == "ec2" else "RequestId").text = "r"
    # botocore looks for the root of S3's by its name without a namespace, so for the others it has one.
    return xml_text(root, random)
