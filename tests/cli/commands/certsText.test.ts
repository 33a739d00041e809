import { expect } from "chai";
import pc from "picocolors";
import { certificateRows, notRenewed, renderCertificates, renderRenewal } from "../../../cli/commands/certsText";
import type { HostCertificates } from "../../../cli/lab/hostCertificates";
import type { HostCertificate } from "../../../cli/verify/certificates";

const colors = pc.createColors(false);
const certificate = (file: string, daysLeft: number, more: Partial<HostCertificate> = {}): HostCertificate => ({
  ...{ file, subject: "CN=x", issuer: "CN=kubernetes", isAuthority: false, names: [], daysLeft },
  ...{ notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2027-01-01T00:00:00.000Z", fingerprint: `old ${file}` },
  ...more,
});
const authority = certificate("/k/ca.crt", 3650, { isAuthority: true, subject: "CN=kubernetes" });
const before: HostCertificates[] = [
  { host: "server", files: [authority, certificate("/k/admin.crt", 364)] },
  { host: "node-0", files: [authority, certificate("/l/kubelet.crt", 20)] },
];
const renewed = (more: Partial<HostCertificate> = {}): HostCertificates[] =>
  before.map((each) => ({
    host: each.host,
    files: ("files" in each ? each.files : []).map((one) =>
      "unreadable" in one || one.isAuthority ? one : { ...one, fingerprint: `new ${one.file}`, daysLeft: 364, ...more },
    ),
  }));

describe("what certs prints", () => {
  it("lists those first that end first, then what is wrong, and each way out once", () => {
    expect(renderCertificates("two", before, colors)).to.equal(
      [
        "DAYS  HOST    FILE            SUBJECT        ISSUER",
        "20    node-0  /l/kubelet.crt  CN=x           CN=kubernetes",
        "364   server  /k/admin.crt    CN=x           CN=kubernetes",
        "3650  server  /k/ca.crt       CN=kubernetes  CN=kubernetes",
        "3650  node-0  /k/ca.crt       CN=kubernetes  CN=kubernetes",
        "",
        "Not as they should be:",
        "  node-0 /l/kubelet.crt ends on 2027-01-01, in 20 days",
        '"./hardway --lab two certs renew" issues it again, and so does "./hardway --lab two up".',
      ].join("\n"),
    );
    expect(renderCertificates("dev", renewed(), colors)).not.to.contain("Not as");
  });

  it("names a host that does not answer, and a file that is no certificate, before all others", () => {
    const found: HostCertificates[] = [
      { host: "server", files: [authority, { file: "/k/admin.crt", unreadable: "is not there" }] },
      { host: "node-0", unreachable: "no answer" },
    ];
    expect(certificateRows(found).slice(0, 2)).to.deep.equal([
      { host: "server", file: "/k/admin.crt", problem: "is not there" },
      { host: "node-0", problem: "does not answer: no answer" },
    ]);
    const text = renderCertificates("dev", found, colors);
    expect(text).to.contain("  node-0 does not answer: no answer\n").and.to.contain('"./hardway repair" puts back');
    expect(text).to.contain('"./hardway start" boots');
  });
});

describe("what certs renew prints", () => {
  it("is how many were issued, and when the first of them ends", () => {
    expect(notRenewed(before, renewed())).to.deep.equal([]);
    expect(renderRenewal(renewed(), [], colors)).to.equal(
      "Issued 2 certificates again, by the same authorities; all hosts have the new ones. The first ends on 2027-01-01, in 364 days.",
    );
  });

  it("is which ones are as before, are gone, or are by another authority", () => {
    const after: HostCertificates[] = [
      { host: "server", files: [{ ...authority, fingerprint: "another" }, certificate("/k/admin.crt", 364)] },
      { host: "node-0", files: [authority, { file: "/l/kubelet.crt", unreadable: "is not there" }] },
      { host: "node-1", unreachable: "no answer" },
    ];
    const problems = notRenewed(before, after);
    expect(problems).to.deep.equal([
      "node-1 does not answer: no answer",
      "server /k/ca.crt is another authority than before",
      "server /k/admin.crt is the same as before",
      "node-0 /l/kubelet.crt is not there",
    ]);
    expect(renderRenewal(after, problems, colors)).to.contain("Not renewed:\n  node-1 does not answer");
  });
});
