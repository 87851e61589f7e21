"""Writes services.archive: the models of AWS's services, from an installed botocore.

Run by hand when AWS publishes new services or fields:

    python3 -m venv target/models && target/models/bin/pip install botocore==VERSION zstandard==0.25.0
    target/models/bin/python shared/services/models/generate.py

A model keeps what requests, answers and validation need: no documentation, examples or paginators.
`src/service_model/` reads them and says what each key means. The archive is one JSON line, the index
`{"botocore": VERSION, "services": {NAME: [OFFSET, LENGTH]}}`, and then the models, each compressed by
itself, so that a process reads only the services that it calls.

NAME is the service as a Resource writes it after `arn:aws:states:::aws-sdk:`.
"""

import json
import pathlib
import re

import botocore
import botocore.exceptions
import botocore.session
import zstandard

HERE = pathlib.Path(__file__).parent

# Services whose resource name is not their id in lower case without the last word "Service".
# Spec: Step Functions Developer Guide, "Supported AWS SDK service integrations".
TRAILING_SERVICE = {
    "applicationdiscoveryservice",
    "configservice",
    "costandusagereportservice",
    "databasemigrationservice",
    "directoryservice",
    "elasticsearchservice",
    "marketplaceentitlementservice",
}
# Services that Step Functions has never had or has no longer.
NOT_OFFERED = {
    "apigatewaymanagementapi", "artifact", "chatbot", "cloudsearchdomain", "elastictranscoder", "evs",
    "globalaccelerator", "importexport", "inspector", "iotdataplane", "lexmodelbuildingservice",
    "lexruntimeservice", "machinelearning", "marketplaceagreement", "marketplacedeployment",
    "mediastoredata", "neptunedata", "notifications", "qldb", "qldbsession", "robomaker",
    "sagemakeredge", "simpledb", "worklink",
}
PREFIXES = {"SESv2": "SesV2", "SimpleDBv2": "SimpleDbV2"}
# Operations that Step Functions refuses though their answer is no stream, by resource name.
# Spec: the same page, column "Unsupported operations".
REFUSED = json.loads((HERE / "refused.json").read_text())

# Ids that answers write as `/hostedzone/ID` and requests as `ID`.
# Spec: botocore, `handlers.fix_route53_ids`; aws-sdk-java-v2, `Route53IdInterceptor`.
ROUTE_53_IDS = {"ResourceId", "DelegationSetId", "ChangeId"}

# Bounds that Step Functions was recorded to check mocks against, where its models are older than botocore's
# (field_validation_mode.strict_mode_aws_sdk_lambda_get_function_task_integer_more_than_maximum_allowed).
RECORDED_BOUNDS = {("Lambda", "MemorySize"): {"max": 10240}}

LOCATIONS = {"header": "h", "headers": "H", "querystring": "q", "uri": "u", "statusCode": "c"}
TYPES = {
    "structure": "S", "list": "L", "map": "M", "string": "s", "character": "s", "integer": "i", "long": "i",
    "boolean": "b", "double": "f", "float": "f", "timestamp": "t", "blob": "B",
}


def resource_name(service_id):
    """The service as a Resource writes it."""
    name = re.sub(r"[^a-z0-9]", "", service_id.lower())
    return name.removesuffix("service") if name in TRAILING_SERVICE else name


def pascal_case(text):
    """A name as the Java SDK writes that of a class.

    Spec: aws-sdk-java-v2, `CodegenNamingUtils.pascalCase` and `splitOnWordBoundaries`.
    """
    text = re.sub(r"[^A-Za-z0-9]+", " ", text)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return "".join(word[0].upper() + word[1:].lower() for word in text.split())


def exception_prefix(service_id):
    """The prefix of the service's errors."""
    if service_id in PREFIXES:
        return PREFIXES[service_id]
    if resource_name(service_id) + "service" in TRAILING_SERVICE:
        service_id = service_id.removesuffix(" Service")
    return pascal_case(service_id)


def exception_name(shape):
    """The class of an exception in the Java SDK.

    Spec: aws-sdk-java-v2, `DefaultNamingStrategy.getExceptionName`.
    """
    return pascal_case(shape.removesuffix("Fault").removesuffix("Exception")) + "Exception"


class Shapes:
    """Numbers the shapes that are reached from the operations."""

    def __init__(self, shapes):
        self.shapes, self.numbers, self.compact = shapes, {}, []

    def number(self, name):
        if name not in self.numbers:
            self.numbers[name] = len(self.compact)
            self.compact.append(None)
            self.compact[self.numbers[name]] = self.compacted(name)
        return self.numbers[name]

    def reference(self, member):
        compact = {"s": self.number(member["shape"])}
        # The traits of the shape are those of each member that has none of its own.
        name = member.get("locationName", self.shapes[member["shape"]].get("locationName"))
        if name is not None:
            compact["n"] = name
        if "location" in member:
            compact["l"] = LOCATIONS[member["location"]]
        if "queryName" in member:
            compact["q"] = member["queryName"]
        if "xmlNamespace" in member:
            compact["x"] = namespace(member["xmlNamespace"])
        for key, short in (("idempotencyToken", "i"), ("jsonvalue", "j"), ("flattened", "f"),
                           ("xmlAttribute", "a"), ("hostLabel", "h"), ("streaming", "S")):
            if member.get(key):
                compact[short] = True
        return compact

    def compacted(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        compact = {}
        for key, short in (("min", "<"), ("max", ">"), ("timestampFormat", "T"), ("payload", "p"),
                           ("locationName", "n"), ("enum", "e")):
            if key in shape:
                compact[short] = shape[key]
        for key, short in (("flattened", "f"), ("eventstream", "E"), ("document", "d"), ("streaming", "S"),
                           ("union", "u")):
            if shape.get(key):
                compact[short] = True
        # A namespace with a prefix is not that of the element: it is that of an attribute.
        if "xmlNamespace" in shape and "prefix" not in shape["xmlNamespace"]:
            compact["x"] = namespace(shape["xmlNamespace"])
        if kind == "structure":
            compact["m"] = [{"N": key, **self.reference(member)} for key, member in shape["members"].items()]
            if shape.get("required"):
                compact["r"] = shape["required"]
        elif kind == "list":
            compact["v"] = self.reference(shape["member"])
        elif kind == "map":
            compact["k"] = self.reference(shape["key"])
            compact["v"] = self.reference(shape["value"])
        return {TYPES[kind]: compact}

    def has_stream_of_events(self, name):
        members = self.shapes[name].get("members", {}).values() if name else ()
        return any(self.shapes[member["shape"]].get("eventstream") for member in members)


def namespace(value):
    return value["uri"] if isinstance(value, dict) else value


def operation_of(shapes, operation):
    http = operation.get("http", {})
    compact = {"m": http.get("method", "POST"), "u": http.get("requestUri", "/")}
    of = lambda key: operation.get(key, {}).get("shape")
    for key, short in (("input", "i"), ("output", "o")):
        if of(key):
            compact[short] = shapes.number(of(key))
    if operation.get("input", {}).get("locationName"):
        compact["n"] = operation["input"]["locationName"]
    if "xmlNamespace" in operation.get("input", {}):
        compact["x"] = namespace(operation["input"]["xmlNamespace"])
    if operation.get("output", {}).get("resultWrapper"):
        compact["w"] = operation["output"]["resultWrapper"]
    if "hostPrefix" in operation.get("endpoint", {}):
        compact["h"] = operation["endpoint"]["hostPrefix"]
    if operation.get("authtype") == "none" or operation.get("auth") == ["smithy.api#noAuth"]:
        compact["a"] = False
    if operation.get("unsignedPayload"):
        compact["U"] = True
    checksum = operation.get("httpChecksum", {})
    if operation.get("httpChecksumRequired") or checksum.get("requestChecksumRequired"):
        compact["c"] = True
    if "requestAlgorithmMember" in checksum:
        compact["C"] = checksum["requestAlgorithmMember"]
    if operation.get("endpointoperation"):
        compact["D"] = True
    if any(shapes.has_stream_of_events(of(key)) for key in ("input", "output")):
        compact["E"] = True
    return compact


def exceptions_of(shapes):
    """The class of the exception for each error code."""
    exceptions = {}
    for name, shape in sorted(shapes.items()):
        if shape.get("exception"):
            exceptions[name] = exception_name(name)
            exceptions[shape.get("error", {}).get("code") or name] = exception_name(name)
    return exceptions


def model_of(service_id, model):
    for (service, shape), bounds in RECORDED_BOUNDS.items():
        if service == service_id:
            model["shapes"][shape].update(bounds)
    metadata, shapes = model["metadata"], Shapes(model["shapes"])
    compact = {"id": service_id, "prefix": exception_prefix(service_id), "protocol": metadata["protocol"],
               "endpointPrefix": metadata["endpointPrefix"], "apiVersion": metadata["apiVersion"]}
    compact["signingName"] = metadata.get("signingName", metadata["endpointPrefix"])
    for key in ("jsonVersion", "targetPrefix"):
        if key in metadata:
            compact[key] = metadata[key]
    if "xmlNamespace" in metadata:
        compact["xmlNamespace"] = namespace(metadata["xmlNamespace"])
    if "awsQueryCompatible" in metadata:
        compact["awsQueryCompatible"] = True
    compact["operations"] = {name: operation_of(shapes, operation)
                             for name, operation in sorted(model["operations"].items())}
    for name in REFUSED.get(resource_name(service_id), ()):
        compact["operations"].get(name, {})["R"] = True
    if service_id == "Route 53":
        for name, operation in model["operations"].items():
            members = model["shapes"].get(operation.get("input", {}).get("shape"), {}).get("members", {})
            ids = [member for member, of in members.items() if of["shape"] in ROUTE_53_IDS]
            if ids:
                compact["operations"][name]["I"] = ids
    compact["exceptions"] = exceptions_of(model["shapes"])
    compact["shapes"] = shapes.compact
    return compact


class Endpoints:
    """Asks botocore where each service is."""

    def __init__(self, session):
        self.session = session
        partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
        self.regions = {partition["id"]: sorted(region for region in partition["regions"]
                                                if not region.endswith("-global"))
                        for partition in partitions}
        self.suffixes = {partition["id"]: partition["outputs"]["dnsSuffix"] for partition in partitions}

    def of_service(self, service, endpoint_prefix, signing_name):
        """The host of each partition with {region}, and of the regions that differ: [host, signing
        region, signing name], the latter two only where they differ from the request's region and the
        service's name."""
        found = {}
        for partition, regions in self.regions.items():
            hosts = {region: self.resolve(service, region, signing_name) for region in regions}
            hosts = {region: host for region, host in hosts.items() if host}
            if not hosts:
                continue
            kinds = [json.dumps(host) for host in hosts.values()]
            usual = max(sorted(set(kinds)), key=kinds.count)
            default = [f"{endpoint_prefix}.{{region}}.{self.suffixes[partition]}"]
            if json.loads(usual) != default:
                found[partition] = json.loads(usual)
            for region, host in hosts.items():
                if json.dumps(host) != usual:
                    found[region] = host
        return found

    def resolve(self, service, region, signing_name):
        client = self.session.create_client(service, region_name=region, aws_access_key_id="a",
                                            aws_secret_access_key="b")
        resolver = client._ruleset_resolver
        name = next((name for name in client.meta.service_model.operation_names
                     if not client.meta.service_model.operation_model(name).static_context_parameters), None)
        if resolver is None or name is None:
            return None
        operation = client.meta.service_model.operation_model(name)
        try:
            endpoint = resolver.construct_endpoint(operation, {}, {"client_config": client.meta.config})
        except botocore.exceptions.BotoCoreError:
            return None
        host = endpoint.url.split("://", 1)[1].rstrip("/").replace(region, "{region}")
        schemes = endpoint.properties.get("authSchemes", [{}])
        scheme = next((s for s in schemes if s.get("name") == "sigv4"), schemes[0])
        signing_region = scheme.get("signingRegion", region)
        entry = [host]
        if signing_region != region or scheme.get("signingName", signing_name) != signing_name:
            entry.append(signing_region.replace(region, "{region}"))
        if scheme.get("signingName", signing_name) != signing_name:
            entry.append(scheme["signingName"])
        return entry


def main():
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    endpoints = Endpoints(session)
    models = {}
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        service_id = model["metadata"]["serviceId"]
        name = resource_name(service_id)
        if name in NOT_OFFERED or name in models:
            continue
        compact = model_of(service_id, model)
        compact["endpoints"] = endpoints.of_service(service, compact["endpointPrefix"], compact["signingName"])
        models[name] = compact
        print(name, compact["prefix"], compact["endpoints"], flush=True)
    compressor = zstandard.ZstdCompressor(level=19)
    index, bodies, offset = {}, [], 0
    for name, model in sorted(models.items()):
        body = compressor.compress(json.dumps(model, separators=(",", ":")).encode())
        index[name] = [offset, len(body)]
        bodies.append(body)
        offset += len(body)
    head = json.dumps({"botocore": botocore.__version__, "services": index}, separators=(",", ":"))
    (HERE / "services.archive").write_bytes(head.encode() + b"\n" + b"".join(bodies))


if __name__ == "__main__":
    main()
