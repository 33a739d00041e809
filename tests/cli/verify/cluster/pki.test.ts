import { createPublicKey } from "node:crypto";
import { expect } from "chai";
import { certificateFiles } from "../../../../components/cluster/certificateFiles";
import { authorities, type AuthorityName } from "../../../../components/cluster/certificates";
import {
  issueAuthority,
  issueCertificate,
  newSigningKey,
  type KeyedCertificate,
} from "../../../../components/cluster/issue";
import type { PlannedHost } from "../../../../components/plan/routes";
import {
  authorityFiles,
  authorityNames,
  hostCertificates,
  secretFiles,
} from "../../../../cli/verify/cluster/hostCertificates";
import { authoritiesOf, compareAuthorities, judgePki, type PkiFacts } from "../../../../cli/verify/cluster/pki";
import { facts, problems, type Sections } from "../samples";
import { cluster, node0, node1, server } from "./samples";

type Authorities = Record<AuthorityName, KeyedCertificate>;
type Changes = { readonly certificates?: Sections; readonly keys?: Sections };

const issued = new Date("2026-11-25T12:00:00Z");
const inDays = (days: number) => String(issued.getTime() / 1000 + days * 86_400);

/** A key's public part as ssh-keygen(1) prints it. */
function sshKey(privateKey: string): string {
  const { x = "", y = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), ...[x, y].map((part) => Buffer.from(part, "base64url"))]);
  const fields = [Buffer.from("ecdsa-sha2-nistp256"), Buffer.from("nistp256"), point];
  const blob = fields.flatMap((field) => [Buffer.of(0, 0, 0, field.length), field]);
  return `ecdsa-sha2-nistp256 ${Buffer.concat(blob).toString("base64")} `;
}

describe("rows of certificates", () => {
  let own: Authorities;
  let other: KeyedCertificate;
  let wellServer: PkiFacts;
  let wellNode: PkiFacts;

  before(async () => {
    const made = authorityNames.map(
      async (name) => [name, await issueAuthority(authorities[name], 3650, issued)] as const,
    );
    own = Object.fromEntries(await Promise.all(made)) as Authorities;
    other = await issueAuthority("kubernetes", 3650, issued);
    [wellServer, wellNode] = [await wellKept(server), await wellKept(node0)];
  });

  /** What a host reports whose certificates are as planned. */
  async function wellKept(host: PlannedHost, changed: Changes = {}): Promise<PkiFacts> {
    const certificates: Record<string, string> = { now: inDays(1) };
    const keys: Record<string, string> = {
      modes: secretFiles(host, cluster)
        .map((file) => `600 root:root ${file}`)
        .join("\n"),
    };
    for (const name of authorityNames)
      for (const file of authorityFiles(name, certificateFiles(host.role, 1)))
        certificates[`certificate ${file}`] = own[name].certificate;
    for (const planned of hostCertificates(host, cluster)) {
      const { certificate, key } = await issueCertificate(planned, own[planned.authority], 365, issued);
      certificates[`certificate ${planned.file}`] = certificate;
      keys[`key ${planned.keyFile}`] = sshKey(key);
    }
    const all = { ...certificates, ...changed.certificates };
    return { certificates: facts(all), keys: facts({ ...keys, ...changed.keys }) };
  }

  const judge = (host: PlannedHost, seen: PkiFacts) => judgePki(host, cluster, seen, "./hardway");

  it("are three for each certificate, and none fails where all is as planned", () => {
    const checks = judge(server, wellServer);
    expect(problems([...checks, ...judge(node0, wellNode)])).to.deep.equal([]);
    expect(checks.filter(({ check }) => check.startsWith("kube-apiserver:"))).to.deep.equal([
      {
        ...{ host: "server", area: "pki", check: "kube-apiserver: certificate", ok: true },
        ...Object.fromEntries(
          ["expected", "observed"].map((key) => [
            key,
            "kube-apiserver, server, for 10.240.0.10 10.32.0.1 127.0.0.1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local localhost server, signed by ca",
          ]),
        ),
      },
      {
        host: "server",
        area: "pki",
        check: "kube-apiserver: days left",
        expected: "30 or more",
        observed: "364 days",
        ok: true,
      },
      {
        ...{ host: "server", area: "pki", check: "kube-apiserver: key", ok: true },
        ...{ expected: "that of the certificate", observed: "that of the certificate" },
      },
    ]);
    expect(judge(node0, wellNode)[0]?.observed).to.equal(
      "system:node:node-0 of system:nodes, client and server, for 10.240.0.80 node-0, signed by ca",
    );
  });

  it("find a certificate of another host, of another authority, and a file that is none", async () => {
    const file = "/var/lib/kubelet/kubelet.crt";
    const withFile = async (text: string | readonly [number, string]) =>
      problems(judge(node0, await wellKept(node0, { certificates: { [`certificate ${file}`]: text } })))[0];
    const [foreign, planned] = [node1, node0].map((host) => hostCertificates(host, cluster)[0]!);
    expect(await withFile((await issueCertificate(foreign!, own.ca, 365, issued)).certificate)).to.equal(
      "kubelet: certificate: system:node:node-1 of system:nodes, client and server, for 10.240.0.81 node-1, signed by ca",
    );
    expect(await withFile((await issueCertificate(planned!, other, 365, issued)).certificate)).to.contain(
      "signed by kubernetes, and not by /var/lib/kubelet/ca.crt",
    );
    expect(await withFile("hello")).to.equal(`kubelet: certificate: ${file} is no certificate`);
    expect(await withFile([1, "no such file"])).to.equal("kubelet: certificate: no such file");
  });

  it("count days by the host's clock, and say what to do", async () => {
    const at = async (days: number) =>
      problems(judge(node0, await wellKept(node0, { certificates: { now: inDays(days) } })));
    expect(await at(335)).to.deep.equal([]);
    expect((await at(336))[0]).to.match(/^kubelet: days left: ends on 2027-11-25, in 29 days\. .*certs renew/);
    expect((await at(-1))[0]).to.contain("begins on 2026-11-25T11:00:00.000Z, after the host's clock");
  });

  it("find a key that is not the certificate's, and files that others may read", async () => {
    const key = "/var/lib/kubelet/kubelet.key";
    const found = async (keys: Sections) => problems(judge(node0, await wellKept(node0, { keys })));
    expect(await found({ [`key ${key}`]: sshKey((await newSigningKey()).key) })).to.deep.equal([
      "kubelet: key: another than the certificate's",
    ]);
    expect(await found({ [`key ${key}`]: [255, "Load key: invalid format"] })).to.deep.equal([
      "kubelet: key: Load key: invalid format",
    ]);
    expect(await found({ modes: `644 root:root ${key}` })).to.deep.equal([
      `2 secret files: ${key} is 644 root:root, /var/lib/kube-proxy/kube-proxy.key is not there`,
    ]);
  });

  it("find an authority that differs within a host, and one that is none", async () => {
    const withCa = async (file: string, text: string) =>
      problems(judge(node0, await wellKept(node0, { certificates: { [`certificate ${file}`]: text } }))).at(-1);
    expect(await withCa("/var/lib/kube-proxy/ca.crt", other.certificate)).to.equal(
      "authority ca: /var/lib/kubelet/ca.crt: kubernetes, another than in /var/lib/kube-proxy/ca.crt",
    );
    const leaf = await issueCertificate(hostCertificates(node0, cluster)[0]!, own.ca, 365, issued);
    expect(await withCa("/var/lib/kube-proxy/ca.crt", leaf.certificate)).to.contain("no authority, signed by another");
  });

  it("compare the authorities of all hosts, and look for their keys on each", async () => {
    const seen = (node: PkiFacts) => [authoritiesOf(server, wellServer), authoritiesOf(node0, node)];
    expect(problems(compareAuthorities(seen(wellNode)))).to.deep.equal([]);
    expect(compareAuthorities(seen(wellNode)).map(({ host, check }) => `${host} ${check}`)).to.deep.equal([
      "server authority ca: on all hosts",
      "server authorities' keys among 10 private keys",
      "node-0 authority ca: on all hosts",
      "node-0 authorities' keys among 2 private keys",
    ]);
    const names = ["kubelet", "kube-proxy"].map((name) => [`certificate /var/lib/${name}/ca.crt`, other.certificate]);
    const elsewhere = await wellKept(node0, { certificates: Object.fromEntries(names) as Sections });
    expect(problems(compareAuthorities(seen(elsewhere)))).to.deep.equal([
      "authority ca: on all hosts: another than on node-0",
      "authority ca: on all hosts: another than on server",
    ]);
    // A worker has no certificate of etcd's authority, and must not have its key.
    const withKey = await wellKept(node0, { keys: { "key /var/lib/hardway/x": sshKey(own["etcd-ca"].key) } });
    expect(problems(compareAuthorities(seen(withKey)))).to.deep.equal([
      "authorities' keys among 3 private keys: /var/lib/hardway/x is that of etcd-ca",
    ]);
  });
});
