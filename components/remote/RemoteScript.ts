import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { machineValue } from "./childOptions";
import type { HostConnection } from "./connection";
import { commandOutput, parseFacts } from "./commandOutput";
import { readScript, renderScript, renderSecrets } from "./scriptText";

export interface RemoteScriptArgs {
  readonly connection: pulumi.Input<HostConnection>;
  /** Script of `scripts/node` that makes the change, without `.sh`; it must be idempotent. */
  readonly script: string;
  /** Script that undoes the change when the resource is deleted. @default nothing is undone */
  readonly undoScript?: string;
  /** Values by variable name. No secrets: they would show in the host's process list and in the state. */
  readonly variables: pulumi.Input<Readonly<Record<string, string>>>;
  /**
   * Secret values by variable name; they take the place of `variables` of the same name. They travel on standard input
   * and are encrypted in the state; the script calls `read_secrets` after `begin`.
   *
   * @default none
   */
  readonly secrets?: pulumi.Input<Readonly<Record<string, string>>>;
  /**
   * Changing it undoes the step and then runs it from the start; any other change only runs the script again.
   *
   * @default none
   */
  readonly identity?: string;
  /**
   * Changing it runs the script again, which mends what somebody changed on the host since.
   *
   * @default 0
   */
  readonly runAgain?: pulumi.Input<number>;
  /** Id of the machine that it is done on: on another one it is done again. @default that of what it is `deletedWith` */
  readonly machine?: pulumi.Input<string>;
  /** The host ends the script after this many seconds, with 10 more to clean up. */
  readonly timeoutSeconds: pulumi.Input<number>;
  /** @default true */
  readonly asRoot?: boolean;
  /**
   * How often connecting is tried before it fails.
   *
   * @default 3, since one resource of each host waits for it to be reachable and the others come after that
   */
  readonly dialErrorLimit?: pulumi.Input<number>;
}

/** Seconds that one attempt to connect may take. */
export const dialTimeoutSeconds = 10;

/**
 * Runs a script of `scripts/node` on a host, and again when the machine that it is `deletedWith` was replaced. This is
 * the only place that makes `command:remote:Command` resources, so all of them have the same settings.
 */
export class RemoteScript extends remote.Command {
  constructor(name: string, args: RemoteScriptArgs, opts: pulumi.CustomResourceOptions) {
    const { asRoot = true, undoScript, secrets, machine } = args;
    const script = readScript(args.script);
    const timeoutSeconds = pulumi.output(args.timeoutSeconds);
    super(
      name,
      {
        connection: pulumi.all([args.connection, args.dialErrorLimit]).apply(([connection, dialErrorLimit = 3]) => ({
          perDialTimeout: dialTimeoutSeconds,
          ...connection,
          dialErrorLimit,
        })),
        // No update script: a change runs `create` again, which changes only what differs. That is also why `runAgain`
        // is part of its text: a changed trigger replaces, which undoes the step before it is done again.
        create: pulumi
          .all([
            machine === undefined ? machineValue(opts) : { MACHINE: machine },
            args.variables,
            timeoutSeconds,
            args.runAgain,
          ])
          .apply(([tie, values, timeoutSeconds, runAgain]) => {
            const variables = { ...tie, ...(secrets === undefined ? {} : { SECRETS: "stdin" }), ...values };
            return renderScript(script, { variables, timeoutSeconds, asRoot, runAgain });
          }),
        ...(secrets === undefined ? {} : { stdin: pulumi.secret(pulumi.output(secrets).apply(renderSecrets)) }),
        ...(args.identity === undefined ? {} : { triggers: [args.identity] }),
        // Undo goes by what the host recorded, not by values that may have changed since.
        delete:
          undoScript &&
          timeoutSeconds.apply((timeoutSeconds) =>
            renderScript(readScript(undoScript), { variables: {}, timeoutSeconds, asRoot }),
          ),
        // What takes its time, and at a failure what it was: the engine's plugin hangs on a log line of 64 KiB, so what
        // tools print stays in the script's own log on the host.
        logging: remote.Logging.Stderr,
        // Earlier output would travel as environment variables, which sshd refuses one by one.
        addPreviousOutputInEnv: false,
      },
      // Without it a replacement runs `create` before the old `delete`, and would undo itself.
      pulumi.mergeOptions({ deleteBeforeReplace: true }, opts),
    );
  }

  /** The facts that the script printed: the JSON on its last line of output. */
  facts<T>(): pulumi.Output<T> {
    return pulumi.all([this.urn, this.stdout]).apply(([urn, stdout]) => {
      const name = urn.split("::").at(-1) ?? urn;
      return parseFacts(name, commandOutput(name, stdout)) as T;
    });
  }
}
