import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { readLastRun, saveLastRun } from "../../../cli/engine/lastRun";
import { labPaths } from "../../../cli/paths";
import { temporaryFolder } from "../support";

describe("the last run", () => {
  const folder = temporaryFolder();

  it("is remembered with its time", () => {
    const paths = labPaths("dev", folder());
    mkdirSync(paths.directory, { recursive: true });
    expect(readLastRun(paths)).to.equal(undefined);
    saveLastRun(paths, { command: "up", result: "failed", summary: { create: 2 } });
    const { at, ...rest } = readLastRun(paths)!;
    expect(rest).to.deep.equal({ command: "up", result: "failed", summary: { create: 2 } });
    expect(Math.abs(Date.parse(at) - Date.now())).to.be.below(60_000);
  });

  for (const text of [
    "",
    "{",
    "null",
    "7",
    "[]",
    "{}",
    '{"command":"up"}',
    '{"command":1,"at":"x","result":"failed"}',
  ]) {
    it(`is none where its file holds ${JSON.stringify(text)}`, () => {
      const paths = labPaths("dev", folder());
      mkdirSync(paths.directory, { recursive: true });
      writeFileSync(paths.lastRun, text);
      expect(readLastRun(paths)).to.equal(undefined);
    });
  }
});
