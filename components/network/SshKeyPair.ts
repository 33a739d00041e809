import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commandOutput } from "../remote/commandOutput";

export interface SshKeyPairArgs {
  /** Changing it replaces the key. @default "1" */
  readonly rotation?: pulumi.Input<string>;
}

/**
 * An ed25519 key pair that is made once, on the computer that runs the program, and kept in the stack's state: the
 * private key encrypted there and nowhere else. Needs ssh-keygen (OpenSSH) and no further Pulumi plugin.
 *
 * Fails when ssh-keygen is missing.
 */
export class SshKeyPair extends pulumi.ComponentResource {
  /** PEM text in OpenSSH's format; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** One line without a comment: `ssh-ed25519 AAAA...`. */
  readonly publicKey: pulumi.Output<string>;

  constructor(name: string, args: SshKeyPairArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("hardway:index:SshKeyPair", name, args, opts);
    const made = new local.Command(
      name,
      {
        create: readFileSync(join(__dirname, "..", "..", "scripts", "local", "ssh-key-pair.sh"), "utf8").replaceAll(
          "\r\n",
          "\n",
        ),
        triggers: [args.rotation ?? "1"],
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        additionalSecretOutputs: ["stdout", "stderr"],
        // Another version of the script would run it again and so change the key of a running machine.
        ignoreChanges: ["create", ...(opts?.ignoreChanges ?? [])],
        customTimeouts: opts?.customTimeouts,
      },
    );
    const lines = made.stdout.apply((stdout) => splitOnce(commandOutput(name, stdout), "\n"));
    this.publicKey = pulumi.unsecret(lines.apply(([publicKey]) => publicKey.trim()));
    // The plugin takes the last line end away, without which OpenSSH does not read the key.
    this.privateKey = pulumi.secret(lines.apply(([, privateKey]) => `${privateKey.trimEnd()}\n`));
    this.registerOutputs({ publicKey: this.publicKey, privateKey: this.privateKey });
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
