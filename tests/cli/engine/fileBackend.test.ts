import { expect } from "chai";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pruneBackups } from "../../../cli/engine/fileBackend";
import { temporaryFolder } from "../support";

describe("backups of the file backend", () => {
  const folder = temporaryFolder();
  const place = (stack: string) => join(folder(), ".pulumi/backups/hardway", stack);
  const put = (stack: string, ...names: string[]) => {
    mkdirSync(place(stack), { recursive: true });
    for (const name of names) writeFileSync(join(place(stack), name), "");
  };

  it("go but for the newest ten, by the time in their names, compressed or not", () => {
    const times = [5, 40, 300, 2000, 10000, 10001, 10002, 10003, 10004, 10005, 10006, 10007];
    put("dev", ...times.map((time) => `dev.${time}.json${time % 2 ? "" : ".zst"}`));
    pruneBackups(folder(), "hardway", "dev");
    const left = readdirSync(place("dev")).map((name) => Number(name.split(".")[1]));
    expect(left).to.have.members(times.slice(2));
  });

  it("of another stack, and what is no backup, stay", () => {
    const many = Array.from({ length: 12 }, (_, index) => index + 100);
    const foreign = ["notes.txt", "dev.json", "dev.1.json.bak.old", "dev2.1.json", "devx1.json"];
    put("dev", ...many.map((time) => `dev.${time}.json`), ...foreign);
    put("other", ...many.map((time) => `other.${time}.json`));
    pruneBackups(folder(), "hardway", "dev");
    expect(readdirSync(place("dev")))
      .to.include.members(foreign)
      .and.to.have.length(10 + foreign.length);
    expect(readdirSync(place("other"))).to.have.length(12);
  });

  it("need not be there", () => {
    expect(() => pruneBackups(folder(), "hardway", "dev")).not.to.throw();
  });
});
