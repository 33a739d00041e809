import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { controllerCertificates, workerCertificates } from "../../../components/cluster/certificates";
import { certificateFiles } from "../../../components/cluster/certificateFiles";
import { issueAuthority, issueCertificate, type KeyedCertificate } from "../../../components/cluster/issue";
import {
  certificateProblem,
  certificateRemedy,
  certificateValues,
  readCertificate,
  readCertificates,
  type HostCertificate,
} from "../../../cli/verify/certificates";
import { Report } from "../../../cli/verify/facts";
import { temporaryFolder } from "../support";

const issued = new Date("2026-11-25T12:00:00Z");
const after = (days: number, seconds = 0) => new Date(issued.getTime() + (days * 86_400 + seconds) * 1000);
const [kubelet] = workerCertificates({ name: "node-0", address: "10.240.0.80" });
const file = "/var/lib/kubelet/kubelet.crt";

describe("the certificates on a host", () => {
  let ca: KeyedCertificate;
  before(async () => (ca = await issueAuthority("kubernetes", 3650, issued)));

  const leaf = async (days: number) => (await issueCertificate(kubelet!, ca, days, issued)).certificate;

  it("are those that the steps write, with the authorities by which others are judged", () => {
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => `${name}.crt`);
    const base = (path: string) => path.split("/").at(-1) ?? "";
    const network = { serviceCidr: "10.32.0.0/24", clusterDomain: "cluster.local" };
    const controller = controllerCertificates({ name: "server", address: "10.240.0.10" }, network);
    const authorities = ["ca.crt", "etcd-ca.crt", "front-proxy-ca.crt"];
    expect(new Set(certificateFiles("controller", 1).map(base))).to.deep.equal(
      new Set([...names(controller), ...authorities]),
    );
    const ofWorker = [
      ...["/var/lib/kube-proxy/ca.crt", "/var/lib/kube-proxy/kube-proxy.crt"],
      ...["/var/lib/kubelet/ca.crt", "/var/lib/kubelet/kubelet.crt"],
    ];
    expect(certificateFiles("worker", 1)).to.deep.equal(ofWorker);
    expect(certificateFiles("worker", 3)).to.deep.equal(["/etc/api-balancer/ca.crt", ...ofWorker]);
  });

  it("say whose they are, by whom, and for how long", async () => {
    const read = readCertificate(file, await leaf(365), after(1, 1)) as HostCertificate;
    expect({ ...read, fingerprint: "" }).to.deep.equal({
      ...{ file, subject: "O=system:nodes, CN=system:node:node-0", issuer: "CN=kubernetes", isAuthority: false },
      ...{ names: ["DNS:node-0", "IP Address:10.240.0.80"], daysLeft: 363, fingerprint: "" },
      ...{ notBefore: "2026-11-25T11:00:00.000Z", notAfter: "2027-11-25T12:00:00.000Z" },
    });
    expect((readCertificate(file, await leaf(365), issued) as HostCertificate).fingerprint)
      .to.match(/^([0-9A-F]{2}:){31}/)
      .and.not.equal(read.fingerprint);
    expect(readCertificate(file, ca.certificate, issued)).to.include({ isAuthority: true, daysLeft: 3650 });
  });

  it("are a problem when they end within thirty days, which says when and what to do", async () => {
    const pem = await leaf(365);
    const judged = (now: Date, text = pem) => {
      const read = readCertificate(file, text, now);
      return [certificateProblem(read), certificateRemedy(read, "./hardway --lab two")];
    };
    const renew = '"./hardway --lab two certs renew" issues it again, and so does "./hardway --lab two up".';
    expect(judged(after(335))[0]).to.equal(undefined);
    expect(judged(after(335, 1))).to.deep.equal(["ends on 2027-11-25, in 29 days", renew]);
    expect(judged(after(364))).to.deep.equal(["ends on 2027-11-25, in 1 day", renew]);
    expect(judged(after(365))[0]).to.equal("ends on 2027-11-25, in 0 days");
    expect(judged(after(365, 1))).to.deep.equal(["ended on 2027-11-25", renew]);
    expect(judged(after(0), await leaf(20))).to.deep.equal([
      "ends on 2026-12-15, in 20 days",
      'It was issued for 20 days: set hardway:certificateDays to more than 30, then run "./hardway --lab two up".',
    ]);
    expect(judged(after(3640), ca.certificate)[1]).to.match(/^Only a new cluster/);
    expect(judged(issued, "nonsense")[0]).to.equal("is no certificate");
  });

  describe("as the host reports them", () => {
    const folder = temporaryFolder();

    it("are read in one go, and those that are not there are named", async () => {
      const texts: Readonly<Record<string, string>> = {
        "/var/lib/kubelet/ca.crt": ca.certificate,
        "/var/lib/kubelet/kubelet.crt": await leaf(365),
        "/var/lib/kube-proxy/ca.crt": "",
      };
      for (const [path, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(folder(), path)), { recursive: true });
        writeFileSync(join(folder(), path), text);
      }
      const report = new Report({ certificates: { ...certificateValues("worker", 1), ROOT: folder() } });
      const { stdout } = spawnSync("dash", ["-c", report.text()], { encoding: "utf8" });
      const found = readCertificates(report.parse(stdout)("certificates"));
      expect(found.map((each) => ("unreadable" in each ? each.unreadable : each.subject))).to.deep.equal([
        ...["is no certificate", "is not there"],
        ...["CN=kubernetes", "O=system:nodes, CN=system:node:node-0"],
      ]);
    });
  });
});
