import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { Report, type Scripts } from "../../../../cli/verify/facts";
import { scriptText } from "../../../../cli/verify/hostScript";
import { temporaryFolder } from "../../support";

/** The scripts as a host runs them, with a program of the test's in place of curl. */
describe("scripts that ask a cluster", () => {
  const folder = temporaryFolder();
  const program = (name: string, text: string) =>
    writeFileSync(join(folder(), name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const env = () => ({ PATH: `${folder()}:${process.env["PATH"]}` });
  const api = { URL: "https://api", CA: "ca", CERTIFICATE: "crt", KEY: "key" };

  function run(scripts: Scripts) {
    const report = new Report(scripts);
    const { stdout } = spawnSync("sh", ["-c", report.text()], { encoding: "utf8", env: env(), cwd: folder() });
    return report.parse(stdout)(Object.keys(scripts)[0] ?? "");
  }

  it("create objects in their order, wait for a namespace's account, and note what to delete", () => {
    program("sleep", "");
    program(
      "curl",
      `for last; do :; done
case $last in
*/pods) [ -e tried ] || { : >tried; echo 'error looking up service account x/default: serviceaccount \\"default\\" not found'; exit 22; } ;;
*/bad) echo refused; exit 22 ;;
esac
echo "$last" >>made`,
    );
    const deletion = join(folder(), "deletion");
    const values = { ...api, DELETION: deletion, NAMESPACE: "/ns" };
    const objects = ['/ns {"a b":"c"}', "/pods {}"].join("\n");
    expect(run({ create: { ...values, OBJECTS: objects } }).get("created")).to.deep.equal({ code: 0, text: "" });
    expect(readFileSync(join(folder(), "made"), "utf8")).to.equal("https://api/ns\nhttps://api/pods\n");
    expect(readFileSync(deletion, "utf8")).to.equal("https://api/ns\nca\ncrt\nkey\n");
    expect(run({ create: { ...values, OBJECTS: "/bad {}\n/never {}" } }).get("created")).to.deep.equal({
      code: 1,
      text: "refused",
    });
    expect(readFileSync(join(folder(), "made"), "utf8")).not.to.contain("never");
  });

  it("wait until a namespace is gone, and not for ever", () => {
    program("sleep", "");
    const values = { ...api, NAMES: "a", DELETION: join(folder(), "deletion") };
    writeFileSync(values.DELETION, "");
    program(
      "curl",
      'case "$*" in *DELETE*) ;; *) echo x >>asked; [ "$(wc -l <asked)" -lt 3 ] && printf 200 || printf 404 ;; esac',
    );
    expect(run({ delete: values }).get("deleted")).to.deep.equal({ code: 0, text: "gone" });
    expect(existsSync(values.DELETION)).to.equal(false);
    program("curl", 'case "$*" in *DELETE*) ;; *) printf 200 ;; esac');
    expect(run({ delete: values }).get("deleted")).to.deep.equal({ code: 1, text: "a is still there" });
  });

  it("delete what a run made that was cut off", () => {
    mkdirSync(join(folder(), "locks"));
    const locks = join(folder(), "locks");
    program("curl", 'echo "$*" >>deleted');
    const hold = scriptText("hold", { RUN: "0a", LOCKS: locks, IPV4: folder() });
    writeFileSync(join(folder(), "ip_forward"), "1\n");
    writeFileSync(join(locks, "hardway-verify-0a.deletion"), "https://api/ns\nca\ncrt\nkey\n");
    spawnSync("sh", ["-c", hold], { input: "", env: env(), cwd: folder() });
    expect(readFileSync(join(folder(), "deleted"), "utf8")).to.contain("-X DELETE https://api/ns");
    expect(existsSync(join(locks, "hardway-verify-0a.deletion"))).to.equal(false);
  });

  it("ask for a program's health until it is well, and not for ever", () => {
    program("sleep", "");
    const values = { ...api, MANAGER_PORT: "1", SCHEDULER_PORT: "2", OTHER_CERTIFICATE: "o", OTHER_KEY: "k" };
    program(
      "curl",
      `case "$*" in
*readyz*) echo x >>asked; [ "$(wc -l <asked)" -lt 3 ] && printf '[-]etcd failed\\n500' || printf '[+]etcd ok\\n200' ;;
*:1/*) printf 'no\\n500' ;;
*:2/*) echo x >>hung; echo 'curl: (28) timed out' >&2; printf '\\n000'; exit 28 ;;
esac`,
    );
    const found = run({ controlplane: values });
    expect(found.text("readyz")).to.equal("[+]etcd ok\n200");
    expect(found.text("manager")).to.equal("no\n500");
    expect(found.text("scheduler")).to.contain("curl: (28)");
    expect(readFileSync(join(folder(), "hung"), "utf8")).to.equal("x\n");
    expect(found.text("hostname")).to.equal(hostname());
  });

  it("ask DNS again where a question was lost", () => {
    program(
      "busybox",
      `[ "$1" != timeout ] || shift 2
case $1 in
sleep) ;;
*) shift; [ "$2" = lost. ] || { echo x >>"asked $2"; [ "$(wc -l <"asked $2")" -lt 2 ] || { echo "Address: 1.2.3.4"; exit 0; }; }; echo "timed out"; exit 1 ;;
esac`,
    );
    const BUSYBOX = join(folder(), "busybox");
    const found = run({ services: { TARGETS: "", NAMES: "here.\nlost.", QUESTION: "q", BUSYBOX } });
    expect(found.text("lookup here.")).to.equal("Address: 1.2.3.4");
    expect(found.text("lookup lost.")).to.equal("timed out");
  });

  it("find every private key, of whatever name, and tell its public part", () => {
    mkdirSync(join(folder(), "pki/pods"), { recursive: true });
    const keygen = ["-q", "-t", "ecdsa", "-N", "", "-m", "PKCS8", "-C", "", "-f"];
    for (const name of ["a.key", "hidden", "pods/own"])
      spawnSync("ssh-keygen", [...keygen, join(folder(), "pki", name)]);
    const at = (name: string) => join(folder(), "pki", name);
    const found = run({
      pki: { KEYS: [at("a.key"), at("none.key")].join("\n"), SECRETS: at("a.key"), FOLDERS: join(folder(), "pki") },
    });
    expect([...found.all("key").keys()].sort()).to.deep.equal([at("a.key"), at("hidden"), at("none.key")]);
    expect(found.text(`key ${at("hidden")}`)).to.equal(readFileSync(at("hidden.pub"), "utf8").trim());
    expect(found.get(`key ${at("none.key")}`).code).not.to.equal(0);
    expect(found.text("modes")).to.match(/^600 \S+ .*a\.key$/);
  });
});
