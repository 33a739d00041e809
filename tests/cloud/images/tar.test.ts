import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { tar, type TarEntry } from "../../../cloud/images/tar";

const entries: TarEntry[] = [
  { kind: "directory", path: "etc", mode: 0o755 },
  { kind: "file", path: "etc/secret", mode: 0o440, content: Buffer.from("a".repeat(513)) },
  { kind: "file", path: "empty", mode: 0o644, content: Buffer.alloc(0) },
  { kind: "symlink", path: "etc/link", target: "secret" },
];

describe("tar", () => {
  it("writes what the system's tar reads", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    try {
      const archive = path.join(folder, "a.tar");
      writeFileSync(archive, tar(entries));
      const listing = execFileSync("tar", ["-tvf", archive, "--numeric-owner", "--utc"], { encoding: "utf8" });
      expect(
        listing
          .trim()
          .split("\n")
          .map((line) => line.replace(/ +/g, " ")),
      ).to.deep.equal([
        "drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/",
        "-r--r----- 0/0 513 1970-01-01 00:00 etc/secret",
        "-rw-r--r-- 0/0 0 1970-01-01 00:00 empty",
        "lrwxrwxrwx 0/0 0 1970-01-01 00:00 etc/link -> secret",
      ]);
      execFileSync("tar", ["-xf", archive, "-C", folder]);
      expect(readFileSync(path.join(folder, "etc/secret"), "utf8")).to.equal("a".repeat(513));
      expect(statSync(path.join(folder, "etc/secret")).mode & 0o777).to.equal(0o440);
      expect(readlinkSync(path.join(folder, "etc/link"))).to.equal("secret");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("gives the same bytes for the same entries", () => {
    expect(tar(entries).equals(tar(entries))).to.be.true;
    expect(tar(entries).length % 512).to.equal(0);
  });

  it("refuses a name that its field cannot hold", () => {
    const path = "x".repeat(101);
    expect(() => tar([{ kind: "file", path, mode: 0o644, content: Buffer.alloc(0) }])).to.throw("up to 100 bytes");
  });
});
