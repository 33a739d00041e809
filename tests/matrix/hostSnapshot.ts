import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { SshSession } from "../../cli/ssh/session";
import { repository } from "../support/hardwayCli";

/** The connection to a machine as Pulumi's output has it. */
export interface MachineConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly hostKey: string;
}

/** What a host is made of, line by line, to compare two moments. */
export async function hostSnapshot(connection: MachineConnection): Promise<string[]> {
  const session = await SshSession.connect(connection);
  try {
    const stdin = readFileSync(join(repository, "tests/support/snapshot.sh"), "utf8");
    const { code, stdout, stderr } = await session.exec("sudo -n sh -s", { stdin, timeoutSeconds: 300 });
    expect(code, stderr).to.equal(0);
    return stdout.split("\n");
  } finally {
    session.close();
  }
}
