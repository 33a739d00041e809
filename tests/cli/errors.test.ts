import { expect } from "chai";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder, writeWhole } from "../../cli/files";
import { describeError, InterruptedError, UserError } from "../../cli/errors";
import { ConfigError } from "../../components/config/problems";

describe("errors", () => {
  it("of the user are one message with an exit code of their own", () => {
    expect(describeError(new UserError("disk full"))).to.deep.equal({ text: "disk full", exitCode: 1 });
    expect(describeError(new UserError("no go", 69))).to.deep.equal({ text: "no go", exitCode: 69 });
    expect(describeError(new InterruptedError())).to.deep.equal({ text: "Interrupted.", exitCode: 130 });
  });

  it("of the configuration are shown whole", () => {
    const error = new ConfigError([{ key: "hardway:workers", rule: "must be at least 1", got: 0 }]);
    expect(describeError(error)).to.deep.equal({ text: error.message, exitCode: 78 });
  });

  it("of the file system are one sentence that names the place", () => {
    const folder = mkdtempSync(join(tmpdir(), "hw-"));
    const said = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        return describeError(error);
      }
      throw new Error("nothing was wrong");
    };
    const place = (name: string) => join(folder, name);
    try {
      writeFileSync(place("file"), "");
      symlinkSync(place("nowhere"), place("link"));
      mkdirSync(place("folder/in"), { recursive: true });
      expect(said(() => makeFolder(place("file/labs")))).to.deep.equal({
        text: `Cannot make the folder ${place("file")} (EEXIST): something else is there under that name. Remove it, or choose another folder, then run this again.`,
        exitCode: 1,
      });
      expect(said(() => makeFolder(place("link/labs"))).text).to.contain(
        `Cannot make the folder ${place("link")} (EEXIST)`,
      );
      expect(said(() => writeWhole(place("folder"), "x")).text).to.equal(
        `Cannot write ${place("folder")} (EISDIR): a folder is there. Remove it, then run this again.`,
      );
      expect(said(() => readFileSync(place("file/x"))).text).to.contain(`Cannot open ${place("file/x")} (ENOTDIR)`);
      expect(said(() => writeFileSync("/dev/full", "x")).text).to.equal(
        "Cannot write (ENOSPC): no space is left there. Free some, then run this again.",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of a file system that has no such folders end", () => {
    expect(() => makeFolder("/proc/hardway/labs")).to.throw("/proc/hardway");
  });

  it("of any other kind are bugs and bring their stack", () => {
    const { text, exitCode } = describeError(new TypeError("x is not a function"));
    expect(exitCode).to.equal(70);
    expect(text).to.contain("bug in hardway").and.contain("TypeError: x is not a function\n    at ");
  });
});
