import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../remote/childOptions";
import { RemoteScript, type RemoteScriptArgs } from "../remote/RemoteScript";

/** What every component takes that changes a host. */
export interface HostStepArgs {
  readonly connection: pulumi.Input<types.input.remote.ConnectionArgs>;
  /**
   * Changing it runs the step again, which mends what somebody changed on the host; see `hardway:runAgain`.
   *
   * @default 0
   */
  readonly runAgain?: number;
}

/** A component with the token `hardway:index:TYPE` around one script of `scripts/node`. */
export abstract class HostStep<Facts> extends pulumi.ComponentResource {
  /** What the script found and did. */
  readonly facts: pulumi.Output<Facts>;

  protected constructor(
    type: string,
    name: string,
    args: RemoteScriptArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
  ) {
    super(`hardway:index:${type}`, name, {}, opts);
    this.facts = new RemoteScript(name, args, childOptions(this, opts)).facts<Facts>();
    this.registerOutputs();
  }
}
