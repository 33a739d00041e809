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

/**
 * What a host is made of, line by line, to compare two moments.
 *
 * @param more scripts of `tests/support` that print more of it than `snapshot.sh`
 */
export async function hostSnapshot(connection: MachineConnection, ...more: string[]): Promise<string[]> {
  const session = await SshSession.connect(connection);
  try {
    const parts: string[] = [];
    for (const script of ["snapshot.sh", ...more]) {
      const stdin = readFileSync(join(repository, "tests/support", script), "utf8");
      const { code, stdout, stderr } = await session.exec("sudo -n sh -s", { stdin, timeoutSeconds: 300 });
      expect(code, stderr).to.equal(0);
      parts.push(...stdout.split("\n"));
    }
    return parts;
  } finally {
    session.close();
  }
}
