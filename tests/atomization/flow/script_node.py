"""A Node process that runs one JavaScript program after another and tells what each one did."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WORKER = """
const vm = require("node:vm");
const show = (value) => JSON.stringify(value, (key, part) =>
  part === undefined ? "undefined" : part instanceof Set ? ["set", ...part]
  : part instanceof Error ? `${part.name}: ${part.message}`
  : typeof part === "function" ? "function" : part);
async function run(source, calls) {
  const told = [];
  for (const call of calls) {
    let log = [], steps = 0;
    const out = (...values) => { log.push(show(values)); return values[0]; };
    const tick = () => { if (++steps > 300) throw new Error("too many steps"); return steps; };
    try {
      const text = `"use strict"; ${source}\\n;(${call})`;
      let value = vm.runInNewContext(text, { out, tick, Set, Error }, { timeout: 2000 });
      if (value && typeof value.next === "function") {
        const parts = [];
        for (let n = 0; n < 50; n++) {
          const step = await value.next(n);
          if (step.done) { parts.push(["done", step.value]); break; }
          parts.push(step.value);
        }
        value = parts;
      }
      log.push(show(["returned", await value]));
    } catch (error) {
      log.push(show(["threw", error && error.message ? error.message : error]));
    }
    told.push(log);
  }
  return told;
}
require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  const { source, calls } = JSON.parse(line);
  process.stdout.write(JSON.stringify(await run(source, calls)) + "\\n");
});
"""


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """The lasting process; one program at a time."""

    process: subprocess.Popen[str]

    def run(self, source: str, calls: list[str]) -> list[list[str]]:
        """Tell, for each call, what was logged and how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"source": source, "calls": calls}) + "\n")
        self.process.stdin.flush()
        answer: list[list[str]] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def node_process(program: str) -> Iterator[NodeProcess]:
    """Start Node and end it afterwards."""
    argv = [program, "-e", WORKER]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield NodeProcess(process)
        finally:
            process.terminate()
