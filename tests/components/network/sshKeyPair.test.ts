import { expect } from "chai";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SshKeyPair } from "../../../components";
import { isPair } from "../../../components/config/privateKey";
import { TestEngine } from "../../providers/engine";

describe("SshKeyPair under the real engine", function () {
  this.timeout(240_000);
  let engine: TestEngine;
  before(async () => void (engine = await TestEngine.start()));
  after(() => engine?.stop());

  const program = (rotation?: string) => () => {
    const { privateKey, publicKey } = new SshKeyPair("key", { rotation });
    return Promise.resolve({ privateKey, publicKey });
  };

  it("makes a pair once, keeps the private half secret, and makes another only when asked", async () => {
    // mktemp(1) of the commands, and of nobody else.
    const temporary = (engine.env.TMPDIR = join(engine.directory, "temporary"));
    mkdirSync(temporary);
    const stack = await engine.stack("keys");
    const up = await stack.up(program());
    expect(up.error).to.equal(undefined);
    const { privateKey, publicKey } = await stack.outputs();
    expect(privateKey?.secret).to.equal(true);
    expect(publicKey?.secret).to.equal(false);
    expect(publicKey?.value).to.match(/^ssh-ed25519 [A-Za-z0-9+/]{68}$/);
    expect(privateKey?.value).to.match(/-----END OPENSSH PRIVATE KEY-----\n$/);
    expect(isPair(privateKey?.value as string, publicKey?.value as string)).to.equal(true);
    expect(readdirSync(temporary).filter((name) => name.startsWith("tmp."))).to.deep.equal([]);

    const line = String(privateKey?.value).split("\n")[3] ?? expect.fail("no fourth line");
    expect(engine.backendText()).not.to.contain(line);
    const visible = up.events.filter(({ diagnosticEvent }) => (diagnosticEvent?.severity as string) !== "debug");
    expect(up.output + JSON.stringify(visible)).not.to.contain(line);

    const again = await stack.up(program());
    expect(new Set(Object.values(again.operations))).to.deep.equal(new Set(["same"]));
    expect((await stack.outputs())["publicKey"]?.value).to.equal(publicKey?.value);

    expect((await stack.up(program("2"))).error).to.equal(undefined);
    const rotated = await stack.outputs();
    expect(rotated["publicKey"]?.value).not.to.equal(publicKey?.value);
    expect(isPair(rotated["privateKey"]?.value as string, rotated["publicKey"]?.value as string)).to.equal(true);
    expect((await stack.destroy()).error).to.equal(undefined);
  });

  it("says that a key which an update leaves out has never been made", async () => {
    const stack = await engine.stack("left-out");
    const up = await stack.up(program(), undefined, { exclude: ["**Command::key"] });
    expect(up.output).to.contain("key has never been made and this update leaves it out (--target, --exclude)");
    expect(up.output).to.not.contain("TypeError");
  });
});
