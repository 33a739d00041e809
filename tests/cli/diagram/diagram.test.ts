import { expect } from "chai";
import { literal } from "../../../components/literal";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { renderMermaid } from "../../../cli/diagram/mermaid";
import { offlinePlan } from "../../../cli/diagram/offlinePlan";
import { renderSvg } from "../../../cli/diagram/svg";
import { parseConfig } from "../../../components/config/parse";
import { renderDiagramText } from "../../../components/diagramText";
import { expectGolden } from "../../support/golden";

const plan = (values: Record<string, unknown>) => offlinePlan(parseConfig(values, { directory: "/" }));
const ssh = { host: "192.0.2.1", user: "admin", password: "canary", hostKey: generateKeyPair("test").publicKey };
const host = (name: string, role: string, address: string) => ({ name, role, address, ssh });
const labs = {
  default: { target: "aws", adminCidrs: ["192.0.2.0/24"] },
  "two-zones": { target: "aws", zones: 2, masquerade: "outsideCluster" },
  hosts: {
    target: "hosts",
    hosts: [
      host("server", "controller", "10.240.0.10"),
      host("node-0", "worker", "10.240.0.80"),
      host("node-1", "worker", "10.240.0.81"),
    ],
  },
};

describe("the diagram of a lab", () => {
  for (const [name, values] of Object.entries(labs))
    for (const [format, render] of Object.entries({ txt: renderDiagramText, mmd: renderMermaid, svg: renderSvg }))
      it(`of ${name} as ${format}`, () => {
        const text = render(plan(values));
        // An SSH login has no place in it.
        expect(text).not.to.contain("canary");
        expectGolden(`diagram/${name}.${format}`, `${text}\n`);
      });

  it("has each route of each host once, and its mirror, for 50 workers too", () => {
    const large = plan({ target: "aws", workers: 50, zones: 3 });
    const [text, svg, mermaid] = [renderDiagramText, renderSvg, renderMermaid].map((render) => render(large));
    for (const { destination, node, nextHop } of large.routes) {
      expect(text).to.match(new RegExp(`${literal(destination)} +via ${literal(nextHop)} +to`));
      expect(text).to.contain(`-> interface of ${node}`);
      expect(svg).to.contain(`${destination} via ${nextHop}`);
      expect(mermaid).to.contain(`${destination} via ${nextHop} (${node})`);
    }
    const arrows = mermaid?.match(/ -->|-\. /g) ?? [];
    expect(arrows.length).to.be.below(500);
  });

  it("says of a VPC that is there already what is known later", () => {
    const subnetIds = ["subnet-00000001", "subnet-00000002"];
    const routeTableIds = ["rtb-00000001"];
    const text = renderDiagramText(plan({ target: "aws", vpcId: "vpc-00000001", subnetIds, routeTableIds }));
    expect(text).to.contain("VPC vpc-00000001 (there already)").and.contain("via the subnet's router");
    expect(text).to.contain("(known later)").and.not.to.contain("internet gateway");
  });
});
