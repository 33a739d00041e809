import { expect } from "chai";
import { createHash } from "node:crypto";
import { renderReport, type LabReport } from "../../../cli/report/labReport";
import { Observed } from "../../../cli/report/observed";
import { palettes } from "../../../cli/report/style";
import { renderScript } from "../../../components/remote/scriptText";
import { contrast } from "../../support/contrast";
import { expectGolden } from "../../support/golden";
import { plan } from "../verify/samples";
import { broken, checksOf, plannedLab, reportOf, scriptsOf, sentTo } from "./simulatedReport";

const attack = `<script>alert("1")</script> & more`;

/** The text of the table's row that begins with this head. */
function row(page: string, head: string): string {
  const [, cells = ""] = new RegExp(`<tr><th scope="row">${head}</th>(.*?)</tr>`, "s").exec(page) ?? [];
  return cells
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function withChecks(lab: LabReport["plan"], checks: LabReport["verification"]["checks"]): string {
  return renderReport(reportOf(lab, { verification: { at: "2026-11-21T12:00:00.000Z", checks } }));
}

describe("the report of a lab", () => {
  const lab = plannedLab(3);
  const run = { timeoutSeconds: 60, asRoot: true };
  const sent = (host: string, value: string) => ({
    ...({ host, step: "kernel", script: "20-kernel-prep", secrets: false } as const),
    text: renderScript({ name: "20-kernel-prep", text: "echo <&0" }, { ...run, variables: { MODULES: value } }),
    undo: renderScript({ name: "20-kernel-prep.undo", text: "echo undone" }, { ...run, variables: {} }),
  });

  it("is one page, the same for the same data", () => {
    const checks = broken(checksOf(plan), "route to 10.200.1.2 ", attack);
    const scripts = [sent("node-0", "overlay"), sent("node-1", "overlay\nip_vs")];
    const page = renderReport(reportOf(plan, { scripts, verification: { at: "2026-11-21T12:00:00.000Z", checks } }));
    expect(page).not.to.contain("<script").and.not.to.contain('alert("1")');
    expectGolden("report/small.html", page);
  });

  it("fetches nothing, runs nothing, and has the style sheet that its policy names", () => {
    const page = renderReport(reportOf(lab));
    const [, style = ""] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page).to.contain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(style).not.to.match(/url\(|@import/);
    expect(page).not.to.match(/<(script|link|img|iframe|object|embed|form|svg)\b|\son\w+=|\sstyle=/);
    expect(
      [...page.matchAll(/\s(?:href|src|action)="([^"]*)"/g)].filter(([, to]) => !to!.startsWith("#")),
    ).to.have.length(0);
  });

  it("leads to parts of the page that are there, each once", () => {
    const page = renderReport(reportOf(lab));
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const targets = [...page.matchAll(/\shref="#([^"]*)"/g)].map(([, id]) => id);
    expect(targets).to.include("checks-vpc").and.include("checks-node-1");
    expect(targets.filter((id) => !ids.includes(id))).to.deep.equal([]);
  });

  for (const [name, of] of [
    ["in a VPC", lab],
    ["of one's own hosts", plan],
  ] as const)
    it(`has headings that leave no level out, for a lab ${name}`, async () => {
      const page = renderReport(reportOf(of, { scripts: await scriptsOf(of) }));
      const levels = [...page.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
      expect(levels.filter((level) => level === 1)).to.have.length(1);
      levels.reduce((before, level) => (expect(level).to.be.at.most(before + 1), level), 0);
    });

  it("draws what was planned with what the verification's judges saw", () => {
    const page = renderReport(reportOf(lab));
    expect(page)
      .to.contain('bridge cni0 <span class="soft">seen at 10.200.1.1</span>')
      .and.contain("one seen at 10.200.1.4/24");
    expect(page).to.contain("runtime containerd 1.7.24~ds1, CRI v1");
    expect(row(page, "node-1")).to.equal(
      "10.200.1.0/24 10.240.0.81 ✓ ok on 2 hosts ✓ 1 ok to eni-00000000000000002 of node-1, active ✓ ok on 2 hosts",
    );
    expect(page).to.contain("<p>Nothing: every check is ok.</p>");
  });

  it("names the cluster of a lab that has one", () => {
    const page = renderReport(reportOf(plannedLab(5, { cluster: true, controllers: 3, kubernetesVersion: "1.36.3" })));
    expect(page).to.contain("<dt>Kubernetes</dt><dd>1.36.3, Services in 10.32.0.0/24</dd>");
    expect(page.match(/<li class="host controller">/g)).to.have.length(3);
    expect(renderReport(reportOf(lab))).not.to.contain("Kubernetes");
  });

  it("finds every row about a route, whatever the judges call it", () => {
    const observed = new Observed(checksOf(lab));
    for (const route of lab.routes) expect(observed.route(route).total, `${route.host} ${route.node}`).to.equal(4);
  });

  it("draws what is off where it is off", () => {
    const checks = checksOf(lab).map((check) => {
      const isOff =
        (check.host === "server" && check.check === "route 10.200.1.0/24 at the next boot") ||
        check.check === "route to 10.200.1.0/24 in rtb-02d917e96f5fe0801" ||
        check.check === "pod on node-0 to pod on node-1, HTTP";
      return isOff ? { ...check, ok: false, observed: "lost" } : check;
    });
    const page = withChecks(lab, checks);
    expect(row(page, "node-1")).to.equal(
      "10.200.1.0/24 10.240.0.81 ✗ FAIL on 1 host server: lost ✓ ok on 1 host ✗ 1 of 1 FAIL lost " +
        "✗ FAIL on 1 host node-0: lost ✓ ok on 1 host",
    );
    expect(row(page, "node-0")).to.contain("✓ ok on 2 hosts ✓ 1 ok");
    expect(page).to.match(/<title>Lab dev: 3 of \d+ checks failed<\/title>/);
  });

  it("says of hosts that nobody could log in to that they were not checked", () => {
    const closed = { area: "ssh", check: "login", expected: "a shell", observed: "refused", ok: false } as const;
    const page = withChecks(
      plan,
      plan.hosts.map(({ name }) => ({ ...closed, host: name })),
    );
    expect(row(page, "node-1")).to.equal("10.200.1.0/24 10.240.0.81 not checked on 2 hosts not checked on 2 hosts");
    expect(page).to.contain("none seen").and.contain("runtime containerd<");
  });

  it("has every check of 50 hosts, and each script once", async () => {
    const large = plannedLab(50, { zones: 3 });
    const page = renderReport(reportOf(large, { scripts: await scriptsOf(large) }));
    expect(page.match(/<tr><td><span class="ok">/g)).to.have.length(checksOf(large).length);
    expect(page.match(/<code>30-containerd.sh<\/code>/g)).to.have.length(1);
    expect(page.length).to.be.below(6_000_000);
  }).timeout(120_000);

  it("shows an undone step, values that differ, and that secrets are left out", () => {
    const scripts = [sent("node-0", "overlay"), { ...sent("node-1", "ip_vs"), secrets: true }];
    const page = renderReport(reportOf(plan, { scripts }));
    expect(page.match(/<code>20-kernel-prep.sh<\/code>/g)).to.have.length(1);
    expect(page).to.contain("on node-0, node-1</span>").and.contain("<pre>\nip_vs</pre>").and.contain("echo undone");
    expect(page).to.contain("Secrets reached it on standard input (node-1)");
  });

  it("has no secret of the lab", async () => {
    const credentials = { "docker.io": { username: "me", password: "canary" } };
    const { scripts, secrets } = await sentTo(plan, { cluster: true, registryCredentials: credentials });
    const plain = secrets.map((value) => Buffer.from(value, "base64").toString());
    // What has to be absent was sent.
    expect(plain.join("\n")).to.contain("canary");
    expect(secrets.length).to.be.greaterThan(10);
    const page = renderReport(reportOf(plan, { scripts }));
    expect(page)
      .to.contain("60-etcd.sh")
      .and.not.to.match(/canary|PRIVATE KEY/);
    expect([...secrets, ...plain].filter((secret) => page.includes(secret))).to.deep.equal([]);
  });

  it("says when it is out of date, that a node was left broken, and what there is to try", () => {
    const [run] = reportOf(lab).experiments;
    expect(renderReport(reportOf(lab))).not.to.contain("Outdated");
    const page = renderReport(reportOf(lab, { outdated: true, experiments: [{ ...run!, kept: true }] }));
    expect(page).to.contain("Outdated").and.contain("everything was as expected; it was left broken");
    expect(renderReport(reportOf(lab, { experiments: [] }))).to.contain("<code>./hardway try</code> lists");
  });

  for (const [name, { text, ground, line }] of Object.entries(palettes))
    it(`can be read in ${name} colours`, () => {
      for (const [on, back] of Object.entries(ground))
        for (const [of, color] of Object.entries(text))
          expect(contrast(color, back), `${of} on ${on}`).to.be.at.least(4.5);
      for (const on of ["page", "box"] as const) expect(contrast(line.wire, ground[on]), on).to.be.at.least(3);
    });
});
