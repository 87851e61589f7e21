"""Runs the built artefacts as a deployment on this machine and drives it with boto3.

    python tests/acceptance/hosted BUILD --ministack PYTHON [--only PART…] [--conformance FOLDER]

BUILD is what `sam build --parameter-overrides Architecture=x86_64` made. This Python needs the
packages of `requirements.txt`, and its commands on PATH; PYTHON needs those of
`requirements-double.txt`.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import artefacts
from asynchronous import functions_answer_later
from console import (the_console_shows_and_steers_a_deployment,
                     the_console_takes_a_letter_off_the_queue)
from console_in_browser import the_console_shows_the_deployment
from deployment import HANDLERS, ROLE, Stage, boto, create_role, deploy_function
from doors import DOORS
from double import Double
from everyday import (the_commands_for_every_day_work_everywhere,
                      the_dead_letters_are_listed_by_stack)
from execution_logs import executions_are_logged
from faults import BAD_WEATHER
from limits import payloads_are_larger_than_messages_and_answers
from memory import ten_messages_at_once_take_little_memory
from metering import meter, meter_calls
from recorded import the_recorded_cases_pass
from services import a_workflow_uses_many_services
from surface import every_operation_answers_as_its_model_says
from ways_in import WAYS_IN
from wire import Wire
from workflows import GOOD_WEATHER

PARTS = ["artefacts", "doors", "weather", "services", "surface", "everyday", "console", "recorded", "metering",
         "limits"]
FUNCTIONS = {"echo": "functions.echo", "guarded": "functions.guarded",
             "logged": "functions.logged", "failing": "functions.missing",
             "unhurried": "functions.unhurried"}


def deploy_functions(double):
    """The Lambda functions that the state machines of the tests call."""
    for name, handler in FUNCTIONS.items():
        deploy_function(double, name, handler, HANDLERS / "functions.py")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--ministack", required=True)
    parser.add_argument("--binary", type=pathlib.Path, default="target/debug/statewright",
                        help="the command whose proxy serves the clients")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--cli", nargs="+", default=[], metavar="AWS", help="an AWS CLI, for the part surface")
    parser.add_argument("--browser", metavar="PYTHON",
                        help="one with the packages of console_browser/requirements.txt, for the part console")
    parser.add_argument("--conformance", type=pathlib.Path)
    parser.add_argument("--sample", type=int, help="take so many of the listed cases")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")

    def wanted(part):
        return part in options.only

    if wanted("artefacts"):
        artefacts.check(options.build)
    if options.only == ["artefacts"]:
        return
    wire = Wire(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        double = Double(options.ministack, folder / "ministack.log", wire.port)
        wire.aws = double.endpoint
        stage = Stage(options.build, double, wire, folder, options.binary)
        try:
            run(options, wanted, stage)
        except BaseException:
            print((folder / "ministack.log").read_text()[-20_000:], file=sys.stderr)
            raise
        finally:
            stage.stop()
            double.stop()


def run(options, wanted, stage):
    stage.deploy({"StatusEventBus": "default", "TaskTimeout": "60", "FunctionUrl": "true",
                  "Alarms": "true", "Dashboard": "true", "TasksConcurrency": "50",
                  "AsynchronousFunctions": "true"})
    create_role(stage.double, [stage.outputs["TaskRoleArn"], stage.outputs["ApiRoleArn"]])
    deploy_functions(stage.double)
    if wanted("doors"):
        for test in DOORS:
            timed(test, stage)
    if wanted("weather"):
        for test in GOOD_WEATHER + [functions_answer_later, executions_are_logged] + WAYS_IN + BAD_WEATHER:
            timed(test, stage)
    if wanted("services"):
        timed(a_workflow_uses_many_services, stage)
    if wanted("surface"):
        timed(every_operation_answers_as_its_model_says, stage, options.cli)
    if wanted("everyday"):
        timed(the_commands_for_every_day_work_everywhere, stage)
        timed(the_dead_letters_are_listed_by_stack, stage)
    if wanted("console"):
        timed(the_console_shows_and_steers_a_deployment, stage)
        timed(the_console_takes_a_letter_off_the_queue, stage)
    if wanted("console") and options.browser:
        timed(the_console_shows_the_deployment, stage, options.browser)
    if wanted("recorded") and options.conformance:
        timed(the_recorded_cases_pass, stage, options.conformance, options.sample, options.seed)
    if wanted("metering"):
        timed(ten_messages_at_once_take_little_memory, stage)
        for transitions, prices in [(1, {meter: 2.2}), (25, {meter: 0.3, meter_calls: 0.8})]:
            stage.deploy({"StepsBatchSize": "1", "TransitionsPerDelivery": str(transitions)})
            for measure, dollars in prices.items():
                cost = timed(measure, stage, f"TransitionsPerDelivery-{transitions}")
                assert cost <= dollars, f"a million transitions cost more than ${dollars}"
    if wanted("limits"):
        stage.deploy({"Limits": "open"})
        timed(payloads_are_larger_than_messages_and_answers, stage)


def timed(test, *arguments):
    name = test.__name__.replace("_", " ")
    print(f"{name} …", flush=True)
    began = time.monotonic()
    result = test(*arguments)
    print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    return result


if __name__ == "__main__":
    main()
