import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stackAdvice } from "../../../cli/engine/stackAdvice";
import { temporaryFolder } from "../support";

describe("an engine that cannot read a stack", () => {
  const folder = temporaryFolder();
  const wrong = "error: get stack secrets manager: incorrect passphrase";

  it("names the variable of the wrong passphrase", () => {
    const said = (env: Record<string, string>) => stackAdvice(wrong, "dev", env);
    expect(said({ PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "/f" })).to.contain(
      "PULUMI_CONFIG_PASSPHRASE has, which is set, and empty, in the environment",
    );
    expect(said({ PULUMI_CONFIG_PASSPHRASE: "hush" }))
      .to.contain("PULUMI_CONFIG_PASSPHRASE has, which is set in the environment")
      .and.not.contain("hush");
    expect(said({ PULUMI_CONFIG_PASSPHRASE_FILE: "/f" })).to.contain("the file /f has");
  });

  it("names a state that was cut off, and the one before it", () => {
    const states = join(folder(), "a b/.pulumi/stacks/hardway");
    mkdirSync(states, { recursive: true });
    const state = join(states, "dev.json.zst");
    for (const name of ["dev.json.zst", "dev-2.json.zst"]) writeFileSync(join(states, name), "");
    const env = { PULUMI_BACKEND_URL: `${pathToFileURL(join(folder(), "a b")).href}?metadata=skip` };
    const said = () => stackAdvice("error: failed to load checkpoint: place 1: unexpected EOF", "dev", env);
    expect(said()).to.contain(`${state}, the state of stack "dev", cannot be read. Put it back from a backup.`);
    writeFileSync(`${state}.bak`, "");
    expect(said()).to.contain(`${state}.bak is the one before it: copy it over that file`);
  });

  it("is not what other errors are about", () => {
    expect(stackAdvice("error: update failed", "dev", {})).to.equal(undefined);
    expect(stackAdvice("failed to load checkpoint", "dev", { PULUMI_BACKEND_URL: "s3://b" })).to.equal(undefined);
  });
});
