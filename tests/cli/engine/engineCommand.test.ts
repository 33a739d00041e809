import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { engineCommand } from "../../../cli/engine/engineCommand";
import { Interrupt } from "../../../cli/interrupt";

/** What the Automation API calls; it has no types for it. */
interface Runner {
  run(args: string[], cwd: string, env: Record<string, string>): Promise<{ stdout: string }>;
}

describe("the engine's output", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw-test-"));
  const path = join(folder, "pulumi");
  before(() => {
    writeFileSync(path, '#!/bin/sh\necho "out of $*"\necho "error of $*" >&2\n');
    chmodSync(path, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function logOf(...args: string[]): Promise<{ log: string; stdout: string }> {
    let log = "";
    const engine = { path, directory: folder, version: "3.0.0", source: "PATH" as const };
    const options = { engine, interrupt: new Interrupt(() => undefined), log: (text: string) => void (log += text) };
    const command = engineCommand(options) as unknown as Runner;
    const { stdout } = await command.run(args, folder, {});
    return { log, stdout };
  }

  it("is logged", async () => {
    const { log, stdout } = await logOf("up");
    expect(stdout).to.equal("out of up --non-interactive\n");
    expect(log.split("\n").sort()).to.deep.equal(["", "error of up --non-interactive", "out of up --non-interactive"]);
  });

  // The Automation API reads outputs and whole stacks in this way, private keys among them.
  it("is not logged where secrets are asked for", async () => {
    const { log, stdout } = await logOf("stack", "output", "--json", "--show-secrets");
    expect(stdout).to.contain("out of stack output");
    expect(log).to.equal("error of stack output --json --show-secrets --non-interactive\n");
  });
});
