import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../remote/childOptions";
import { pinnedConnection, type HostConnection } from "../remote/connection";
import { RemoteScript, type RemoteScriptArgs } from "../remote/RemoteScript";

/** What every component takes that works on a host. */
export interface StepArgs {
  /** How to reach the host. Secret, and not among the component's own inputs in the state. */
  readonly connection: pulumi.Input<HostConnection>;
  /**
   * Seconds after which the host ends the script, with 10 more to clean up.
   *
   * @default 900 for ContainerRuntime, 600 for CniConfig and SnapshotterStore, 300 for the others
   */
  readonly timeoutSeconds?: pulumi.Input<number>;
  /**
   * Whether a connection without `hostKey`, of the host or of its proxy, is refused.
   *
   * @default false
   */
  readonly requireHostKey?: pulumi.Input<boolean>;
  /**
   * Id of the machine that the step is done on, for programs that cannot name it as `deletedWith`. With another id the
   * step is done on the new machine, and nothing is undone on the old one. Removing the component undoes the step.
   *
   * @default the id of what the component is `deletedWith`, if there is one
   */
  readonly machine?: pulumi.Input<string>;
}

/** What every component takes that changes a host. */
export interface HostStepArgs extends StepArgs {
  /**
   * Changing it runs the step again, which mends what somebody changed on the host.
   *
   * @default 0
   */
  readonly runAgain?: pulumi.Input<number>;
}

/** Those that nobody may see. */
const hidden = ["connection", "registryCredentials", "credentials"] as const;

/** Arguments that may be seen. */
export type VisibleArgs<Args> = Omit<Args, (typeof hidden)[number]>;

/** What a component's script is rendered from, once all of it is known. */
export type KnownArgs<Args> = pulumi.UnwrappedObject<VisibleArgs<Args>>;

/** A component's arguments without what nobody may see. */
export function visibleArgs<Args extends StepArgs>(args: Args): VisibleArgs<Args> {
  const names: readonly string[] = hidden;
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name))) as VisibleArgs<Args>;
}

/** The script of `scripts/node` that a component is there for. */
export interface StepScript<Args> extends Pick<
  RemoteScriptArgs,
  "script" | "undoScript" | "secrets" | "identity" | "asRoot" | "dialErrorLimit"
> {
  readonly timeoutSeconds?: number;
  /** Its values by name. */
  readonly variables: (args: KnownArgs<Args>) => Record<string, string>;
}

/** Runs a component's script. Its facts are what the script found and did. */
export function runStep<Facts, Args extends HostStepArgs>(
  component: pulumi.ComponentResource,
  name: string,
  args: Args,
  { variables, timeoutSeconds = 300, ...script }: StepScript<Args>,
  opts: pulumi.ComponentResourceOptions | undefined,
): pulumi.Output<Facts> {
  const step = new RemoteScript(
    name,
    {
      ...script,
      connection: pinnedConnection(`${component.constructor.name} ${name}`, args),
      machine: args.machine,
      runAgain: args.runAgain,
      timeoutSeconds: pulumi.output(args.timeoutSeconds).apply((seconds) => seconds ?? timeoutSeconds),
      variables: (pulumi.output(visibleArgs(args)) as pulumi.Output<KnownArgs<Args>>).apply(variables),
    },
    childOptions(component, opts),
  );
  return step.facts<Facts>();
}
