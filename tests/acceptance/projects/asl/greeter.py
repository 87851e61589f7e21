"""Serves calls through the Lambda Runtime API, as any program may."""

import json
import os
import urllib.request

runtime = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(runtime + "next") as invocation:
        event, request = json.load(invocation), invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    answer = json.dumps(f"Hello, {event['name']}!").encode()
    urllib.request.urlopen(f"{runtime}{request}/response", data=answer).close()
