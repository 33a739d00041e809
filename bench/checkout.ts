import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { TestState } from "../tests/support/hardwayCli";
import { resourcesIn, type StackConfig, type StackResource } from "./project";

/** A copy of this checkout with one more stack file, so that `./hardway` can be used with any configuration. */
export class Checkout {
  private constructor(
    private readonly state: TestState,
    private readonly folder: string,
  ) {}

  /** @param config of the lab of the same name as the state */
  static async create(state: TestState, config: StackConfig): Promise<Checkout> {
    const folder = await state.copyCheckout();
    writeFileSync(join(folder, `Pulumi.${state.lab}.yaml`), stringify({ config }));
    return new Checkout(state, folder);
  }

  /** Runs `./hardway` with our own plugins to its end. @throws with its output when it fails */
  async hardway(command: string, ...args: string[]): Promise<string> {
    const all = [command, "--lab", this.state.lab, "--plugins", "bundled", ...args];
    return succeed(this.state.run(join(this.folder, "hardway"), all, this.folder), `hardway ${all.join(" ")}`);
  }

  /** The stack's resources in the order in which the engine made them; a dependency always comes before what needs it. */
  async resources(): Promise<StackResource[]> {
    const env = await this.hardway("env");
    const script = `${env}\npulumi stack export`;
    return resourcesIn(await succeed(this.state.run("sh", ["-euc", script], this.folder), "pulumi stack export"));
  }
}

async function succeed(
  result: Promise<{ code: number | null; stdout: string; stderr: string }>,
  what: string,
): Promise<string> {
  const { code, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
