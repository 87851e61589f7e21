"""The artefacts themselves: how large, and how soon ready."""

import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import zipfile

MIB = 1024 * 1024
# Two of them have the models of all services.
ZIP_BYTES_MAX = {"Step": 4.25 * MIB, "Task": 8 * MIB, "Timer": 4.25 * MIB, "Start": 4.25 * MIB, "JobEvent": 4.25 * MIB,
                 "Api": 8 * MIB}
STARTS = 21


def check(build):
    for function in ZIP_BYTES_MAX:
        size = zipped(build / function / "bootstrap")
        milliseconds = sorted(start(build / function / "bootstrap") for _ in range(STARTS))
        median = milliseconds[STARTS // 2]
        print(f"{function}: zip {size / 1e6:.2f} MB, start to first request {median:.1f} ms "
              f"(median of {STARTS}, fastest {milliseconds[0]:.1f})", flush=True)
        most = ZIP_BYTES_MAX[function]
        assert size < most, f"{function} is larger than {most} bytes"


def zipped(bootstrap):
    with tempfile.NamedTemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(bootstrap, "bootstrap")
        return os.path.getsize(file.name)


class RuntimeApi(http.server.ThreadingHTTPServer):
    """AWS and Lambda's Runtime API, which gives no invocation: it says when it was first asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.set()

    def do_POST(self):
        """AWS, which refuses what a function asks to open its connections."""
        self.server.asked.set()
        self.rfile.read(int(self.headers["content-length"]))
        refusal = b'{"__type": "AccessDeniedException"}'
        with contextlib.suppress(ConnectionError):
            # Who measured the start may have killed the function.
            self.send_response(400)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(refusal)))
            self.end_headers()
            self.wfile.write(refusal)

    def log_message(self, *_):
        pass


def start(bootstrap):
    """Milliseconds from the start of the process to its first request. What AWS takes to answer is not
    measured here.
    """
    api = RuntimeApi()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{api.server_port}",
        "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_LOG_STREAM_NAME": "s",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "STATEWRIGHT_ACCOUNT": "000000000000", "STATEWRIGHT_TABLE": "t",
        "STATEWRIGHT_LIMITS": "aws",
        "STATEWRIGHT_STEPS_URL": "u", "STATEWRIGHT_TASKS_URL": "u",
        "STATEWRIGHT_DEAD_LETTERS_URL": "u", "STATEWRIGHT_UNREADABLE_URL": "u",
        "STATEWRIGHT_TRANSITIONS_PER_DELIVERY": "1",
        "STATEWRIGHT_STEPS_VISIBILITY_SECONDS": "30",
        "STATEWRIGHT_RETENTION_DAYS": "90",
    }
    began = time.monotonic()
    # It complains when nobody answers it any more.
    process = subprocess.Popen(
        [bootstrap], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert api.asked.wait(10), "it never asked"
    milliseconds = 1000 * (time.monotonic() - began)
    process.kill()
    process.wait()
    api.shutdown()
    return milliseconds
