import { expect } from "chai";
import pc from "picocolors";
import { PlainRenderer } from "../../../cli/progress/plain";
import { LiveRenderer } from "../../../cli/progress/live";
import { formatSeconds, oneLine, Progress } from "../../../cli/progress/progress";
import { failureOf } from "../support";

/** A clock in milliseconds that the test moves. */
class Clock {
  ms = 0;
  readonly now = (): number => this.ms;
}

describe("plain progress", () => {
  it("is one line for each thing that happens", async () => {
    const clock = new Clock();
    let output = "";
    const progress = new Progress(new PlainRenderer((text) => (output += text), clock.now), clock.now);
    await progress.phase("Tools", (report) => report.result("Pulumi 3.259.0 (cache)"));
    await progress.phase("Machines", (report) => {
      report.text("building the base disk");
      report.part("server", "booting");
      report.part("node-0", "booting");
      // The same again says nothing new.
      report.part("server", "booting");
      clock.ms += 36_000;
      report.part("server", "answers on SSH");
      report.partDone("server");
    });
    progress.note("a remark");
    const error = await failureOf(() =>
      progress.phase("Stack", () => {
        clock.ms += 125_000;
        throw new Error("broken");
      }),
    );
    progress.close();
    expect(error.message).to.equal("broken");
    expect(output).to.equal(
      [
        "Tools ...",
        "Tools: Pulumi 3.259.0 (cache) (0.0 s)",
        "Machines ...",
        "  building the base disk",
        "  server: booting",
        "  node-0: booting",
        "  server: answers on SSH",
        "Machines: done (36 s)",
        "a remark",
        "Stack ...",
        "Stack: FAILED (2 min 05 s)",
        "",
      ].join("\n"),
    );
  });

  it("shows a counter every 15 seconds at most", async () => {
    const clock = new Clock();
    const lines: string[] = [];
    const progress = new Progress(new PlainRenderer((text) => lines.push(text), clock.now), clock.now);
    await progress.phase("Tools", (report) => {
      for (let second = 0; second <= 40; second++) {
        report.counter(`${second} packages`);
        clock.ms += 1000;
      }
    });
    expect(lines.slice(1, -1)).to.deep.equal(["  0 packages\n", "  15 packages\n", "  30 packages\n"]);
  });

  it("is bounded and free of control characters", async () => {
    let output = "";
    const progress = new Progress(new PlainRenderer((text) => (output += text)));
    await progress.phase("Stack", (report) => {
      for (let line = 0; line < 1000; line++) report.text(`\u001b[31mline\u001b[0m\r\u0007 ${line}\nx`);
    });
    const lines = output.trimEnd().split("\n");
    expect(lines).to.have.length(203);
    expect(lines[1]).to.equal("  line 0 x");
    expect(lines[201]).to.equal("  (more lines of this phase are left out)");
    expect(/[^\n\P{Cc}]/u.test(output)).to.equal(false);
  });
});

describe("live progress", () => {
  /** A terminal of 40 columns that keeps what is written. */
  function terminal(): { stream: ConstructorParameters<typeof LiveRenderer>[0]; written: () => string } {
    let output = "";
    const stream = {
      columns: 40,
      rows: 8,
      isTTY: true,
      write: (text: string) => ((output += text), true),
      on: () => undefined,
    };
    return { stream: stream as never, written: () => output };
  }

  it("draws the running phase with its parts, never wider than the terminal, and one line when it is done", async () => {
    const clock = new Clock();
    const { stream, written } = terminal();
    const renderer = new LiveRenderer(stream, pc.createColors(false), clock.now);
    const frames: string[] = [];
    const progress = new Progress(renderer, clock.now);
    await progress.phase("Machines", (report) => {
      for (let node = 0; node < 9; node++) report.part(`node-${node}`, `booting ${"x".repeat(60)}`);
      report.part("node-3", "answers");
      clock.ms += 4200;
      // A remark redraws at once; otherwise the timer does.
      progress.note("remark");
      frames.push(written());
    });
    progress.close();
    const frame = frames[0]?.slice(frames[0].lastIndexOf("remark\n") + "remark\n".length) ?? "";
    const lines = frame.split("\n").map((line) => oneLine(line));
    expect(lines.filter((line) => line !== "")).to.deep.equal([
      "..  Machines 4.2 s",
      "node-0  4.2 s  booting xxxxxxxxxx",
      "node-1  4.2 s  booting xxxxxxxxxx",
      "node-2  4.2 s  booting xxxxxxxxxx",
      "node-3  4.2 s  answers",
      "and 5 more",
    ]);
    expect(written()).to.contain("ok  Machines 4.2 s\n");
  });
});

describe("progress texts", () => {
  it("format durations", () => {
    expect([0, 4.24, 9.96, 59.6, 119.4, 119.6, 3605].map(formatSeconds)).to.deep.equal([
      "0.0 s",
      "4.2 s",
      "10 s",
      "60 s",
      "119 s",
      "2 min 00 s",
      "60 min 05 s",
    ]);
  });
});
