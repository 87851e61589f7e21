// Runs a Node Lambda handler against the Runtime API, with the error texts of AWS's runtime.
//
// Needs Node 18 and no packages. Spec: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ENDPOINT = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`);
const { hostname: host, port } = ENDPOINT;
const API = `${ENDPOINT.pathname}/2018-06-01/runtime/`;
const TASK_ROOT = process.env.LAMBDA_TASK_ROOT;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** An error of the runtime's own, named as AWS names it. */
class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

let servingId = null;
let settle = null;

process.on("uncaughtException", (error) => fail(error, 129));
process.on("unhandledRejection", (reason) => {
  const fault = new Fault("Runtime.UnhandledPromiseRejection", String(reason));
  if (reason?.stack) fault.stack = reason.stack;
  fail(fault, 128);
});
// An idle event loop means that a handler with a callback never will call it: AWS answers null.
process.on("beforeExit", () => settle?.(null, null));

main();

async function main() {
  let handler;
  try {
    handler = await loadHandler(process.env._HANDLER);
  } catch (error) {
    await postError("init/error", error);
    process.exit(1);
  }
  for (;;) await serve(handler);
}

async function serve(handler) {
  const { status, headers, body } = await request("GET", "invocation/next");
  if (status !== 200) process.exit(1);
  servingId = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  try {
    const answer = await call(handler, JSON.parse(body), headers);
    const id = servingId;
    const text = toJson(answer);
    servingId = null;
    await request("POST", `invocation/${id}/response`, text);
  } catch (error) {
    const id = servingId;
    servingId = null;
    await postError(`invocation/${id}/error`, error);
  }
}

/** Runs async handlers, and those that call back or call a method of their context. */
function call(handler, event, headers) {
  return new Promise((resolve, reject) => {
    settle = (error, answer) => {
      settle = null;
      error === null || error === undefined ? resolve(answer) : reject(error);
    };
    const callback = (error, answer) => settle?.(error, answer);
    const answer = handler(event, context(headers, callback), callback);
    if (typeof answer?.then === "function") {
      answer.then((value) => settle?.(null, value), (error) => settle?.(error ?? new Error("")));
    }
  });
}

function context(headers, callback) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const client = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    // Node reads headers as Latin-1; the host writes UTF-8.
    clientContext: client ? JSON.parse(Buffer.from(client, "latin1").toString("utf8")) : undefined,
    identity: undefined,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: callback,
    fail: (error) => callback(error ?? new Error("handled")),
    succeed: (answer) => callback(null, answer),
  };
}

function toJson(answer) {
  try {
    return JSON.stringify(answer === undefined ? null : answer) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

/** Finds `folder/module.function`; the function may be nested in exported objects. */
async function loadHandler(name) {
  const root = path.dirname(name);
  const parts = path.basename(name).match(/^([^.]*)\.(.*)$/);
  if (!parts || name.includes("..")) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const [, moduleName, handlerPath] = parts;
  const exported = await loadModule(path.resolve(TASK_ROOT, root, moduleName), moduleName);
  const find = (from) => handlerPath.split(".").reduce((value, key) => value?.[key], from);
  // `import` of a CommonJS module shows all of its exports only under `default`.
  const handler = find(exported) ?? find(exported.default);
  if (handler === undefined) {
    throw new Fault("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new Fault("Runtime.HandlerNotFound", `${name} is not a function`);
  }
  return handler;
}

async function loadModule(base, moduleName) {
  const file = ["", ".js", ".mjs", ".cjs"].map((end) => base + end).find(isFile);
  try {
    if (file === undefined) {
      const trail = "Require stack:\n- /var/runtime/index.mjs";
      throw new Fault(
        "Runtime.ImportModuleError", `Error: Cannot find module '${moduleName}'\n${trail}`);
    }
    if (file.endsWith(".mjs") || (file.endsWith(".js") && isModulePackage(path.dirname(file)))) {
      return await import(pathToFileURL(file).href);
    }
    return createRequire(import.meta.url)(file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw renamed("Runtime.UserCodeSyntaxError", error);
    }
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") {
      throw renamed("Runtime.ImportModuleError", error);
    }
    throw error;
  }
}

function renamed(name, error) {
  const fault = new Fault(name, asOnAws(String(error)));
  fault.stack = error.stack;
  return fault;
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Whether the nearest package.json makes `.js` files modules. */
function isModulePackage(folder) {
  const description = path.join(folder, "package.json");
  if (isFile(description)) return JSON.parse(fs.readFileSync(description, "utf8")).type === "module";
  const parent = path.dirname(folder);
  return parent !== folder && isModulePackage(parent);
}

/** Reports what nobody caught, then ends: the process may be in any state. */
async function fail(error, code) {
  const target = servingId === null ? "init/error" : `invocation/${servingId}/error`;
  // An endpoint busy with another request would wait for this one: a connection of its own.
  await postError(target, error, new http.Agent());
  process.exit(code);
}

async function postError(target, error, through) {
  const payload = errorPayload(error);
  process.stderr.write(`[ERROR] ${error?.stack ?? `${payload.errorType}: ${payload.errorMessage}`}\n`);
  const headers = { "Lambda-Runtime-Function-Error-Type": "Unhandled" };
  await request("POST", target, JSON.stringify(payload), headers, through);
}

function errorPayload(error) {
  if (!(error instanceof Error) && !(error?.stack && error?.message !== undefined)) {
    const isPlain = error === null || error === undefined || typeof error !== "object";
    return {
      errorType: isPlain ? typeof error : error.name ?? error.constructor?.name ?? "object",
      errorMessage: isPlain ? String(error) : error.message ?? String(error),
      trace: [],
    };
  }
  const stack = asOnAws(error.stack ?? "").split("\n");
  // AWS titles a runtime's own error with that error's name.
  if (error instanceof Fault) stack[0] = `${error.name}: ${error.message.split("\n")[0]}`;
  return { errorType: error.name, errorMessage: error.message, trace: stack };
}

/** Names files by the paths they have on AWS, so that histories are equal. */
function asOnAws(text) {
  return text
    .replaceAll(TASK_ROOT + path.sep, "/var/task/")
    .replaceAll(fileURLToPath(import.meta.url), "/var/runtime/index.mjs");
}

function request(method, target, body, headers = {}, through = agent) {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body ?? "");
    if (method === "POST") {
      headers = { "Content-Type": "application/json", "Content-Length": bytes.length, ...headers };
    }
    const options = { host, port, method, path: API + target, headers, agent: through };
    // The host is gone when this fails; nobody is left to tell.
    const gone = () => process.exit(1);
    const sent = http.request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", gone);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ status: response.statusCode, headers: response.headers, body: text });
      });
    });
    sent.on("error", gone);
    sent.end(bytes);
  });
}
