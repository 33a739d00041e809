import { expect } from "chai";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureSystemPackages, missingPackages } from "../../../cli/toolchain/systemPackages";
import { failureOf, RecordedReport, script, temporaryFolder } from "../support";

const wanted = [
  { command: "hw-qemu", package: "qemu" },
  { command: "hw-img", package: "qemu-utils" },
  { file: "/nowhere/keyring.gpg", package: "keyring" },
];

/** On Debian; elsewhere apt-get is never called, which another test shows. */
describe("system packages", () => {
  const folder = temporaryFolder();
  const bin = () => join(folder(), "bin");
  const log = () => readFileSync(join(folder(), "log"), "utf8").trim().split("\n");
  beforeEach(() => {
    mkdirSync(bin());
    script(join(bin(), "env"), 'exec /usr/bin/env "$@"');
  });

  /** An apt-get that notes its calls; `install` makes the commands appear. */
  function fakeApt(
    install = `for c in hw-qemu hw-img; do printf '#!/bin/sh\\n' > "${join(folder(), "bin")}/$c"; /bin/chmod 755 "${join(folder(), "bin")}/$c"; done`,
  ): void {
    script(
      join(bin(), "apt-get"),
      `echo "$DEBIAN_FRONTEND $*" >> "${join(folder(), "log")}"\ncase "$*" in *install*) ${install} ;; esac`,
    );
  }
  const commands = wanted.slice(0, 2);
  /** run() looks commands up on the process's PATH. */
  async function ensure(uid: number, packages: Parameters<typeof ensureSystemPackages>[0] = commands): Promise<void> {
    const old = process.env["PATH"];
    process.env["PATH"] = bin();
    try {
      await ensureSystemPackages(packages, { report: new RecordedReport(), path: bin(), uid, interactive: false });
    } finally {
      process.env["PATH"] = old;
    }
  }

  it("that are missing are found by command and by file", () => {
    script(join(bin(), "hw-img"), "");
    expect(missingPackages(wanted, bin()).map((entry) => entry.package)).to.deep.equal(["qemu", "keyring"]);
  });

  it("are installed by root in one go, without questions and with a bound on the wait for apt's lock", async () => {
    fakeApt();
    await ensure(0);
    expect(log()).to.deep.equal([
      "noninteractive -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -q update",
      "noninteractive -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -q install -y --no-install-recommends qemu qemu-utils",
    ]);
  });

  it("are left alone when all are there", async () => {
    fakeApt();
    for (const { command } of commands) script(join(bin(), command ?? ""), "");
    await ensure(0);
    expect(existsSync(join(folder(), "log"))).to.equal(false);
  });

  it("are installed through sudo where it asks for no password", async () => {
    fakeApt();
    script(join(bin(), "sudo"), `[ "$1" = -n ] || exit 1\nshift\n[ "$1" = true ] || exec "$@"`);
    await ensure(1000);
    expect(log()[1]).to.contain("install -y");
  });

  for (const [what, sudo] of [
    ["is no sudo", undefined],
    ["sudo asks for a password and there is no terminal", "exit 1"],
  ] as const) {
    it(`are a clear message when there ${what}`, async () => {
      fakeApt();
      if (sudo !== undefined) script(join(bin(), "sudo"), sudo);
      const error = await failureOf(() => ensure(1000, wanted));
      expect(error).to.have.property("exitCode", 69);
      expect(error.message).to.equal(
        "Missing on this system: hw-qemu, hw-img, /nowhere/keyring.gpg. Run this once as root, then this command again:\n" +
          "  sudo apt-get update && sudo apt-get install --no-install-recommends keyring qemu qemu-utils",
      );
      expect(existsSync(join(folder(), "log"))).to.equal(false);
    });
  }

  it("name what to install where there is no apt-get", async () => {
    const error = await failureOf(() => ensure(0));
    expect(error.message)
      .to.contain("Missing on this system: hw-qemu, hw-img.")
      .and.contain("(on Debian: qemu qemu-utils)");
  });

  it("give the end of apt's own words when it fails", async () => {
    fakeApt(`echo "E: Unable to locate package qemu" >&2; exit 100`);
    const error = await failureOf(() => ensure(0));
    expect(error.message).to.equal(
      "apt-get install failed (exit 100); packages wanted: qemu qemu-utils\nE: Unable to locate package qemu",
    );
  });

  it("are not taken for installed when their commands are still missing", async () => {
    fakeApt(":");
    const error = await failureOf(() => ensure(0));
    expect(error.message).to.contain("still missing").and.contain("hw-qemu (qemu), hw-img (qemu-utils)");
  });
});
