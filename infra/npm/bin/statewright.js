#!/usr/bin/env node
// Runs the binary of the package for this machine, of which npm installs one: see optionalDependencies.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `@statewright/${process.platform}-${process.arch}`;

function binaryPath() {
  try {
    return require.resolve(`${platform}/bin/statewright`);
  } catch {
    const { optionalDependencies } = require("../package.json");
    const hint = platform in optionalDependencies
      ? `the package ${platform} is missing: install without --omit=optional`
      : "there is no binary for this machine; on Windows, use it in WSL";
    process.stderr.write(`error: ${hint}\n`);
    process.exit(2);
  }
}

const child = spawn(binaryPath(), process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both, so this process only waits for the other; what is sent to it alone is
// passed on.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  process.stderr.write(`error: ${error.message}\n`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
