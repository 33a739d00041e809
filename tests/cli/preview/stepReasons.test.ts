import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Inputs, PlannedChange } from "../../../cli/engine/plannedChanges";
import { diffStep } from "../../../cli/preview/stepDiff";
import { stepReasons } from "../../../cli/preview/stepReasons";
import { nameOfValue } from "../../../cli/preview/valueWords";
import { readStepText } from "../../../components/remote/stepText";
import { readScript, renderScript } from "../../../components/remote/scriptText";

const script = readScript("20-kernel-prep");
const values = { SWAP: "off", MODULES: "overlay br_netfilter", TEXT: "it's\n\\ two! lines\n" };
const run = { timeoutSeconds: 300, asRoot: true };
const text = (change: Record<string, string> = {}, more = {}) =>
  renderScript(script, { ...run, variables: { ...values, ...change }, ...more });
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function update(old: Inputs, next: Inputs, changed: string[] = ["create"]): PlannedChange {
  const type = "command:remote:Command";
  return { urn: "urn", name: "lab-kernel-node-0", type, operation: "update", old, new: next, changed, replacing: [] };
}

describe("why a step runs", () => {
  it("is read from the text that the host is sent, whose values and script come out as they went in", () => {
    expect(readStepText(text({}, { runAgain: 2 }))).to.deep.equal({
      ...{ script: "20-kernel-prep", runAgain: 2, timeoutSeconds: 300, text: script.text },
      values: { STEP: "20-kernel-prep", ...values },
    });
    for (const other of [unknown, "[secret]", "uname -a", undefined]) expect(readStepText(other)).to.equal(undefined);
  });

  const cases: [string, Inputs, Inputs, string[]][] = [
    ["one value", { create: text() }, { create: text({ SWAP: "keep" }) }, ["values changed: swap off -> keep"]],
    [
      "a list and a text",
      { create: text() },
      { create: text({ MODULES: "overlay ip_vs", TEXT: "x\n" }) },
      ["values changed: modules + ip_vs, - br_netfilter; TEXT"],
    ],
    [
      "handlers that are others or elsewhere",
      { create: text({ HANDLERS: "runc - /usr/bin/runc -\ncrun - crun -", PLUGINS: "bridge portmap" }) },
      { create: text({ HANDLERS: "runc - /opt/runc -\ncrun - crun -", PLUGINS: "portmap bridge" }) },
      ["values changed: handlers changed; plugins in another order"],
    ],
    [
      "the script alone",
      { create: text() },
      { create: renderScript({ ...script, text: "true" }, { ...run, variables: values }) },
      ["script changed"],
    ],
    [
      "another script, whose values are others and whose undo is another",
      { create: text(), delete: "one" },
      { create: renderScript(readScript("31-crio"), { ...run, variables: { SOCKET: "x" } }), delete: "two" },
      ["script 20-kernel-prep -> 31-crio"],
    ],
    ["a request", { create: text() }, { create: text({}, { runAgain: 1 }) }, ["asked to run again"]],
    ["time", { create: text() }, { create: text({}, { timeoutSeconds: 9 }) }, ["time limit 300 s -> 9 s"]],
    ["what is not known", { create: text() }, { create: unknown }, ["values that are known later"]],
    ["what is secret", { create: text() }, { create: "[secret]" }, ["values that are secret changed"]],
  ];
  for (const [what, old, next, reasons] of cases)
    it(`names ${what}`, () => expect(stepReasons(update(old, next), false)).to.deep.equal(reasons));

  it("has words for every value that a script is sent", () => {
    const folder = path.join(__dirname, "../../golden/scripts");
    const sent = readdirSync(folder).flatMap((file) => [
      ...readFileSync(path.join(folder, file), "utf8").matchAll(/^ {2}([A-Z][A-Z0-9_]*)=/gm),
    ]);
    const names = new Set(sent.map(([, name]) => name ?? "").filter((name) => !/^(STEP|FILE_\d+)$/.test(name)));
    expect(names.size).to.be.greaterThan(40);
    expect([...names].filter((name) => nameOfValue(name, {}) === name)).to.deep.equal([]);
  });

  it("names secrets and logins that changed, which look alike before and after", () => {
    const same = { create: text(), stdin: "[secret]", connection: "[secret]" };
    expect(stepReasons(update(same, same, ["stdin"]), false)).to.deep.equal(["secrets changed"]);
    const reached = ["how the host is reached changed"];
    expect(stepReasons(update(same, same, ["connection.host"]), false)).to.deep.equal(reached);
    expect(stepReasons(update(same, same, ["connection.host"]), true)).to.deep.equal(["its machine is replaced"]);
  });

  it("is shown line by line, with short values in one text", () => {
    const change = { SWAP: "keep", TEXT: "it's\nthree\n" };
    expect(diffStep(update({ create: text() }, { create: text(change) }))).to.deep.equal([
      { name: "values", lines: ["@@ -2,1 +2,1 @@", "-SWAP=off", "+SWAP=keep"] },
      { name: "TEXT", lines: ["@@ -1,2 +1,2 @@", " it's", "-\\ two! lines", "+three"] },
    ]);
    expect(diffStep(update({ create: text() }, { create: unknown }))).to.deep.equal([]);
  });
});
