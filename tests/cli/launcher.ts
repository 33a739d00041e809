import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../cli/paths";
import { which } from "../../cli/toolchain/which";

export interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real launcher, as a user calls it. It finds neither Go nor apt-get nor QEMU, so that no engine and no machine can be made. */
export class Launcher {
  readonly state: string;

  /** @param folder an empty one, which is the user's home. */
  constructor(private readonly folder: string) {
    this.state = join(folder, "state");
    const bin = join(folder, "bin");
    mkdirSync(this.state);
    mkdirSync(bin);
    for (const command of ["sh", "node", "npm", "readlink", "dirname", "ssh"]) {
      const found = which(command);
      if (found === undefined) throw new Error(`these tests need ${command}`);
      symlinkSync(found, join(bin, command));
    }
  }

  readonly run = (...args: string[]): Promise<Ended> => {
    const { folder, state } = this;
    const places = { HARDWAY_STATE_DIR: state, HARDWAY_CACHE_DIR: join(folder, "cache") };
    const env = { HOME: folder, PATH: join(folder, "bin"), ...places };
    return new Promise((resolve) =>
      execFile(join(repositoryRoot, "hardway"), args, { env, cwd: "/", timeout: 50_000 }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? (error ? -1 : 0), stdout, stderr }),
      ),
    );
  };
}
