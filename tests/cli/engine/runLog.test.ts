import { expect } from "chai";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunLog } from "../../../cli/engine/runLog";
import { temporaryFolder } from "../support";

describe("a log that cannot be written", () => {
  it("is cut off and says so, and whoever writes goes on", () => {
    const folder = mkdtempSync(join(tmpdir(), "hw-"));
    try {
      const log = new RunLog(folder, "up");
      rmSync(log.file);
      symlinkSync("/dev/full", log.file);
      log.write("one");
      log.write("two");
      expect(log.described).to.match(/^\S+-up\.log \(cut off: ENOSPC: no space left on device, write\)$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("run logs", () => {
  const folder = temporaryFolder();

  it("are the user's own, and the last ten are kept", () => {
    const logs = Array.from(
      { length: 12 },
      (_, minute) => new RunLog(join(folder(), "logs"), "up", new Date(Date.UTC(2026, 0, 1, 0, minute))),
    );
    logs[11]?.write("one\n");
    logs[11]?.write("two\n");
    const names = readdirSync(join(folder(), "logs"));
    expect(names).to.have.length(10);
    expect(names[0]).to.equal("2026-01-01T00-02-00.000Z-up.log");
    const last = logs[11]?.file ?? "";
    expect(readFileSync(last, "utf8")).to.equal("one\ntwo\n");
    expect(statSync(last).mode & 0o777).to.equal(0o600);
  });
});
