import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse as parseYaml } from "yaml";
import { ClusterPki, HardWayLab, parseConfig, type HostRole } from "../../../components";
import { labProblem } from "../../../components/config/labProblem";
import { sysctlsOf } from "../../../components/labPlan";
import { configProblems } from "../../support/configProblems";
import { readStepText } from "../../../components/remote/stepText";
import { mirrorOfAll } from "../../support/mirrorOfAll";
import { MockEngine, valueOf } from "../../support/mocks";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+0URgznktt6L/ECNJLLcgEytVg91TzqsTVifIUnsDG";
const ssh = { host: "192.0.2.1", user: "admin", password: "canary-password", hostKey };
const command = "command:remote:Command";

describe("a lab with a cluster", () => {
  let engine: MockEngine;

  async function lab(
    controllers: number,
    workers: number,
    values: object = {},
    context: object = {},
  ): Promise<HardWayLab> {
    engine = await new MockEngine(() => ({ version: "v1.36.3" })).start();
    const host = (name: string, role: string, last: number) => ({ name, role, address: `10.240.0.${last}`, ssh });
    const config = parseConfig(
      {
        ...{ target: "hosts", cluster: true, ...values },
        hosts: [
          ...Array.from({ length: controllers }, (_, i) => host(`server-${i}`, "controller", 10 + i)),
          ...Array.from({ length: workers }, (_, i) => host(`node-${i}`, "worker", 80 + i)),
        ],
      },
      { directory: "/", ...context },
    );
    const made = new HardWayLab("lab", config);
    await Promise.all([valueOf(made.plan), valueOf(made.hostFacts), valueOf(made.runtimeFacts)]);
    await pulumi.runtime.disconnect();
    return made;
  }

  const text = (name: string) => String(engine.inputs(command, name)["create"]);
  /** The credentials of a step, by the path of the file that each becomes. */
  function sent(name: string): Record<string, string> {
    const stdin = (engine.inputs(command, name)["stdin"] as { value?: string } | string) ?? "";
    const lines = (typeof stdin === "string" ? stdin : (stdin.value ?? "")).trim().split("\n");
    const files = readStepText(text(name))?.values["FILES"]?.split("\n") ?? [];
    return Object.fromEntries(
      lines.map((line) => {
        const [variable = "", value = ""] = line.split(" ");
        const path = files[Number(variable.slice("FILE_".length)) - 1]?.split(" ")[1] ?? variable;
        return [path, Buffer.from(value, "base64").toString()];
      }),
    );
  }

  it("has these steps more on each host, and a stash for each", async () => {
    await lab(1, 2);
    const names = engine.names(command).filter((name) => !/-(reachable|kernel|runtime|cni|routes)-/.test(name));
    expect(names).to.have.members([
      ...["lab-etcd-server-0", "lab-control-plane-server-0", "lab-cluster-server-0"],
      ...["lab-kubelet-node-0", "lab-kube-proxy-node-0", "lab-kubelet-node-1", "lab-kube-proxy-node-1"],
    ]);
    expect(engine.names("pulumi:index:Stash")).to.have.members([
      ...["lab-pki-authorities", "lab-pki-server-0", "lab-pki-node-0", "lab-pki-node-1"],
    ]);
    const perHost = (host: string) => engine.names(command).filter((name) => name.endsWith(`-${host}`)).length;
    expect([perHost("server-0") <= 6, perHost("node-0") <= 8]).to.deep.equal([true, true]);
  });

  it("does them in this order", async () => {
    await lab(3, 1);
    const after = (name: string) =>
      engine
        .options(command, name)
        .dependencies.filter((one) => one.startsWith("Command "))
        .map((one) => one.slice("Command ".length));
    // Controllers have their turn one after the other.
    expect(after("lab-etcd-server-0")).to.deep.equal(["lab-routes-server-0"]);
    expect(after("lab-etcd-server-1")).to.deep.equal(["lab-etcd-server-0", "lab-routes-server-1"]);
    const members = [0, 1, 2].map((i) => `lab-etcd-server-${i}`);
    expect(after("lab-control-plane-server-0")).to.have.members([...members, "lab-routes-server-0"]);
    expect(after("lab-control-plane-server-2")).to.include.members([...members, "lab-control-plane-server-1"]);
    expect(after("lab-api-balancer-node-0")).to.include.members(["lab-routes-node-0", "lab-control-plane-server-2"]);
    expect(after("lab-kubelet-node-0")).to.include("lab-api-balancer-node-0");
    expect(after("lab-kube-proxy-node-0")).to.include("lab-kubelet-node-0");
    expect(after("lab-cluster-server-0")).to.include.members(["lab-kube-proxy-node-0", "lab-control-plane-server-1"]);
  });

  it("ties each host's steps to its own certificates alone", async () => {
    await lab(1, 2);
    const stashes = (name: string) =>
      engine.options(command, name).dependencies.filter((one) => one.startsWith("Stash lab-pki-"));
    expect(stashes("lab-kubelet-node-0")).to.have.members(["Stash lab-pki-authorities", "Stash lab-pki-node-0"]);
    expect(stashes("lab-etcd-server-0")).to.have.members(["Stash lab-pki-authorities", "Stash lab-pki-server-0"]);
  });

  it("leads workers of several controllers to all of them, and says who leads", async () => {
    await lab(3, 1, { etcdHeartbeatMilliseconds: 500 });
    const balancer = readStepText(text("lab-api-balancer-node-0"))?.values["FILE_2"];
    for (const line of ["bind 127.0.0.1:6443", ...[0, 1, 2].map((i) => `server server-${i} 10.240.0.1${i}:6443`)])
      expect(balancer).to.contain(`    ${line}\n`);
    expect(Object.keys(sent("lab-api-balancer-node-0"))).to.deep.equal(["/etc/api-balancer/ca.crt"]);
    for (const step of ["kubelet", "kube-proxy"])
      expect(text(`lab-${step}-node-0`))
        .to.contain("server: https://127.0.0.1:6443")
        .and.not.contain("10.240.0.10:6443");
    const pem = sent("lab-control-plane-server-2")["/var/lib/kubernetes/kube-apiserver.crt"] ?? "";
    expect(new X509Certificate(pem).subjectAltName)
      .to.contain("IP Address:127.0.0.1")
      .and.to.contain("DNS:kubernetes,");
    const members = [0, 1, 2].map((i) => `https://10.240.0.1${i}:2380`);
    expect(readStepText(text("lab-etcd-server-1"))?.values["MEMBERS"]?.split("\n")).to.deep.equal(members);
    expect(text("lab-etcd-server-2")).to.contain(
      `--initial-cluster=${members.map((url, i) => `server-${i}=${url}`).join(",")} `,
    );
    // Ten heartbeats are an election, and leases are longer in proportion.
    expect(text("lab-control-plane-server-1"))
      .to.contain("--leader-elect=true --leader-elect-lease-duration=75s")
      .and.to.contain("renewDeadline: 50s");
  });

  it("has no step more and no leases with one controller", async () => {
    await lab(1, 1, { etcdHeartbeatMilliseconds: 500 });
    expect(engine.names(command).filter((name) => name.includes("balancer"))).to.deep.equal([]);
    expect(text("lab-kubelet-node-0")).to.contain("server: https://10.240.0.10:6443");
    expect(text("lab-control-plane-server-0")).to.contain("--leader-elect=false").and.not.contain("lease-duration");
  });

  it("gives each host its own keys, and no authority's", async () => {
    await lab(1, 1);
    const [etcd, plane, kubelet] = ["lab-etcd-server-0", "lab-control-plane-server-0", "lab-kubelet-node-0"].map(sent);
    expect(Object.keys(kubelet ?? {})).to.have.members([
      ...["/var/lib/kubelet/ca.crt", "/var/lib/kubelet/kubelet.crt", "/var/lib/kubelet/kubelet.key"],
    ]);
    const subject = (pem: string | undefined) => new X509Certificate(pem ?? "").subject;
    expect(subject(kubelet?.["/var/lib/kubelet/kubelet.crt"])).to.equal("O=system:nodes\nCN=system:node:node-0");
    expect(subject(etcd?.["/etc/etcd/etcd-ca.crt"])).to.equal("CN=etcd-ca");
    const api = new X509Certificate(plane?.["/var/lib/kubernetes/kube-apiserver.crt"] ?? "");
    expect(api.verify(new X509Certificate(plane?.["/var/lib/kubernetes/ca.crt"] ?? "").publicKey)).to.equal(true);
    const keys = engine.inputs("pulumi:index:Stash", "lab-pki-authorities")["input"] as {
      value?: { authorities: Record<string, { key: string }> };
      authorities?: Record<string, { key: string }>;
    };
    const authorities = Object.values((keys.value ?? keys).authorities ?? expect.fail());
    expect(authorities).to.have.length(3);
    const everything = engine.names(command).map((name) => JSON.stringify(sent(name)) + text(name));
    for (const { key } of authorities) {
      expect(everything.join("\n")).not.to.contain(JSON.stringify(key).slice(1, -1));
    }
  });

  it("says when the first certificate of each host ends, and a lab without a cluster nothing", async () => {
    const expiry = await valueOf((await lab(1, 1, { certificateDays: 90 })).certificateExpiry ?? expect.fail());
    expect(Object.keys(expiry)).to.deep.equal(["server-0", "node-0"]);
    const kubelet = sent("lab-kubelet-node-0")["/var/lib/kubelet/kubelet.crt"] ?? "";
    expect(Date.parse(expiry["node-0"] ?? "")).to.equal(Date.parse(new X509Certificate(kubelet).validTo));
    expect(Date.parse(expiry["server-0"] ?? "") - Date.now()).to.be.within(89 * 86_400_000, 90 * 86_400_000);
    expect((await lab(1, 1, { cluster: false })).certificateExpiry).to.equal(undefined);
  });

  it("has room for a host that is called like what is made once", async () => {
    engine = await new MockEngine(() => ({})).start();
    const pki = new ClusterPki("pki", {
      controllers: [{ name: "authorities", address: "10.240.0.10" }],
      workers: [{ name: "node-0", address: "10.240.0.80" }],
    });
    expect(await valueOf(pki.hosts["authorities"] ?? expect.fail())).to.have.property("etcd-server.crt");
    await pulumi.runtime.disconnect();
    expect(engine.names("pulumi:index:Stash")).to.have.members(["pki-authorities", "pki-_authorities", "pki-node-0"]);
  });

  it("keeps keys out of everything that is seen", async () => {
    await lab(1, 1);
    for (const { type, name, inputs } of engine.resources) {
      if (type === "pulumi:index:Stash") {
        expect(engine.options(type, name).secretOutputs, name).to.include("output");
        expect(engine.options(type, name).ignoreChanges, name).to.deep.equal(["input"]);
        continue;
      }
      expect(JSON.stringify({ ...inputs, stdin: undefined }), `${type} ${name}`).not.to.match(/PRIVATE KEY/);
    }
  });

  it("says one thing about Services everywhere", async () => {
    await lab(1, 1, { serviceCidr: "10.96.0.0/20", clusterDomain: "lab.example", clusterCidr: "10.100.0.0/16" });
    expect(text("lab-control-plane-server-0")).to.contain("--service-cluster-ip-range=10.96.0.0/20");
    expect(text("lab-kubelet-node-0")).to.contain("10.96.0.10").and.to.contain("clusterDomain: lab.example");
    expect(text("lab-kube-proxy-node-0")).to.contain("API_SERVICE='10.96.0.1'").and.to.contain("10.100.0.0/16");
    const pem = sent("lab-control-plane-server-0")["/var/lib/kubernetes/kube-apiserver.crt"] ?? "";
    expect(new X509Certificate(pem).subjectAltName)
      .to.contain("IP Address:10.96.0.1")
      .and.to.contain("DNS:kubernetes.default.svc.lab.example");
  });

  it("has workers' kernels as a kubelet needs them, which sets nothing itself", async () => {
    const sysctls = (name: string) => readStepText(text(name))?.values["SYSCTLS"]?.split("\n") ?? [];
    const { plan } = await lab(1, 1, { extraSysctls: { "kernel/panic": "10", "vm.max_map_count": "262144" } });
    const [controller, worker] = [sysctls("lab-kernel-server-0"), sysctls("lab-kernel-node-0")];
    expect(worker.slice(3)).to.deep.equal([
      ...["vm.overcommit_memory=1", "vm.panic_on_oom=0", "kernel.panic_on_oops=1"],
      ...["kernel.keys.root_maxkeys=1000000", "kernel.keys.root_maxbytes=25000000"],
      ...["kernel/panic=10", "vm.max_map_count=262144"],
    ]);
    expect(controller.slice(3)).to.deep.equal(["kernel/panic=10", "vm.max_map_count=262144"]);
    expect(text("lab-kubelet-node-0")).to.contain("protectKernelDefaults: true");
    const needed = sysctls("lab-kubelet-node-0").map((line) => line.replace("kernel.panic=", "kernel/panic="));
    expect(worker)
      .to.include.members(needed)
      .and.have.length(needed.length + 4);
    const planned = (await valueOf(plan)) ?? expect.fail();
    const ofPlan = (host: string) =>
      Object.entries(sysctlsOf(planned, host)).map(([name, value]) => `${name}=${value}`);
    expect([ofPlan("server-0"), ofPlan("node-0")].map((lines) => lines.sort())).to.deep.equal(
      [controller, worker].map((lines) => lines.sort()),
    );
  });

  it("leaves the kernels alone that no kubelet needs", async () => {
    const { plan } = await lab(1, 1, { cluster: false });
    expect(text("lab-kernel-node-0")).not.to.contain("panic");
    expect((await valueOf(plan)).kernel).not.to.have.property("workerSysctls");
  });

  it("refuses a program's sysctls that a kubelet cannot do with", () => {
    const host = (name: string, role: HostRole, address: string) => ({ name, role, address, connection: ssh });
    const worker = { ...host("node-0", "worker", "10.240.0.80"), podCidr: "10.200.0.0/24" };
    const hosts = [host("server-0", "controller", "10.240.0.10"), worker];
    const problem = (extraSysctls: Record<string, string>) => labProblem({ hosts, cluster: {}, extraSysctls });
    expect(problem({ "vm/overcommit_memory": "2" })).to.equal(
      "extraSysctls has vm/overcommit_memory = 2; the kubelet needs 1. Leave it out.",
    );
    expect(problem({ "vm/overcommit_memory": " 1", "vm.max_map_count": "9" })).to.equal(undefined);
    expect(labProblem({ hosts, extraSysctls: { "kernel.panic": "0" } })).to.equal(undefined);
  });

  it("has defaults for all that is not said of it", async () => {
    engine = await new MockEngine(() => ({})).start();
    const host = (name: string, role: HostRole, address: string) => ({
      name,
      role,
      address,
      connection: { host: address },
    });
    const hosts = [host("server", "controller", "10.240.0.10"), host("node-0", "worker", "10.240.0.80")];
    const made = new HardWayLab("lab", { hosts, cluster: { serviceCidr: undefined } });
    await valueOf(made.plan);
    await pulumi.runtime.disconnect();
    expect(text("lab-control-plane-server")).to.contain("--service-cluster-ip-range=10.32.0.0/24");
    expect(text("lab-kubelet-node-0"))
      .to.contain("10.32.0.10")
      .and.to.contain("unix:///run/containerd/containerd.sock");
  });

  it("says once that the list of a mirror's checksums cannot be read", () => {
    const host = (name: string, role: string, last: number) => ({ name, role, address: `10.240.0.${last}`, ssh });
    const values = {
      ...{ target: "hosts", cluster: true, runtimeMirror: "http://mirror.example", runtimeMirrorSums: "/none" },
      hosts: [host("server-0", "controller", 10), host("node-0", "worker", 80)],
    };
    const problems = configProblems(() => parseConfig(values, { directory: "/" }));
    expect(problems.filter((problem) => problem.startsWith("hardway:runtimeMirrorSums"))).to.have.length(1);
  });

  it("imports DNS' image on workers where it is the mirror's, and nothing where a registry has it", async () => {
    await lab(1, 1);
    expect(text("lab-kubelet-node-0")).to.contain("IMAGES=''");
    expect(text("lab-cluster-server-0")).to.contain("image: registry.k8s.io/coredns/coredns:v1.14.6");
    await lab(1, 1, { dnsImage: "hardway.local/coredns:1.14.6" }, { defaultMirror: mirrorOfAll });
    expect(text("lab-kubelet-node-0"))
      .to.contain("IMAGES='hardway.local/coredns:1.14.6 coredns'")
      .and.contain(`amd64 coredns 1.14.6 image ${"a".repeat(64)} http://mirror.example/hardway.local/images/`);
    expect(text("lab-cluster-server-0")).to.contain("image: hardway.local/coredns:1.14.6");
  });

  it("has kubelets that filter the system calls of pods that ask for nothing, where it is chosen", async () => {
    await lab(1, 1);
    expect(text("lab-kubelet-node-0")).not.to.contain("seccompDefault");
    await lab(1, 1, { seccompDefault: true });
    expect(text("lab-kubelet-node-0")).to.contain("seccompDefault: true");
  });

  it("encrypts in etcd what is chosen, and says so where objects are written again", async () => {
    interface Encryption {
      readonly resources: readonly { readonly resources: readonly string[] }[];
    }
    const read = () => [
      (parseYaml(sent("lab-control-plane-server-0")["/var/lib/kubernetes/encryption.yaml"] ?? "") as Encryption)
        .resources[0]?.resources,
      readStepText(text("lab-cluster-server-0"))?.values["ENCRYPTED"],
    ];
    await lab(1, 1);
    expect(read()).to.deep.equal([["secrets"], "secrets"]);
    await lab(1, 1, { encryptedResources: ["secrets", "*.apps"] });
    expect(read()).to.deep.equal([["secrets", "*.apps"], "secrets\n*.apps"]);
    await lab(1, 1, { encryptedResources: [] });
    expect(read()).to.deep.equal([["*.*"], ""]);
  });

  it("lets pods reach themselves by Services, which a lab without one has no key for", async () => {
    await lab(1, 1);
    expect(text("lab-cni-node-0")).to.contain('"hairpinMode": true');
    await lab(1, 1, { cluster: false });
    expect(text("lab-cni-node-0")).not.to.contain("hairpinMode");
  });

  const host = (name: string, role: HostRole, last: number, podCidr?: string) => ({
    ...{ name, role, address: `10.240.0.${last}` },
    ...(podCidr === undefined ? {} : { podCidr }),
  });
  const longDomain = (length: number) => `${"a".repeat(60)}.${"b".repeat(length - 61)}`;
  const [server, node] = [host("server-0", "controller", 10), host("node-0", "worker", 80)];
  /** A configuration or a program that has something wrong, and what is said of it: for both the same, but for names. */
  const refused: readonly {
    readonly what: string;
    readonly values?: Record<string, unknown>;
    readonly hosts?: readonly ReturnType<typeof host>[];
    readonly said: readonly string[];
  }[] = [
    {
      what: "everything at once",
      values: { serviceCidr: "10.200.8.0/24", kubernetesVersion: "1.35.0", dnsImage: "hardway.local/coredns:1.14.6" },
      hosts: [server, host("server-1", "controller", 11)],
      said: [
        `SERVICE overlaps the pods' network LABclusterCidr, 10.200.0.0/16; got "10.200.8.0/24"`,
        "CLUSTER has 2 controllers; their number must be 1 or 3, so that etcd has a majority when one is lost",
        "CLUSTER needs a worker; there is none",
        "VERSION cannot be had: There is no checksum for kube-apiserver 1.35.0 on amd64; there are *",
        "SETTINGdnsImage cannot be had: There is no checksum for coredns 1.14.6 on amd64*",
      ],
    },
    ...[0, 2, 4].map((count) => ({
      what: `${count} controllers`,
      hosts: [...Array.from({ length: count }, (_, i) => host(`server-${i}`, "controller", 10 + i)), node],
      said: [
        `CLUSTER has ${count} controllers; their number must be 1 or 3, so that etcd has a majority when one is lost`,
      ],
    })),
    { what: "no worker", hosts: [server], said: ["CLUSTER needs a worker; there is none"] },
    {
      what: "Services in a network with a host's address",
      values: { serviceCidr: "10.240.0.64/26" },
      said: [`SERVICE overlaps the address of node-0, 10.240.0.80/32; got "10.240.0.64/26"`],
    },
    ...[
      ["10.32.0.0/29", `SERVICE must be from /16 to /28 long; got "10.32.0.0/29"`],
      ["10.32.0.0/12", `SERVICE must be from /16 to /28 long; got "10.32.0.0/12"`],
      ["10.32.0.1/24", `SERVICE must not have host bits set; did you mean "10.32.0.0/24"?; got "10.32.0.1/24"`],
      ["127.32.0.0/24", `SERVICE must not be in 127.0.0.0/8, which is for loopback; got "127.32.0.0/24"`],
      [
        "10.32.0.0",
        `SERVICE must be an IPv4 CIDR such as "10.200.0.0/16"; did you mean "10.32.0.0/24"?; got "10.32.0.0"`,
      ],
    ].map(([serviceCidr, said]) => ({ what: `Services in ${serviceCidr}`, values: { serviceCidr }, said: [said!] })),
    {
      what: "what is no version",
      values: { kubernetesVersion: "v1.36" },
      said: [`VERSION must be a version such as 1.36.3; got "v1.36"`],
    },
    {
      what: "a version without a checksum",
      values: { kubernetesVersion: "1.99.0" },
      said: ["VERSION cannot be had: There is no checksum for kube-apiserver 1.99.0 on amd64; there are *"],
    },
    {
      what: "what is no image",
      values: { dnsImage: "Core DNS" },
      said: ["SETTINGdnsImage must be *"],
    },
    ...["cluster.local.", "cluster..local", "Cluster.local", "my_cluster", "-a.local", ""].map((clusterDomain) => ({
      what: `the domain ${JSON.stringify(clusterDomain)}`,
      values: { clusterDomain },
      said: [`SETTINGclusterDomain must be a DNS name such as cluster.local; got ${JSON.stringify(clusterDomain)}`],
    })),
    {
      what: "a domain that leaves no room for the names of Services",
      values: { clusterDomain: longDomain(122) },
      said: ["SETTINGclusterDomain must be at most 121 characters long, so that every Service has a name; got *"],
    },
    ...["Secrets", "*", "secrets/status", "*.*.k8s.io"].map((kind) => ({
      what: `the kind of objects ${kind} to be encrypted`,
      values: { encryptedResources: ["secrets", kind] },
      said: [
        "SETTINGencryptedResources[1] must be a kind of objects in the plural, such as secrets or deployments.apps; *",
      ],
    })),
    {
      what: "a kind of objects twice",
      values: { encryptedResources: ["secrets", "configmaps", "secrets"] },
      said: ["SETTINGencryptedResources must not have a kind twice"],
    },
    {
      what: "a pod CIDR that has no room for DNS and other pods",
      hosts: [server, host("node-0", "worker", 80, "10.200.0.8/29"), host("node-1", "worker", 81, "10.200.1.4/30")],
      said: [
        "CLUSTER needs pod CIDRs of at most /29, so that a node has room for DNS and other pods; node-1 has 10.200.1.4/30",
      ],
    },
    {
      what: "a proxy mode that there is not",
      values: { proxyMode: "iptable" },
      said: [
        'SETTINGproxyMode must be one of "iptables", "nftables", "ipvs" (did you mean "iptables"?); got "iptable"',
      ],
    },
    {
      what: "host names that are no Nodes' names, and two alike",
      hosts: [server, host("Node_0", "worker", 80), host("node-1", "worker", 81), host("node-1", "worker", 82)],
      said: [
        'HOSTS[1].name must be an RFC 1123 label: up to 63 of a-z, 0-9 and -, not at the ends; got "Node_0"',
        'HOSTS[3].name must be unique; HOSTS[2] has it too; got "node-1"',
      ],
    },
  ];
  const matches = (found: readonly string[], said: readonly string[]) => {
    const shortened = found.map((line, index) =>
      said[index]?.endsWith("*") && line.startsWith(said[index].slice(0, -1)) ? said[index] : line,
    );
    expect(shortened).to.deep.equal(said);
  };
  const namedIn = (said: readonly string[], keys: Readonly<Record<string, string>>) =>
    said.map((line) => Object.entries(keys).reduce((text, [key, name]) => text.replaceAll(key, name), line));

  for (const { what, values = {}, hosts = [server, node], said } of refused) {
    it(`refuses ${what} in a configuration`, () => {
      const listed = hosts.map((one) => ({ ...one, ssh }));
      const all = { target: "hosts", cluster: true, ...values, hosts: listed };
      const names = {
        SERVICE: "hardway:serviceCidr",
        VERSION: "hardway:kubernetesVersion",
        CLUSTER: "hardway:cluster",
      };
      const wanted = namedIn(said, { ...names, LAB: "hardway:", SETTING: "hardway:", HOSTS: "hardway:hosts" });
      // The schema's own problems end the check before hosts are compared with each other.
      const found = configProblems(() => parseConfig(all, { directory: "/" }));
      matches(found, found[0]?.includes("RFC 1123") ? wanted.slice(0, 1) : wanted);
    });

    it(`refuses ${what} in a program`, () => {
      const names = { SERVICE: "cluster.serviceCidr", VERSION: "cluster.kubernetesVersion", CLUSTER: "cluster" };
      const all = hosts.map((one) => ({ ...one, connection: ssh }));
      const [head, ...lines] = (labProblem({ hosts: all, cluster: values }) ?? "").split("\n");
      expect(head).to.equal(`The lab has ${said.length === 1 ? "a problem" : `${said.length} problems`}:`);
      const wanted = namedIn(said, { ...names, LAB: "", SETTING: "cluster.", HOSTS: "hosts" });
      matches(
        lines.map((line) => line.replace("  - ", "")),
        wanted,
      );
    });
  }

  it("is refused in a network of the VPC, one that is made and one that is there, and of the machines", () => {
    const aws = (values: object, managementCidr?: string) =>
      configProblems(() =>
        parseConfig({ target: "aws", cluster: true, ...values }, { directory: "/", managementCidr }),
      );
    expect(aws({ serviceCidr: "10.240.128.0/24" })).to.deep.equal([
      `hardway:serviceCidr overlaps the VPC's network hardway:vpcCidr, 10.240.0.0/16; got "10.240.128.0/24"`,
    ]);
    expect(aws({ serviceCidr: "10.0.0.0/16" }, "10.0.2.0/24")).to.deep.equal([
      'hardway:serviceCidr overlaps the network by which the machines are managed, 10.0.2.0/24; got "10.0.0.0/16"',
    ]);
    expect(aws({ serviceCidr: "10.0.0.0/16" })).to.deep.equal([]);
    for (const controllers of [0, 2, 4, 5])
      expect(aws({ controllers })).to.deep.equal([
        `hardway:controllers must be 1 or 3, so that etcd has a majority when one is lost; got ${controllers}`,
      ]);
    expect(labProblem({ aws: { controllers: 2 }, cluster: { serviceCidr: "10.240.0.0/24" } })).to.equal(
      `The lab has 2 problems:
  - cluster.serviceCidr overlaps the VPC's network vpcCidr, 10.240.0.0/16; got "10.240.0.0/24"
  - cluster has 2 controllers; their number must be 1 or 3, so that etcd has a majority when one is lost`,
    );
  });

  it("is refused with a containerd that its kubelets cannot ask", () => {
    const sums = ["kube-apiserver", "kubelet"].map((name) => {
      const path = `dl.k8s.io/release/v1.38.0/bin/linux/amd64/${name}`;
      return `${"a".repeat(64)}  ${path}\n`;
    });
    const source = { runtimeMirror: "http://mirror.example", runtimeMirrorSums: sums.join("") };
    const problem = (runtimeVersion: string) =>
      labProblem({
        hosts: [server, node].map((one) => ({ ...one, connection: ssh })),
        cluster: { kubernetesVersion: "1.38.0", source },
        runtime: { settings: { runtimeSource: "release", runtimeVersion } },
      });
    expect(problem("1.7.34")).to.contain(
      'cluster.kubernetesVersion needs containerd 2 or newer; node-0 has 1.7.34; got "1.38.0"',
    );
    expect(problem("2.3.4")).to.equal(undefined);
  });

  it("keeps certificates of hosts with names of their own only", async () => {
    engine = await new MockEngine(() => ({})).start();
    const make = (...names: string[]) => new ClusterPki("pki", { controllers: named(...names), workers: [] });
    const named = (...names: string[]) => names.map((name) => ({ name, address: "10.240.0.10" }));
    expect(() => make("a", "a")).to.throw("needs a name of its own for each host; a is there twice");
    await pulumi.runtime.disconnect();
  });

  it("has room for the longest domain and the smallest pod CIDR, which a program's length for all is held to as well", () => {
    const hosts = [server, { ...node, podCidr: "10.200.0.8/29" }].map((one) => ({ ...one, connection: ssh }));
    const cluster = { clusterDomain: longDomain(121) };
    expect(labProblem({ hosts, cluster })).to.equal(undefined);
    expect(
      labProblem({ hosts: [server, node].map((one) => ({ ...one, connection: ssh })), cluster, podCidrPrefix: 30 }),
    ).to.equal(`The lab has a problem:
  - cluster needs pod CIDRs of at most /29, so that a node has room for DNS and other pods; node-0 has 10.200.0.0/30`);
  });
});
