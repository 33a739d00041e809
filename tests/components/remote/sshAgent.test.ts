import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentProblem } from "../../../components/remote/sshAgent";

describe("an SSH agent", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hardway-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is there while something listens at its socket", async () => {
    const socket = join(folder, "agent");
    expect(await agentProblem(socket)).to.contain("ENOENT");
    const agent = createServer();
    await new Promise<void>((resolve) => agent.listen(socket, resolve));
    expect(await agentProblem(socket)).to.equal(undefined);
    await new Promise((resolve) => agent.close(resolve));
    writeFileSync(socket, "");
    expect(await agentProblem(socket)).to.contain("ECONNREFUSED");
  });
});
