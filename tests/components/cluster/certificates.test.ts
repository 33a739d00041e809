import { X509Certificate, createPrivateKey, createPublicKey } from "node:crypto";
import { expect } from "chai";
import {
  controllerCertificates,
  workerCertificates,
  type PlannedCertificate,
} from "../../../components/cluster/certificates";
import { issueAuthority, issueCertificate, newSigningKey } from "../../../components/cluster/issue";
import { expectGolden } from "../../support/golden";

const names = { serviceCidr: "10.32.0.0/24", clusterDomain: "cluster.local" };
const planned = {
  server: controllerCertificates({ name: "server", address: "10.240.0.10" }, names),
  "node-0": workerCertificates({ name: "node-0", address: "10.240.0.80" }),
};

describe("the certificates of a cluster", () => {
  it("are these, each for one use", () => {
    const line = ({ name, authority, commonName, organization, usages, dnsNames, addresses }: PlannedCertificate) =>
      [
        name,
        `  signed by ${authority}; user ${commonName}${organization === undefined ? "" : `, group ${organization}`}`,
        `  as ${usages.join(" and ")}${dnsNames.length === 0 ? "" : ` for ${[...dnsNames, ...addresses].join(", ")}`}`,
      ].join("\n");
    const text = Object.entries(planned).flatMap(([host, list]) => [`# ${host}`, ...list.map(line)]);
    expectGolden("cluster/certificates.txt", `${text.join("\n")}\n`);
  });

  it("follow the Services' network and domain, which the API server's must be for", () => {
    const other = { serviceCidr: "10.96.0.0/16", clusterDomain: "lab.example" };
    const api = controllerCertificates({ name: "c0", address: "192.0.2.1" }, other).find(
      ({ name }) => name === "kube-apiserver",
    );
    expect(api?.addresses).to.deep.equal(["10.96.0.1", "192.0.2.1", "127.0.0.1"]);
    expect(api?.dnsNames).to.include("kubernetes.default.svc.lab.example");
  });

  it("hold what was planned, and are taken by their authority alone", async () => {
    const now = new Date("2026-11-25T12:00:00Z");
    const [ca, other] = [await issueAuthority("kubernetes", 3650, now), await issueAuthority("etcd-ca", 3650, now)];
    const authority = new X509Certificate(ca.certificate);
    expect([authority.ca, authority.subject, authority.validTo]).to.deep.equal([
      true,
      "CN=kubernetes",
      "Nov 22 12:00:00 2036 GMT",
    ]);
    const kubelet = planned["node-0"][0] ?? expect.fail();
    const { certificate, key } = await issueCertificate(kubelet, ca, 365, now);
    const leaf = new X509Certificate(certificate);
    expect(leaf.subject).to.equal("O=system:nodes\nCN=system:node:node-0");
    expect(leaf.subjectAltName).to.equal("DNS:node-0, IP Address:10.240.0.80");
    expect(leaf.keyUsage).to.deep.equal(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect([leaf.validFrom, leaf.validTo]).to.deep.equal(["Nov 25 11:00:00 2026 GMT", "Nov 25 12:00:00 2027 GMT"]);
    expect([leaf.ca, leaf.checkIssued(authority), leaf.verify(authority.publicKey)]).to.deep.equal([false, true, true]);
    expect(leaf.verify(new X509Certificate(other.certificate).publicKey)).to.equal(false);
    expect(leaf.checkPrivateKey(createPrivateKey(key))).to.equal(true);
    expect(createPrivateKey(key).asymmetricKeyDetails).to.deep.equal({ namedCurve: "prime256v1" });
  });

  it("have serial numbers and keys of their own", async () => {
    const ca = await issueAuthority("kubernetes", 10, new Date());
    const admin = planned.server.find(({ name }) => name === "admin") ?? expect.fail();
    const [one, two] = await Promise.all([1, 2].map(async () => issueCertificate(admin, ca, 1, new Date())));
    expect(one?.key).not.to.equal(two?.key);
    const [first, second] = [one, two].map((each) => new X509Certificate(each?.certificate ?? "").serialNumber);
    expect(first).to.match(/^[1-7][0-9A-F]{31}$/);
    expect(first).not.to.equal(second);
  });

  it("come with a key pair that signs tokens", async () => {
    const { key, publicKey } = await newSigningKey();
    const derived = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "pem" }).toString();
    expect(derived.trim()).to.equal(publicKey.trim());
  });
});
