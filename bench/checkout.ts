import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { TestState } from "../tests/support/hardwayCli";
import { resourcesIn, succeed, type StackConfig, type ExportedResource } from "./project";

/** A copy of this checkout, to which stack files can be added, so that `./hardway` works with any configuration. */
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

  /** Runs `./hardway` with the bundled plugins. @returns what it prints @throws Error with its output when it fails */
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
