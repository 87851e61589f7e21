"""Runs a Python Lambda handler against the Runtime API, with the error texts of AWS's runtime.

Needs Python 3.8 and no packages. Spec: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import decimal
import http.client
import importlib
import json
import math
import os
import sys
import time
import traceback
import uuid

# HOST:PORT/SECRET
HOST, _, SECRET = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
API = "/" + SECRET + "/2018-06-01/runtime/"
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
# Encodes what JSON has no Python type for: numbers too precise for a float.
NUMBER = "number-" + uuid.uuid4().hex + ":"


class Fault(Exception):
    """An error of the runtime's own, named as AWS names it."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.trace = trace or []


class Fields:
    """An object whose attributes come from a JSON object; absent ones are None."""

    def __init__(self, names, values):
        for name in names:
            setattr(self, name, (values or {}).get(name))

    def __repr__(self):
        return repr(vars(self))


class Context:
    def __init__(self, headers):
        environment = os.environ.get
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = environment("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = None
        self.identity = Fields(["cognito_identity_id", "cognito_identity_pool_id"], None)
        self.client_context = client_context(headers["Lambda-Runtime-Client-Context"])
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return "LambdaContext(" + repr(vars(self)) + ")"


def client_context(header):
    if not header:
        return None
    try:
        # http.client reads headers as Latin-1; the host writes UTF-8.
        values = json.loads(header.encode("latin-1").decode("utf-8"))
    except ValueError as error:
        raise Fault(
            "Runtime.LambdaContextUnmarshalError",
            "Unable to parse Client Context JSON: {}".format(error),
        )
    context = Fields(["custom", "env", "client"], values)
    if context.client is not None:
        names = ["installation_id", "app_title", "app_version_name"]
        names += ["app_version_code", "app_package_name"]
        context.client = Fields(names, context.client)
    return context


def plain(value):
    """Turns what AWS's encoder (simplejson) accepts into what json accepts."""
    if isinstance(value, dict):
        return {plain_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else NUMBER + str(value)
    return value


def plain_key(key):
    return key.decode("utf-8") if isinstance(key, bytes) else key


def to_json(value):
    text = json.dumps(plain(value), ensure_ascii=False)
    if NUMBER not in text:
        return text
    head, *rest = text.split('"' + NUMBER)
    return head + "".join(part.replace('"', "", 1) for part in rest)


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        message = "Bad handler '{}': {}".format(name, error)
        raise Fault("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module {} as a handler module".format(module_name)
        raise Fault("Runtime.BuiltInModuleConflict", message)
    sys.dont_write_bytecode = was_just_edited()
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = "Unable to import module '{}': {}".format(module_name, error)
        raise Fault("Runtime.ImportModuleError", message)
    except SyntaxError as error:
        message = "Syntax error in module '{}': {}".format(module_name, error)
        place = (as_on_aws(error.filename or ""), error.lineno, error.text)
        trace = ['  File "%s" Line %s\n    %s' % place]
        raise Fault("Runtime.UserCodeSyntaxError", message, trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '{}' missing on module '{}'".format(function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message)


def was_just_edited():
    """Whether the code was edited in the last seconds. Python tells by the second and the size whether
    compiled code is that of a file, so compiled code that is written now could outlive another edit.
    """
    then = time.time() - 2
    for folder, folders, files in os.walk(TASK_ROOT):
        folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
        for name in files:
            try:
                if name.endswith(".py") and os.stat(os.path.join(folder, name)).st_mtime > then:
                    return True
            except OSError:
                pass
    return False


def as_on_aws(path):
    """Names a file by the path it has on AWS, so that histories are equal."""
    library = os.path.dirname(os.path.dirname(os.__file__))
    for here, there in (
        (TASK_ROOT, "/var/task"),
        (os.path.dirname(__file__), "/var/runtime"),
        (library, "/var/lang/lib"),
    ):
        if path.startswith(here + os.sep):
            return there + path[len(here) :]
    return path


def user_frames(error):
    """The frames below this file, or all if there are none (a handler that takes no arguments)."""
    frames = [
        (frame.filename, frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    for index, frame in enumerate(frames):
        # importlib's own frames stay: AWS shows them too.
        if frame[0] != __file__:
            return frames[index:]
    return frames


def error_payload(error, request_id):
    """Prints an error for the user and returns what AWS would send for it."""
    if isinstance(error, Fault):
        error_type, trace, shown = error.error_type, error.trace, error.trace
    else:
        error_type = type(error).__name__
        frames = user_frames(error)
        shown = traceback.format_list(frames)
        trace = traceback.format_list([(as_on_aws(frame[0]),) + frame[1:] for frame in frames])
    message = str(error)
    print("[ERROR] {}: {}".format(error_type, message), file=sys.stderr)
    if shown:
        print("Traceback (most recent call last):", file=sys.stderr)
        print("".join(shown).rstrip("\n"), file=sys.stderr)
    return {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": trace,
    }


class RuntimeApi:
    def __init__(self):
        self._connection = http.client.HTTPConnection(HOST)

    def next(self):
        return self._request("GET", "invocation/next", None)

    def post(self, path, body, error_type=None):
        headers = {"Content-Type": "application/json"}
        if error_type:
            headers["Lambda-Runtime-Function-Error-Type"] = error_type
        self._request("POST", path, body, headers)

    def _request(self, method, path, body, headers={}):
        if isinstance(body, str):
            # Lone surrogates have no UTF-8; AWS's runtime fails there, a replacement is kinder.
            body = body.encode("utf-8", "replace")
        try:
            self._connection.request(method, API + path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException):
            # The host is gone; nobody is left to tell.
            os._exit(1)


def serve(api, handler):
    status, headers, body = api.next()
    if status != 200:
        sys.exit(1)
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
    try:
        context = Context(headers)
        try:
            event = json.loads(body)
        except ValueError as error:
            message = "Unable to unmarshal input: {}".format(error)
            raise Fault("Runtime.UnmarshalError", message)
        answer = handler(event, context)
        if not isinstance(answer, bytes):
            try:
                answer = to_json(answer)
            except Exception as error:
                message = "Unable to marshal response: {}".format(error)
                raise Fault("Runtime.MarshalError", message)
    except Exception as error:
        payload = error_payload(error, request_id)
        path = "invocation/{}/error".format(request_id)
        api.post(path, to_json(payload), payload["errorType"])
    else:
        api.post("invocation/{}/response".format(request_id), answer)


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    # The handler's folder takes the place of this file's, so `import bootstrap` is the user's.
    sys.path[0] = TASK_ROOT
    api = RuntimeApi()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        payload = error_payload(error, "")
        api.post("init/error", to_json(payload), payload["errorType"])
        sys.exit(1)
    while True:
        serve(api, handler)


main()
