import { expect } from "chai";
import { madeMachines } from "../../../cli/engine/madeMachines";

const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({
  [signature]: "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const planned = [{ name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24" }];
const logins = { "node-0": { host: "127.77.0.80", port: 2222, user: "admin", privateKey: "KEY" } };
const hosts = (outputs?: Record<string, unknown>) => ({
  urn: "urn:pulumi:dev::hardway::hardway:index:HardWayLab$hardway:index:AwsHosts::lab",
  type: "hardway:index:AwsHosts",
  ...(outputs && { outputs }),
});

describe("the machines in a stack's state", () => {
  it("are known with their logins, though the stack has no outputs yet", () => {
    const stack = { urn: "urn:pulumi:dev::hardway::pulumi:pulumi:Stack::hardway-dev", type: "pulumi:pulumi:Stack" };
    const resources = [stack, hosts({ network: {}, planned, ssh: secret(logins) })];
    expect(madeMachines({ resources })).to.deep.equal({ hosts: planned, logins });
  });

  it("are none before all are made, and where earlier versions made them", () => {
    for (const resources of [[], [hosts()], [hosts({})], [hosts({ network: {} })]])
      expect(madeMachines({ resources })).to.equal(undefined);
  });
});
