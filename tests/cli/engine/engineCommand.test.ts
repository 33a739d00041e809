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

describe("the engine", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw-test-"));
  const path = join(folder, "pulumi");
  before(() => {
    const script = 'env | grep "^PULUMI_OPTION" >&2; echo "out of $*"; echo "error of $*" >&2';
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function logOf(...args: string[]): Promise<{ log: string; stdout: string }> {
    let log = "";
    const engine = { path, directory: folder, version: "3.0.0", source: "PATH" as const };
    const options = { engine, interrupt: new Interrupt(() => undefined), log: (text: string) => void (log += text) };
    const command = engineCommand(options) as unknown as Runner;
    const { stdout } = await command.run(args, folder, { PULUMI_OPTION_OURS: "given" });
    return { log, stdout };
  }

  it("gets no flag of the user's variables, such as those that `hardway env` prints for another lab", async () => {
    process.env["PULUMI_OPTION_CONFIG_FILE"] = "/other/Pulumi.other.yaml";
    try {
      expect((await logOf("up")).log.split("\n").filter((line) => line.startsWith("PULUMI_"))).to.deep.equal([
        "PULUMI_OPTION_OURS=given",
      ]);
    } finally {
      delete process.env["PULUMI_OPTION_CONFIG_FILE"];
    }
  });

  it("has its output logged", async () => {
    const { log, stdout } = await logOf("up");
    expect(stdout).to.equal("out of up --non-interactive\n");
    expect(log.split("\n").sort()).to.deep.equal([
      ...["", "PULUMI_OPTION_OURS=given", "error of up --non-interactive", "out of up --non-interactive"],
    ]);
  });

  // The Automation API reads outputs and whole stacks in this way, private keys among them.
  it("has it not logged where secrets are asked for", async () => {
    const { log, stdout } = await logOf("stack", "output", "--json", "--show-secrets");
    expect(stdout).to.contain("out of stack output");
    expect(log).to.equal("PULUMI_OPTION_OURS=given\nerror of stack output --json --show-secrets --non-interactive\n");
  });
});
