import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { explain } from "../../../cli/commands/explain";
import type { GlobalOptions } from "../../../cli/lab/context";
import { explanations } from "../../../cli/learn/topics/table";
import { repository } from "../../support/hardwayCli";
import { runCommand } from "../inProcess";
import { temporaryFolder } from "../support";

const options: GlobalOptions = { lab: "dev", color: false };

describe("explain", () => {
  const folder = temporaryFolder();
  const run = (name?: string, more: Partial<GlobalOptions> = {}) =>
    runCommand(folder(), () => explain({ ...options, ...more }, name));

  it("needs no lab, and leaves nothing behind", async () => {
    const { code, stdout } = await run("swap");
    expect(code).to.equal(0);
    expect(stdout).to.match(/^swap: .*\n\nWhat\n {2}Swap is disk/);
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  it("says which topic may have been meant, or which there are", async () => {
    expect(await run("br-netfilter")).to.include({
      code: 64,
      error: 'There is no topic br-netfilter (did you mean "br_netfilter"?). "./hardway explain" lists them.',
    });
    const { code, error } = await run("everything");
    expect(code).to.equal(64);
    expect(error).to.match(
      /^There is no topic everything\. There are host, overlay, .*, dns, questions, corrections\.$/,
    );
  });

  it("has the same as JSON", async () => {
    const json = async (name?: string) => JSON.parse((await run(name, { json: true })).stdout) as unknown;
    expect(await json()).to.deep.equal(explanations.map(({ name, area, title }) => ({ name, area, title })));
    expect(await json("swap")).to.deep.equal(explanations.find(({ name }) => name === "swap"));
    expect(await json("questions")).to.deep.include({ topic: "ip_forward", ...explanations[4]?.questions?.[0] });
    expect(await json("corrections")).to.deep.include({ topic: "ip_forward", ...explanations[4]?.thenAndNow?.[0] });
  });

  it("starts without Pulumi", async () => {
    const hook = join(folder(), "loaded.cjs");
    writeFileSync(hook, 'process.on("exit", () => console.error(Object.keys(require.cache).join("\\n")));');
    const env = { ...process.env, HARDWAY_STATE_DIR: folder(), NODE_OPTIONS: `--require=${hook}` };
    const loaded = await new Promise<string>((resolve, reject) =>
      execFile(join(repository, "hardway"), ["explain", "swap"], { env }, (error, _out, said) =>
        error === null ? resolve(said) : reject(new Error(said, { cause: error })),
      ),
    );
    expect(loaded).to.contain("node_modules/commander/").and.not.contain("node_modules/@pulumi/pulumi/");
  });
});
