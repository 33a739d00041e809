import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { checkSocketPaths, machineFiles, writeFileAtomically } from "../../../cloud/machines/files";

describe("a machine's files", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("lie in its folder, each under a name of its own", () => {
    const { folder: own, dataDisk, ...files } = machineFiles("/i/i-1");
    expect(own).to.equal("/i/i-1");
    expect(dataDisk("vol0123")).to.equal("/i/i-1/vol0123.qcow2");
    expect(files).to.deep.equal({
      disk: "/i/i-1/disk.qcow2",
      pid: "/i/i-1/pid",
      qemuPid: "/i/i-1/qemu.pid",
      qmp: "/i/i-1/qmp.sock",
      console: "/i/i-1/console.sock",
      consoleLog: "/i/i-1/console.log",
      vpc: "/i/i-1/vpc.sock",
      guestOut: "/i/i-1/out.sock",
      guestIn: "/i/i-1/in.sock",
      log: "/i/i-1/qemu.log",
      credentials: "/i/i-1/credentials",
    });
  });

  it("refuse a folder whose sockets would have too long a path", () => {
    const sockets = (parent: string): string[] => {
      const { qmp, console, vpc } = machineFiles(`${parent}/i-1`);
      return [qmp, console, vpc];
    };
    const longest = "/i-1/console.sock".length;
    const fits = `/${"x".repeat(107 - longest - 1)}`;
    expect(() => checkSocketPaths(sockets(fits))).not.to.throw();
    expect(() => checkSocketPaths(sockets(`${fits}x`))).to.throw(
      /may have 107 bytes; \/x+\/i-1\/console\.sock has 1 too many\. Use a shorter state directory/,
    );
    // Bytes count, not characters.
    expect(() => checkSocketPaths([`/${"é".repeat(54)}`])).to.throw("has 2 too many");
  });

  it("are written whole, for the owner only, without leftovers", async () => {
    const file = path.join(folder, "file");
    await writeFileAtomically(file, "one");
    await writeFileAtomically(file, "two");
    expect(readFileSync(file, "utf8")).to.equal("two");
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(
      await writeFileAtomically(path.join(folder, "no", "file"), "x").catch((error: unknown) => String(error)),
    ).to.contain("ENOENT");
    expect(readdirSync(folder)).to.deep.equal(["file"]);
  });
});
