import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeSummary, EngineEvents, hasChanges } from "../../../cli/engine/engineEvents";
import { RecordedReport } from "../support";

/** Events of a real engine (3.259.0), one JSON a line. */
function recorded(name: string): EngineEvent[] {
  const text = readFileSync(join(__dirname, "recorded", `${name}.jsonl`), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EngineEvent);
}

function replay(name: string): { events: EngineEvents; report: RecordedReport } {
  const report = new RecordedReport();
  const events = new EngineEvents(report, () => 0);
  for (const event of recorded(name)) events.handle(event);
  return { events, report };
}

describe("engine events", () => {
  it("of a first up show each resource that takes time, and count them all", () => {
    const { events, report } = replay("create");
    expect(report.lines).to.deep.equal([
      "lab-kernel-node-0-script: creating",
      "0 done, 1 under way",
      "lab-kernel-node-0-script: created in 0.0 s",
      "lab-kernel-node-0-script.",
      "1 done, 0 under way",
    ]);
    expect(events.summary).to.deep.equal({ create: 3, update: 0, replace: 0, delete: 0, same: 0 });
    expect(events.errors).to.deep.equal([]);
  });

  it("show what a step says that it is doing, and nothing else of what it prints", () => {
    const report = new RecordedReport();
    const events = new EngineEvents(report, () => 0);
    const [start, ...rest] = recorded("create").slice(
      recorded("create").findIndex((event) => event.resourcePreEvent?.metadata.type === "command:local:Command"),
    );
    const { urn } = start!.resourcePreEvent!.metadata;
    const says = (message: string): EngineEvent => ({
      sequence: 0,
      timestamp: 0,
      diagnosticEvent: { urn, message, color: "raw", severity: "info", ephemeral: true },
    });
    for (const event of [
      start!,
      says("... installing runc<{%reset%}>\n"),
      says("E: no runc\n"),
      ...rest,
      says("... late"),
    ])
      events.handle(event);
    expect(report.lines.slice(0, 4)).to.deep.equal([
      "lab-kernel-node-0-script: creating",
      "0 done, 1 under way",
      "lab-kernel-node-0-script: installing runc",
      "lab-kernel-node-0-script: created in 0.0 s",
    ]);
    expect(report.lines.join()).to.not.contain("late");
  });

  it("of an up without changes say nothing", () => {
    const { events, report } = replay("same");
    expect(report.lines).to.deep.equal([]);
    expect(events.summary).to.deep.equal({ create: 0, update: 0, replace: 0, delete: 0, same: 3 });
  });

  it("of a failure give the resource once, with the end of what its host said", () => {
    const { events, report } = replay("failure");
    expect(events.errors).to.have.length(1);
    const [error] = events.errors;
    expect(error).to.deep.include({ resource: "lab-kernel-node-0-script", type: "command:local:Command" });
    expect(error?.message.split("\n")).to.deep.equal([
      "exit status 3:",
      "(...)",
      ...Array.from({ length: 9 }, (_, index) => `line ${index + 32} of the output`),
      "swapoff: /swapfile: cannot allocate",
    ]);
    expect(report.lines).to.include("lab-kernel-node-0-script: failed");
  });

  it("of a failure show all that the step itself says, however much of a service's log follows", () => {
    const events = new EngineEvents(new RecordedReport(), () => 0);
    const verdict = "hardway: 30-containerd: containerd does not start. Its last lines were:";
    for (const event of recorded("failure"))
      events.handle(JSON.parse(JSON.stringify(event).replaceAll("line 15 of the output", verdict)) as EngineEvent);
    const lines = events.errors[0]!.message.split("\n");
    expect(lines.slice(0, 4)).to.deep.equal(["exit status 3:", "(...)", verdict, "line 16 of the output"]);
    expect(lines.at(-1)).to.equal("swapoff: /swapfile: cannot allocate");
  });

  it("of a failure that a setting decides name the setting", () => {
    const events = new EngineEvents(new RecordedReport(), () => 0);
    const said = "creating EC2 Instance: RunInstances: InsufficientInstanceCapacity: no t3.small";
    for (const event of recorded("failure"))
      events.handle(JSON.parse(JSON.stringify(event).replaceAll("line 40 of the output", said)) as EngineEvent);
    expect(events.errors[0]!.message.split("\n").at(-1)).to.match(/^Run it again later.* hardway:instanceType /);
  });

  it("of a failing program give its message without a resource", () => {
    const { events } = replay("program");
    expect(events.errors).to.deep.equal([{ message: "config is bad\n  - key x" }]);
  });
});

describe("a summary", () => {
  const none = { create: 0, update: 0, replace: 0, delete: 0, same: 7 };
  it("is a short text", () => {
    expect(describeSummary({ ...none, create: 3, delete: 1 })).to.equal("3 created, 1 deleted");
    expect(describeSummary({ ...none, update: 2, replace: 1 })).to.equal("2 updated, 1 replaced");
    expect(describeSummary(none)).to.equal("nothing changed");
  });

  it("tells whether anything changes", () => {
    expect([none, { ...none, replace: 1 }].map(hasChanges)).to.deep.equal([false, true]);
  });
});
