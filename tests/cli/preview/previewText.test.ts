import { expect } from "chai";
import pc from "picocolors";
import type { PlannedChange, PlannedOperation } from "../../../cli/engine/plannedChanges";
import { previewLab } from "../../../cli/preview/labPreview";
import { renderPreview } from "../../../cli/preview/previewText";
import type { PolicyVerdict } from "../../../cli/engine/policyFindings";

const none = { create: 0, update: 0, replace: 0, delete: 0, same: 9 };

function change(type: string, name: string, operation: PlannedOperation): PlannedChange {
  return { urn: "urn", type, name, operation, changed: [], replacing: [] };
}

/** The lines that are printed of these changes. */
function lines(changes: PlannedChange[], summary = { ...none, update: 2 }, policies?: PolicyVerdict): string[] {
  const preview = previewLab({ summary, changes, components: [], outputs: {}, policies });
  return renderPreview({ lab: "two", summary, preview, diff: false }, pc.createColors(false)).split("\n");
}

describe("what a preview says first", () => {
  it("counts things of the reader's, one or several, each kind in its words", () => {
    const changes = [
      change("aws:ec2/route:Route", "a", "create"),
      change("command:local:Command", "lab-a-host-key", "create"),
      change("command:remote:Command", "lab-kernel-a", "create"),
      change("random:index:Pet", "a", "create"),
      change("aws:ec2/instance:Instance", "lab-a", "replace"),
      ...["b", "c"].map((name) => change("aws:ec2/instance:Instance", `lab-${name}`, "delete")),
      change("aws:ec2/route:Route", "b", "delete"),
      change("aws:ec2/vpc:Vpc", "lab", "same"),
    ];
    expect(lines(changes).slice(0, 5)).to.deep.equal([
      'Preview of lab "two"',
      "  +  create          1 cloud resource, 1 SSH key, 1 step on hosts, 1 other resource",
      "  +- replace         1 machine",
      "  -  delete          2 machines, 1 other cloud resource",
      "",
    ]);
  });

  it("says of components alone that nothing is done to what a reader knows", () => {
    const head = 'Preview of lab "two": nothing to change';
    expect(lines([], none)).to.deep.equal([`${head}.`]);
    expect(lines([])).to.deep.equal([`${head}; the state alone notes other arguments or outputs of components.`]);
  });

  it("has the rules where nothing changes, too", () => {
    const checked = ["swap-off"];
    expect(lines([], none, { checked, findings: [] }).at(-1)).to.equal("Policies: 1 rule checked, all hold.");
    const found = { reason: "Why.", found: "It is.", remedy: "Do." };
    const broken = {
      rule: "swap-off",
      level: "advisory",
      name: "lab",
      type: "hardway:index:LabNetwork",
      ...found,
    } as const;
    expect(lines([], none, { checked, findings: [broken] }).slice(2)).to.deep.equal([
      "Policies: 1 rule checked; 1 advisory rule is broken.",
      "  swap-off (advisory)",
      "      It is.",
      "        in LabNetwork lab",
      "      why: Why.",
      "      what to do: Do.",
    ]);
  });
});
