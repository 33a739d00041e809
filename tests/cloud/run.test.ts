import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { processIdentity } from "../../cloud/processIdentity";
import { run, RunError, type RunOptions } from "../../cloud/run";
import { until } from "./fabric/fakeMachine";

describe("run", () => {
  const sh = (script: string, options: Partial<RunOptions> = {}): Promise<string> =>
    run("sh", ["-c", script], { timeoutMs: 5_000, ...options });
  const failure = (promise: Promise<unknown>): Promise<RunError> =>
    promise.then(
      () => expect.fail("did not fail"),
      (error: RunError) => error,
    );

  it("gives standard output, takes input, and shows everything as it comes", async () => {
    const chunks: string[] = [];
    expect(await sh("cat; echo note >&2", { input: "in", onOutput: (chunk) => chunks.push(chunk) })).to.equal("in");
    expect(chunks.join("").replace("in", "")).to.equal("note\n");
    expect(await sh("pwd; echo $EXTRA", { cwd: "/", env: { EXTRA: "x" } })).to.equal("/\nx\n");
  });

  it("ends a failure's message with the command's last words", async () => {
    const error = await failure(sh("seq 20; echo no space >&2; exit 3"));
    expect(error.exitCode).to.equal(3);
    expect(error.message).to.match(/^sh failed: exit status 3\n(\d+\n){14}no space$/);
    expect((await failure(run("no-such-command", [], { timeoutMs: 1_000 }))).message).to.equal(
      "no-such-command failed: it is not installed",
    );
    expect((await failure(run(__filename, [], { timeoutMs: 1_000 }))).message).to.equal(
      `${__filename} failed: it is not installed, or this user may not execute it`,
    );
    expect((await failure(sh("kill -9 $$"))).message).to.equal("sh failed: it was ended by SIGKILL");
  });

  it("ends the whole group when the time is over or the caller loses interest", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "hardway-test-"));
    try {
      // The inner shell keeps the output open, as mmdebstrap's helpers do.
      const script = `sh -c 'echo $$ >${folder}/inner; sleep 60' & wait`;
      const late = await failure(sh(script, { timeoutMs: 300 }));
      expect([late.timedOut, late.message]).to.deep.equal([true, "sh failed: it took longer than 0.3 s"]);
      const inner = Number(readFileSync(path.join(folder, "inner"), "utf8").trim());
      // A process closes its files, for which run waits, a moment before it has ended.
      await until(() => processIdentity(inner) === undefined, "the inner shell's end");

      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      const error = await failure(sh(script, { signal: controller.signal }));
      expect([error.timedOut, error.message]).to.deep.equal([false, "sh failed: it was interrupted"]);
      expect((await failure(sh("echo never", { signal: controller.signal }))).message).to.equal(
        "sh failed: it was interrupted",
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
