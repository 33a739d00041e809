import { expect } from "chai";
import pc from "picocolors";
import { renderUp, type UpOutcome } from "../../../cli/commands/upText";
import { plan as clusterPlan } from "../verify/cluster/samples";
import { plan } from "../verify/samples";

const check = (ok: boolean) =>
  ({ host: "node-0", area: "kernel", check: "swap", expected: "off", observed: ok ? "off" : "on", ok }) as const;

const lines = (outcome: Partial<UpOutcome>) =>
  renderUp(
    { lab: "dev", changed: true, plan, verification: { checks: [check(true)] }, ...outcome },
    pc.createColors(false),
  ).split("\n");

describe("what up ends with", () => {
  it("is the verification, and what to do with the lab", () => {
    expect(lines({})).to.deep.equal([
      "node-0",
      "ok  kernel  swap  off",
      "1 check ok",
      'Lab "dev" is ready. What now:',
      "  ./hardway ssh node-0                     look around on a node",
      "  ./hardway ssh node-0 -- ip route         see its pod routes",
      "  ./hardway verify                         check everything again",
      "  ./hardway explain                        read why each step and setting is there, and how to do it by hand",
      "  ./hardway try                            break a setting on purpose, and see what depends on it",
      "  ./hardway follow node-0 node-1           see a packet's whole way from a pod: addresses, rules, routes",
      "  ./hardway --lab cluster up               build a Kubernetes cluster, in a lab of its own",
      '  eval "$(./hardway env)"; pulumi preview  work with Pulumi itself',
      "  ./hardway down                           remove the lab",
    ]);
  });

  it("names another lab in each command", () => {
    const commands = lines({ lab: "two" }).filter((line) => line.includes("./hardway"));
    expect(commands).to.have.length(8);
    for (const command of commands) expect(command).to.contain("./hardway --lab two ");
  });

  it("names kubectl where there is a cluster", () => {
    const [used] = lines({ lab: "two", plan: clusterPlan }).filter((line) => line.includes("kubectl"));
    expect(used?.trim()).to.match(/^\.\/hardway --lab two kubectl get nodes {2,}use the cluster$/);
  });

  it("offers nothing when a check failed", () => {
    expect(lines({ verification: { checks: [check(false)] } })).to.deep.equal([
      "node-0",
      "FAIL  kernel  swap  on",
      "FAIL node-0: kernel: swap",
      "  expected: off",
      "  observed: on",
      "1 of 1 check failed",
    ]);
  });

  it("says that nothing changed, after looking at the hosts", () => {
    expect(lines({ changed: false }).slice(-2)).to.deep.equal(["1 check ok", "Nothing changed."]);
  });

  it("says of an earlier verification when it was, and that the hosts were not looked at again", () => {
    const earlier = (checks: number) => ({ at: "2026-01-02T03:04:05Z", checks, of: "x" });
    expect(lines({ lab: "two", changed: false, verification: { earlier: earlier(143) } })).to.deep.equal([
      "Nothing changed.",
      'The hosts were not looked at again: 143 checks were ok at 2026-01-02T03:04:05Z; "./hardway --lab two verify" looks now.',
    ]);
    expect(lines({ changed: false, verification: { earlier: earlier(1) } })[1]).to.equal(
      'The hosts were not looked at again: 1 check was ok at 2026-01-02T03:04:05Z; "./hardway verify" looks now.',
    );
  });

  it("says that nothing was verified", () => {
    expect(lines({ verification: undefined })[0]).to.equal("Not verified (--skip-verify).");
    expect(lines({ changed: false, verification: undefined })).to.deep.equal([
      "Not verified (--skip-verify).",
      "Nothing changed.",
    ]);
  });
});
