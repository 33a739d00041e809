import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { KeptBases, type BaseFiles } from "../../../cloud/images/keptBases";

describe("kept base disks", () => {
  let folder: string;
  let elsewhere: string;
  const base = (of = folder): BaseFiles => ({
    disk: path.join(of, "disk.raw"),
    kernel: path.join(of, "kernel"),
    initrd: path.join(of, "initrd"),
  });
  const kept = (): string => path.join(folder, "bases");

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    // Another file system than the temporary folder's, to which there are no links.
    elsewhere = mkdtempSync("/dev/shm/hardway-test-");
    for (const of of [folder, elsewhere]) {
      for (const [name, file] of Object.entries(base(of))) writeFileSync(file, `${name} `.padEnd(1024, "."));
      writeFileSync(base(of).disk, Buffer.concat([Buffer.alloc(1024), randomBytes(1024), Buffer.alloc(1 << 20)]));
      chmodSync(base(of).disk, 0o444);
    }
  });

  afterEach(() => {
    for (const of of [folder, elsewhere]) rmSync(of, { recursive: true });
  });

  it("are links, which cost nothing and stay when the cache goes", async () => {
    const bases = new KeptBases(kept());
    const content = await bases.keep(base());
    const found = (await bases.find(content))!;
    expect(found).to.deep.equal(base(path.join(kept(), content)));
    for (const name of ["disk", "kernel", "initrd"] as const)
      expect(statSync(found[name]).ino, name).to.equal(statSync(base()[name]).ino);
    for (const file of Object.values(base())) rmSync(file);
    expect(await bases.find(content)).to.deep.equal(found);
  });

  it("are copies where the cache is on another file system", async () => {
    expect(statSync(elsewhere).dev).not.to.equal(statSync(folder).dev);
    const bases = new KeptBases(kept());
    const found = (await bases.find(await bases.keep(base(elsewhere))))!;
    for (const name of ["disk", "kernel", "initrd"] as const)
      expect(readFileSync(found[name]).equals(readFileSync(base(elsewhere)[name])), name).to.equal(true);
    expect(statSync(found.disk).blocks, "holes stay").to.be.below(64);
  });

  it("are one for one content, and go when nothing needs them", async () => {
    const bases = new KeptBases(kept());
    const [one, again] = await Promise.all([bases.keep(base()), bases.keep(base())]);
    expect(again).to.equal(one);
    const other = await bases.keep(base(elsewhere));
    expect(readdirSync(kept())).to.have.members([one, other]);
    await bases.keepOnly(new Set([other]));
    expect(readdirSync(kept())).to.deep.equal([other]);
    await bases.keepOnly(new Set());
    expect(existsSync(kept())).to.equal(true);
    expect(readdirSync(kept())).to.deep.equal([]);
  });

  it("stay where they are when somebody else keeps the same one at that moment", async () => {
    for (let round = 0; round < 100; round += 1) {
      const directory = path.join(folder, `bases-${round}`);
      const keep = async (): Promise<boolean> => {
        const bases = new KeptBases(directory);
        return (await bases.find(await bases.keep(base()))) !== undefined;
      };
      expect(await Promise.all([keep(), keep()]), `round ${round}`).to.deep.equal([true, true]);
    }
  });

  it("are not found where a file is missing, or the disk was written to", async () => {
    const bases = new KeptBases(kept());
    const content = await bases.keep(base());
    const { kernel, disk } = (await bases.find(content))!;
    rmSync(kernel);
    expect(await bases.find(content)).to.be.undefined;
    await bases.keep(base());
    expect(await bases.find(content)).not.to.be.undefined;
    chmodSync(disk, 0o644);
    writeFileSync(disk, "x", { flag: "a" });
    expect(await bases.find(content)).to.be.undefined;
  });
});
