"""Functions that the acceptance tests call."""

import os
import time


def echo(event, _context):
    """Answers its event."""
    return event


def unhurried(event, _context):
    """Takes 100 ms."""
    time.sleep(0.1)
    return event


def guarded(event, _context):
    """Fails as long as there is no file of that name."""
    if not os.path.exists(event["flag"]):
        raise RuntimeError("there is no flag")
    return "passed"


def logged(event, _context):
    """Keeps a line of each call, with its token if it has one; a short line is appended whole."""
    line = " ".join([event["call"], *filter(None, [event.get("token")])]) + "\n"
    log = os.open(event["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(log, line.encode())
        os.fsync(log)
    finally:
        os.close(log)
    return event["call"]
