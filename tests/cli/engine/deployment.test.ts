import { expect } from "chai";
import { machineUrns, revisionOf } from "../../../cli/engine/deployment";
import { failureOf } from "../support";

const machine = (Name: string) => ({
  urn: `urn:pulumi:dev::hardway::aws:ec2/instance:Instance::lab-${Name}`,
  type: "aws:ec2/instance:Instance",
  id: `i-${Name}`,
  inputs: { tags: { Name } },
  modified: "2026-11-21T12:00:00Z",
});
const resources = [machine("server"), machine("node-0")];

describe("a stack's state", () => {
  it("knows the machines by their nodes", async () => {
    expect(machineUrns({ resources }, ["node-0"])).to.deep.equal([machine("node-0").urn]);
    const error = await failureOf(() => machineUrns({ resources }, ["node-0", "node-7"]));
    expect(error).to.have.property("exitCode", 64);
    expect(error.message).to.equal(
      'No machine was made for "node-7", so none can be replaced; there are server, node-0.',
    );
    expect((await failureOf(() => machineUrns({}, ["node-0"]))).message).to.contain("there are none");
  });

  it("has another revision for each change of a resource, and none for a change of a plugin", () => {
    const revision = revisionOf({ resources });
    expect(revisionOf({ resources: [...resources].reverse() })).to.equal(revision);
    const provider = { urn: "urn:p", type: "pulumi:providers:aws", id: "1", modified: "2026-11-21T12:00:00Z" };
    expect(revisionOf({ resources: [...resources, provider] })).to.equal(revision);
    const changed = { ...machine("node-0"), modified: "2026-11-21T12:00:01Z" };
    for (const others of [
      [resources[0]!],
      [resources[0]!, changed],
      [resources[0]!, { ...machine("node-0"), id: "i-2" }],
    ])
      expect(revisionOf({ resources: others })).not.to.equal(revision);
  });
});
