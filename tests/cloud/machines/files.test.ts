import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { checkSocketPaths, labFiles, machineFiles, writeFileAtomically } from "../../../cloud/machines/files";
import { readLabState, writeLabState, type LabState } from "../../../cloud/machines/labState";

const state: LabState = {
  version: 1,
  index: 3,
  userKey: "ssh-ed25519 USER",
  machines: [
    {
      spec: { name: "node-0", address: "10.240.0.80", prefixLength: 24, memoryMiB: 1024, cores: 1, diskGiB: 10 },
      id: "0123456789ab4def8123456789abcdef",
      hostKey: "ssh-ed25519 HOST",
      base: { disk: "/d", kernel: "/k", initrd: "/i" },
    },
  ],
};

describe("a lab's files", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("refuse a folder whose sockets would have too long a path", () => {
    const used = machineFiles(labFiles("/"), "node-0").console.length;
    const fits = `/${"x".repeat(107 - used - 1)}`;
    checkSocketPaths(labFiles(fits), ["node-0"]);
    expect(Buffer.byteLength(machineFiles(labFiles(fits), "node-0").console)).to.equal(107);
    expect(() => checkSocketPaths(labFiles(`${fits}x`), ["node-0"])).to.throw(
      /may have 107 bytes; \/x+\/machines\/node-0\/console\.sock has 1 too many\. Use a shorter state directory/,
    );
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

  it("give the state back as it was written", async () => {
    const file = path.join(folder, "machines.json");
    expect(await readLabState(file)).to.be.undefined;
    await writeLabState(file, state);
    expect(await readLabState(file)).to.deep.equal(state);
  });

  it("are refused when they are not this version's", async () => {
    const file = path.join(folder, "machines.json");
    for (const [text, problem] of [
      ["{", "JSON"],
      [JSON.stringify({ ...state, version: 2 }), "version"],
      [JSON.stringify({ ...state, machines: [{ ...state.machines[0], id: 5 }] }), "machines[0].id"],
    ] as const) {
      await writeFileAtomically(file, text);
      const error = await readLabState(file).catch((reason: unknown) => String(reason));
      expect(error).to.contain(`${file} is not a lab's state of this version of hardway`).and.to.contain(problem);
    }
  });
});
