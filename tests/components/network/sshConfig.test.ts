import { expect } from "chai";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { renderSshConfig, type SshAccess } from "../../../components/network/sshConfig";
import { startSshServer, type SshServer } from "../../support/sshServer";

const run = promisify(execFile);

describe("renderSshConfig", () => {
  const folder = mkdtempSync(join(tmpdir(), "hardway-ssh-config-"));
  let server: SshServer;
  before(async () => {
    server = await startSshServer();
    writeFileSync(join(folder, "key"), server.privateKey, { mode: 0o600 });
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const write = (more: Partial<SshAccess> = {}) => {
    const access = { ...server.connection(), ...more };
    writeFileSync(join(folder, "config"), renderSshConfig({ "node-0": access }, join(folder, "key")));
    return ["-F", join(folder, "config"), "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "node-0"];
  };

  it("logs in by name with OpenSSH", async () => {
    const { stdout } = await run("ssh", [...write(), "echo from-there"], { timeout: 15_000 });
    expect(stdout).to.equal("from-there\n");
  });

  it("takes no other host key", async () => {
    const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAijvWtk0iDkA3VakGV8M1FB+E/fhuMLHelJ7SjsQUwm";
    const error = await run("ssh", [...write({ hostKey }), "true"], { timeout: 15_000 }).then(
      () => expect.fail("logged in"),
      (failure: unknown) => failure as { stderr: string },
    );
    expect(error.stderr).to.contain("Host key verification failed");
  });

  it("goes through the bastion, and has no secret in it", () => {
    const lines = execFileSync(
      "ssh",
      ["-G", ...write({ proxy: { host: "bastion.example", user: "jump", port: 2200, privateKey: "canary" } })],
      { encoding: "utf8" },
    );
    expect(lines).to.contain("proxyjump jump@bastion.example:2200\n").and.contain("identitiesonly yes\n");
    const text = renderSshConfig({ n: { ...server.connection(), proxy: { host: "b", privateKey: "canary" } } }, "k");
    expect(text).not.to.contain("canary").and.not.to.contain("PRIVATE KEY");
    expect(text).to.contain("ProxyJump root@b:22");
  });
});
