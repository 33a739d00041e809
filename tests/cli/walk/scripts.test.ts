import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Report, type Scripts } from "../../../cli/verify/facts";
import { temporaryFolder } from "../support";
import { rules } from "./samples";

/** The scripts as a host runs them, with programs of the test's in place of the kernel's. */
describe("scripts of a walk", () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder(), name);
  const program = (name: string, text: string) => writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  function run(scripts: Scripts) {
    const report = new Report(scripts);
    const env = { PATH: `${folder()}:${process.env["PATH"]}` };
    const { stdout } = spawnSync("sh", ["-c", report.text()], { encoding: "utf8", env, cwd: folder() });
    return report.parse(stdout)(Object.keys(scripts)[0] ?? "");
  }

  const service = { SERVICE: "default/web", ADDRESS: "10.32.0.90", PORT: "8080", POD: "10.200.0.7", QUERY: "0a1b" };
  /** @param mode that kube-proxy has */
  const proxy = (mode: string) =>
    program(
      "curl",
      `case "$*" in
*proxyMode*) printf '${mode}' ;;
*livez*) printf 200 ;;
*) echo "$*" >asked; printf '200 1' ;;
esac`,
    );

  it("ask a Service once, between two looks at its rules, and take no other Service's", () => {
    proxy("iptables");
    writeFileSync(at("nat"), rules.iptables(3).replaceAll(/hardway-walk-\w+\/nginx/g, "default/web"));
    const others = ["webber", "web-2"].map(
      (name) => `[0:0] -A KUBE-SERVICES --comment "default/${name} cluster IP" -j X\n`,
    );
    program("iptables-save", `echo "$*" >>saved; cat nat; printf '%s' '${others.join("")}'`);
    const found = run({ walkservice: service });
    expect(found.text("rules").split("\n")).to.have.length(5);
    expect(found.text("rules-after")).to.equal(found.text("rules"));
    expect([found.text("mode"), found.text("livez"), found.text("ask")]).to.deep.equal(["iptables", "200", "200 1"]);
    expect(readFileSync(at("asked"), "utf8")).to.contain("http://10.32.0.90:8080/?walk=0a1b");
    expect(readFileSync(at("saved"), "utf8")).to.equal("-c -t nat\n-c -t nat\n");
  });

  it("count with a chain of their own where nftables' rules count nothing, and remove it", () => {
    proxy("nftables");
    program(
      "nft",
      `case "$*" in
'-f -') cat >table ;;
'list table ip kube-proxy') echo rules ;;
'list table ip hardway_walk_0a1b') [ ! -e asked ] && n=0 || n=4; echo "  ct original ip daddr 10.32.0.90 ip daddr 10.200.0.7 counter packets $n bytes 9" ;;
'delete table ip hardway_walk_0a1b') rm table ;;
esac`,
    );
    const found = run({ walkservice: service });
    expect([found.text("counted"), found.text("counted-after"), found.text("rules")]).to.deep.equal([
      "0",
      "4",
      "rules",
    ]);
    expect(found.get("count")).to.deep.equal({ code: 0, text: "" });
    expect(existsSync(at("table"))).to.equal(false);
  });

  it("wait for a connection, and not for ever", () => {
    program("sleep", "");
    program(
      "ss",
      `echo x >>looked; [ "$(wc -l <looked)" -lt 3 ] || echo 'ESTAB 0 0 10.240.0.10:6443 10.240.0.80:23456'`,
    );
    const values = { PORT: "6443", FROM: "23450", TO: "23489" };
    expect(run({ walksender: values }).text("sender")).to.equal("ESTAB 0 0 10.240.0.10:6443 10.240.0.80:23456");
    program("ss", "echo x >>again");
    expect(run({ walksender: values }).get("sender")).to.deep.equal({ code: 1, text: "" });
    expect(readFileSync(at("again"), "utf8").split("\n")).to.have.length(21);
  });

  it("find what is left of a pod, and nothing where nothing is", () => {
    proxy("iptables");
    program("iptables-save", `echo '-A POSTROUTING --comment "id: \\"5e1f\\"" -j CNI-1'`);
    mkdirSync(at("logs"));
    const process = run({
      walkgone: { SERVICE: "default/web", SANDBOX: "5e1f", NETNS: "net:[0]", VETH: "lo", CGROUP: "", LOGS: at("logs") },
    });
    expect(process.text("logs")).to.equal(at("logs"));
    expect(process.text("veth")).to.equal("/sys/class/net/lo");
    expect(process.text("masquerade")).to.contain("CNI-1");
    expect([process.text("cache"), process.text("lease"), process.text("netns"), process.text("rules")]).to.deep.equal([
      "",
      "",
      "",
      "",
    ]);
    const gone = {
      SERVICE: "default/web",
      SANDBOX: "other",
      NETNS: "net:[0]",
      VETH: "none0",
      CGROUP: "/none",
      LOGS: at("no"),
    };
    const nothing = run({ walkgone: gone });
    for (const section of ["veth", "masquerade", "cgroup", "logs"]) expect(nothing.text(section), section).to.equal("");
  });

  it("leave a namespace without the marks of a run", () => {
    const values = {
      URL: "https://api",
      CA: "ca",
      CERTIFICATE: "crt",
      KEY: "key",
      NAMESPACE: "/ns",
      LABELS: '{"a":null}',
    };
    writeFileSync(at("deletion"), "");
    program("curl", 'echo "$*" >asked; [ -e may ]');
    expect(run({ walkkeep: { ...values, DELETION: at("deletion") } }).get("kept").code).to.equal(1);
    expect(existsSync(at("deletion"))).to.equal(true);
    writeFileSync(at("may"), "");
    expect(run({ walkkeep: { ...values, DELETION: at("deletion") } }).get("kept").code).to.equal(0);
    expect(existsSync(at("deletion"))).to.equal(false);
    expect(readFileSync(at("asked"), "utf8"))
      .to.contain("-X PATCH")
      .and.contain('{"a":null} https://api/ns');
  });
});
