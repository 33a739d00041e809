import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Result, TestState } from "../tests/support/hardwayCli";
import { resourcesIn, type StackConfig, type ExportedResource } from "./project";

/** A copy of this checkout, in which stack files can be added: `./hardway` then works with any configuration. */
export class Checkout {
  private constructor(
    private readonly state: TestState,
    private readonly folder: string,
  ) {}

  static async create(state: TestState): Promise<Checkout> {
    return new Checkout(state, await state.copyCheckout());
  }

  /** A lab with a stack file of its own. */
  lab(name: string, config: StackConfig): CheckoutLab {
    writeFileSync(join(this.folder, `Pulumi.${name}.yaml`), stringify({ config }));
    return new CheckoutLab(this.state, this.folder, name);
  }
}

export class CheckoutLab {
  constructor(
    private readonly state: TestState,
    private readonly folder: string,
    private readonly name: string,
  ) {}

  /** Runs `./hardway` with our own plugins to its end; gives what it prints. @throws with that when it fails */
  async hardway(command: string, ...args: string[]): Promise<string> {
    const all = [command, "--lab", this.name, "--plugins", "bundled", ...args];
    return succeed(this.state.run(join(this.folder, "hardway"), all, this.folder), `hardway ${all.join(" ")}`);
  }

  /** The stack's resources in the order in which the engine made them; a dependency always comes before what needs it. */
  async resources(): Promise<ExportedResource[]> {
    const env = await this.hardway("env");
    const script = `${env}\npulumi stack export`;
    return resourcesIn(await succeed(this.state.run("sh", ["-euc", script], this.folder), "pulumi stack export"));
  }
}

/** Its output. @throws with that when it failed */
export async function succeed(result: Promise<Result>, what: string): Promise<string> {
  const { code, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
