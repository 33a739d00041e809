import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { kubectlFile, localKubeconfig, mergeInto } from "../../../cli/commands/kubeconfig";

/** As `kubectl config view --raw --flatten --minify` prints it on a controller. */
const admin = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Y2E=
    server: https://127.0.0.1:6443
  name: hardway
contexts:
- context:
    cluster: hardway
    user: admin
  name: default
current-context: default
kind: Config
users:
- name: admin
  user:
    client-certificate-data: Y3J0
    client-key-data: a2V5
`;

const lab = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    {
      name: "hardway-cluster",
      cluster: { "certificate-authority-data": "Y2E=", server: "https://127.0.0.1:7443" },
    },
  ],
  users: [{ name: "hardway-cluster", user: { "client-certificate-data": "Y3J0", "client-key-data": "a2V5" } }],
  contexts: [{ name: "hardway-cluster", context: { cluster: "hardway-cluster", user: "hardway-cluster" } }],
  "current-context": "hardway-cluster",
};
const theirs = {
  apiVersion: "v1",
  kind: "Config",
  preferences: { colors: true },
  clusters: [{ name: "work", cluster: { server: "https://work.example" }, extra: 1 }],
  users: [{ name: "work", user: { token: "t" } }],
  contexts: [{ name: "work", context: { cluster: "work", user: "work", namespace: "a" } }],
  "current-context": "work",
};

describe("kubeconfig", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hardway-kubeconfig-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const local = () => localKubeconfig(admin, "hardway-cluster", 7443);
  const read = (file: string): unknown => parse(readFileSync(file, "utf8"));

  it("leads to the tunnel, under names of the lab's own", () => {
    expect(local()).to.deep.equal(lab);
  });

  it("makes a file that only its owner reads, and its folder", () => {
    const file = join(folder, ".kube", "config");
    mergeInto(file, local());
    expect(read(file)).to.deep.equal(lab);
    expect([statSync(file).mode & 0o777, statSync(join(folder, ".kube")).mode & 0o777]).to.deep.equal([0o600, 0o700]);
  });

  it("keeps what else a file has, also through a link, and replaces an earlier lab of the name", () => {
    const [file, link] = [join(folder, "real"), join(folder, "link")];
    writeFileSync(file, stringify(theirs), { mode: 0o644 });
    symlinkSync(file, link);
    mergeInto(link, localKubeconfig(admin.replace("a2V5", "b2xk"), "hardway-cluster", 6443));
    mergeInto(link, local());
    expect(read(file)).to.deep.equal({
      ...theirs,
      clusters: [...theirs.clusters, ...lab.clusters],
      users: [...theirs.users, ...lab.users],
      contexts: [...theirs.contexts, ...lab.contexts],
      "current-context": "hardway-cluster",
    });
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("leaves a file alone that is no kubeconfig", () => {
    const file = join(folder, "other");
    for (const text of ["kind: Pod\n", "- a\n", "a: [\n", "clusters: {}\n"]) {
      writeFileSync(file, text);
      expect(() => mergeInto(file, local()), text).to.throw(/kubeconfig/);
      expect(readFileSync(file, "utf8")).to.equal(text);
    }
    writeFileSync(file, "");
    mergeInto(file, local());
    expect(read(file)).to.deep.equal(lab);
  });

  it("goes where kubectl config would write", () => {
    const there = join(folder, "there");
    writeFileSync(there, "");
    expect(kubectlFile({}, "/home/me")).to.equal("/home/me/.kube/config");
    expect(kubectlFile({ KUBECONFIG: `/none:${there}:/other` }, "/home/me")).to.equal(there);
    expect(kubectlFile({ KUBECONFIG: "/none:/other" }, "/home/me")).to.equal("/other");
  });
});
