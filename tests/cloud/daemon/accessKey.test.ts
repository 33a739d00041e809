import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ensureAccessKey, readAccessKey } from "../../../cloud/daemon/accessKey";

describe("the embedded EC2's access key", () => {
  let folder: string;
  let file: string;
  let lines: string[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hardway-key-"));
    file = path.join(folder, "access-key.json");
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const ensure = () => ensureAccessKey(file, (line) => lines.push(line));

  it("is made at random, for its owner only, and kept; no log has it", async () => {
    const key = await ensure();
    expect(key.accessKeyId).to.match(/^HARDWAY[A-Z2-7]{16}$/);
    expect(key.secretAccessKey).to.match(/^[A-Za-z0-9+/]{40}$/);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(await ensure()).to.deep.equal(key);
    expect(await readAccessKey(file)).to.deep.equal(key);
    expect(readdirSync(folder)).to.deep.equal(["access-key.json"]);
    expect(lines).to.deep.equal([`a new access key is in ${file}`]);
    rmSync(file);
    const other = await ensure();
    expect(other.accessKeyId).not.to.equal(key.accessKeyId);
    expect(other.secretAccessKey).not.to.equal(key.secretAccessKey);
  });

  it("is made anew where its file is cut off or says something else", async () => {
    const key = await ensure();
    const whole = readFileSync(file, "utf8");
    const weak = JSON.stringify({ accessKeyId: key.accessKeyId, secretAccessKey: "" });
    for (const content of ["", whole.slice(0, -10), "null", "[]", "{}", weak, whole.replace("HARDWAY", "AKIA")]) {
      writeFileSync(file, content);
      expect(await readAccessKey(file), content).to.equal(undefined);
      expect((await ensure()).secretAccessKey, content).not.to.equal(key.secretAccessKey);
      expect(await readAccessKey(file)).not.to.equal(undefined);
    }
  });

  it("is an error with the file's name where it cannot be written", async () => {
    mkdirSync(file);
    const error = await ensure().catch((reason: unknown) => reason as Error);
    expect(error).to.be.instanceOf(Error).and.have.property("message").that.contains(file);
  });
});
