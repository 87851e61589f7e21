// Calls every operation of the AWS SDK for JavaScript: node surface.mjs ENDPOINT
//
// The SDK puts "sync-" before the host of two operations unless its client is told not to; it does not
// read AWS_DISABLE_HOST_PREFIX_INJECTION. Those two are called both ways.

import assert from "node:assert/strict";
import http from "node:http";
import * as sfn from "@aws-sdk/client-sfn";

const config = {
  endpoint: process.argv[2],
  region: "us-east-1",
  maxAttempts: 1,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const client = new sfn.SFN({ ...config, disableHostPrefix: true });

// Every name is this machine's, as names below localhost are where systemd-resolved answers.
const resolveHere = (_name, options, answer) =>
  options.all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4);
const agent = new http.Agent({ lookup: resolveHere });
const prefixingClient = new sfn.SFN({ ...config, requestHandler: { httpAgent: agent } });

const began = Date.now();
const HOUR = 3_600_000;

// Timestamps are numbers on the wire: those of another unit or type are no dates of today.
function checkDates(value, name = "") {
  if (/(Date|timestamp)$/.test(name)) {
    assert(value instanceof Date && Math.abs(value - began) < HOUR, `${name}: ${value}`);
  } else if (value && typeof value === "object") {
    for (const [member, inner] of Object.entries(value)) checkDates(inner, member);
  }
}

const called = new Set();

async function call(operation, input = {}, by = client) {
  called.add(`${operation}Command`);
  try {
    const answer = await by.send(new sfn[`${operation}Command`](input));
    assert.equal(answer.$metadata.httpStatusCode, 200);
    checkDates(answer);
    return answer;
  } catch (error) {
    error.message = `${operation}: ${error.message}`;
    throw error;
  }
}

async function awaitStatus(executionArn, status) {
  for (;;) {
    const execution = await call("DescribeExecution", { executionArn });
    if (execution.status === status) return execution;
    assert.equal(execution.status, "RUNNING", `${executionArn} is to be ${status}`);
  }
}

const roleArn = "arn:aws:iam::000000000000:role/tests";
const define = (state) => JSON.stringify({ StartAt: "S", States: { S: state } });
const pass = { Type: "Pass", Result: 1, End: true };

async function createMachine(name, type, state) {
  const tags = [{ key: "a", value: "b" }];
  const machine = { name: `${name}${began}`, roleArn, type, tags, definition: define(state) };
  return (await call("CreateStateMachine", machine)).stateMachineArn;
}

async function startExecution(stateMachineArn) {
  return (await call("StartExecution", { stateMachineArn, input: "{}" })).executionArn;
}

async function callSync(expressArn) {
  const definition = JSON.stringify(pass);
  for (const by of [client, prefixingClient]) {
    const run = await call("StartSyncExecution", { stateMachineArn: expressArn, input: "{}" }, by);
    assert.equal(run.output, "1");
    const test = { definition, roleArn, inspectionLevel: "TRACE" };
    assert.equal((await call("TestState", test, by)).output, "1");
  }
}

async function callVersions(stateMachineArn) {
  await call("UpdateStateMachine", { stateMachineArn, definition: define(pass) });
  const published = await call("PublishStateMachineVersion", { stateMachineArn });
  const { stateMachineVersionArn } = published;
  const routingConfiguration = [{ stateMachineVersionArn, weight: 100 }];
  const created = await call("CreateStateMachineAlias", { name: "live", routingConfiguration });
  const { stateMachineAliasArn } = created;
  await call("ListStateMachineVersions", { stateMachineArn });
  await call("ListStateMachineAliases", { stateMachineArn });
  await call("UpdateStateMachineAlias", { stateMachineAliasArn, description: "d" });
  await call("DescribeStateMachineAlias", { stateMachineAliasArn });
  await awaitStatus(await startExecution(stateMachineAliasArn), "SUCCEEDED");
  await call("DeleteStateMachineAlias", { stateMachineAliasArn });
  await call("DeleteStateMachineVersion", { stateMachineVersionArn });
}

async function callTags(resourceArn) {
  await call("TagResource", { resourceArn, tags: [{ key: "c", value: "d" }] });
  await call("UntagResource", { resourceArn, tagKeys: ["a"] });
  const { tags } = await call("ListTagsForResource", { resourceArn });
  assert.deepEqual(tags, [{ key: "c", value: "d" }]);
}

async function callActivities() {
  const { activityArn } = await call("CreateActivity", { name: `a${began}` });
  await call("DescribeActivity", { activityArn });
  await call("ListActivities");
  const task = { Type: "Task", Resource: activityArn, End: true };
  const machine = await createMachine("activity", "STANDARD", task);
  const token = async () => (await call("GetActivityTask", { activityArn })).taskToken;

  const executionArn = await startExecution(machine);
  await call("SendTaskFailure", { taskToken: await token(), error: "E" });
  assert.equal((await awaitStatus(executionArn, "FAILED")).error, "E");
  await call("RedriveExecution", { executionArn });
  const taskToken = await token();
  await call("SendTaskHeartbeat", { taskToken });
  await call("SendTaskSuccess", { taskToken, output: "2" });
  assert((await awaitStatus(executionArn, "SUCCEEDED")).redriveDate);

  const stopped = await startExecution(machine);
  await call("StopExecution", { executionArn: stopped });
  await awaitStatus(stopped, "ABORTED");
  await call("DeleteActivity", { activityArn });
  return machine;
}

async function callMapRuns(executionArn) {
  await call("ListMapRuns", { executionArn });
  const name = `m/x:${crypto.randomUUID()}`;
  const mapRunArn = `arn:aws:states:us-east-1:000000000000:mapRun:${name}`;
  for (const operation of ["DescribeMapRun", "UpdateMapRun"]) {
    await assert.rejects(call(operation, { maxConcurrency: 1, mapRunArn }), sfn.ResourceNotFound);
  }
}

const express = await createMachine("express", "EXPRESS", pass);
const standard = await createMachine("standard", "STANDARD", pass);
await call("ListStateMachines");
await call("DescribeStateMachine", { stateMachineArn: standard });
const checked = await call("ValidateStateMachineDefinition", { definition: define(pass) });
assert.equal(checked.result, "OK");
await callSync(express);

const executionArn = await startExecution(standard);
assert.equal((await awaitStatus(executionArn, "SUCCEEDED")).output, "1");
await call("ListExecutions", { stateMachineArn: standard });
await call("DescribeStateMachineForExecution", { executionArn });
assert.equal((await call("GetExecutionHistory", { executionArn })).events.length, 4);
await callMapRuns(executionArn);
await callVersions(standard);
await callTags(standard);
const activity = await callActivities();
for (const stateMachineArn of [express, standard, activity]) {
  await call("DeleteStateMachine", { stateMachineArn });
}

const known = Object.keys(sfn).filter((name) => /^[A-Z]\w+Command$/.test(name));
assert.deepEqual(known.filter((name) => !called.has(name)), []);
console.log(`${called.size} operations by the AWS SDK for JavaScript`);
