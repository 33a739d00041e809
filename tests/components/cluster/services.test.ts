import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { apiBalancerService } from "../../../components/cluster/apiBalancerFiles";
import { renderClusterObjects } from "../../../components/cluster/clusterObjects";
import { adminFiles, controlPlaneServices, renderEncryption } from "../../../components/cluster/controlPlaneFiles";
import { etcdEndpoints, etcdService } from "../../../components/cluster/etcdFiles";
import { kubeletService } from "../../../components/cluster/kubeletFiles";
import { kubeProxyService } from "../../../components/cluster/kubeProxyFiles";
import { serviceSecrets, serviceVariables, type ServiceFiles } from "../../../components/cluster/services";
import { expectGolden } from "../../support/golden";

const members = [10, 11, 12].map((last, index) => ({ name: `server-${index}`, address: `10.240.0.${last}` }));
const serviceCidr = "10.32.0.0/24";
const clusterDomain = "cluster.local";
const server = "https://10.240.0.10:6443";

const etcd: ServiceFiles = {
  services: [
    etcdService({ name: "server-1", address: "10.240.0.11", members, token: "lab", heartbeatMilliseconds: 500 }),
  ],
};
const controlPlane: ServiceFiles = {
  services: controlPlaneServices({
    ...{ address: "10.240.0.10", etcdEndpoints: etcdEndpoints(members), serviceCidr, clusterDomain },
    leaseSeconds: 75,
  }),
  others: adminFiles(),
};
const kubelet: ServiceFiles = {
  services: [
    kubeletService({
      ...{ name: "node-0", address: "10.240.0.80", podCidr: "10.200.0.0/24", server, serviceCidr, clusterDomain },
      ...{ runtimeEndpoint: "unix:///run/containerd/containerd.sock", cgroupDriver: "systemd" },
    }),
  ],
};
const kubeProxy: ServiceFiles = {
  services: [kubeProxyService({ name: "node-0", server, clusterCidr: "10.200.0.0/16", serviceCidr, mode: "iptables" })],
};
const balancer: ServiceFiles = { services: [apiBalancerService(members)] };
const all = { etcd, "control-plane": controlPlane, "api-balancer": balancer, kubelet, "kube-proxy": kubeProxy };

describe("the services of a cluster", () => {
  for (const [name, files] of Object.entries(all)) {
    it(`${name}: these units and files, and no text of a credential`, () => {
      const { FILES = "", SERVICES, SERVICE_FILES, ...texts } = serviceVariables(files);
      const paths = FILES.split("\n");
      const shown = paths.map((line, index) => {
        const text = texts[`FILE_${index + 1}`];
        return text === undefined ? `# ${line}: a credential\n` : `# ${line}\n${text}`;
      });
      const reads = (SERVICE_FILES ?? "").replaceAll(/^/gm, "# reads ");
      expectGolden(`cluster/${name}.txt`, [`# services ${SERVICES}\n${reads}\n`, ...shown].join("\n"));
    });
  }

  it("have every file that a flag or a configuration names", () => {
    const own = /\/(?:etc\/(?:etcd|api-balancer)|var\/lib\/(?:kubernetes|kubelet|kube-proxy))\/[\w.-]+/g;
    for (const files of Object.values(all)) {
      const { FILES = "", ...texts } = serviceVariables(files);
      const there = new Set(FILES.split("\n").map((line) => line.split(" ")[1]));
      const named = Object.values(texts).flatMap((text) => text.match(own) ?? []);
      expect(named).not.to.have.length(0);
      expect(named.filter((path) => !there.has(path))).to.deep.equal([]);
    }
  });

  it("take credentials by name, and say all that are missing", () => {
    const { FILES = "" } = serviceVariables(kubelet);
    const given = { "ca.crt": "CA", "kubelet.crt": "CERTIFICATE", "kubelet.key": "KEY" };
    const secrets = serviceSecrets(kubelet, given);
    const paths = FILES.split("\n");
    const at = Object.fromEntries(
      Object.entries(secrets).map(([name, text]): [string, string] => [
        paths[Number(name.slice("FILE_".length)) - 1] ?? name,
        text,
      ]),
    );
    expect(at).to.deep.equal({
      "0644 /var/lib/kubelet/ca.crt": "CA",
      "0644 /var/lib/kubelet/kubelet.crt": "CERTIFICATE",
      "0600 /var/lib/kubelet/kubelet.key": "KEY",
    });
    expect(() => serviceSecrets(kubelet, { "ca.crt": "CA", "kubelet.key": "" })).to.throw(
      "credentials lacks kubelet.crt, kubelet.key",
    );
  });

  it("run as many pods as a Node's pod CIDR has addresses for, and 110 at most", () => {
    const most = (podCidr: string) => {
      const { services } = kubelet;
      expect(services).to.have.length(1);
      const settings = { name: "n", address: "192.0.2.1", podCidr, server, serviceCidr, clusterDomain };
      const [, text = ""] =
        /"?maxPods"?: (\d+)/.exec(
          Object.values(
            serviceVariables({
              services: [kubeletService({ ...settings, runtimeEndpoint: "unix:///x", cgroupDriver: "systemd" })],
            }),
          ).join("\n"),
        ) ?? [];
      return Number(text);
    };
    expect([24, 25, 26, 28, 30].map((prefix) => most(`10.200.0.0/${prefix}`))).to.deep.equal([110, 110, 61, 13, 1]);
  });

  it("encrypt with a key that is in no variable", () => {
    const [document] = parseAllDocuments(renderEncryption(["secrets", "configmaps"], "a2V5"));
    const secretbox = { secretbox: { keys: [{ name: "key1", secret: "a2V5" }] } };
    expect(document?.toJS()).to.deep.equal({
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "EncryptionConfiguration",
      resources: [
        { resources: ["secrets", "configmaps"], providers: [secretbox, { identity: {} }] },
        { resources: ["*.*"], providers: [{ identity: {} }, secretbox] },
      ],
    });
  });

  it("read what was encrypted by a setting before, whatever is encrypted now", () => {
    const providers = (kinds: readonly string[]) => {
      const { resources } = parseAllDocuments(renderEncryption(kinds, "a2V5"))[0]!.toJS() as {
        resources: readonly { resources: readonly string[]; providers: readonly object[] }[];
      };
      return resources.map((entry) => [...entry.resources, ...entry.providers.flatMap(Object.keys)].join(" "));
    };
    expect(providers([])).to.deep.equal(["*.* identity secretbox"]);
    expect(providers(["*."])).to.deep.equal(["*. secretbox identity", "*.* identity secretbox"]);
    // An API server refuses an entry that an earlier one masks.
    expect(providers(["*.*"])).to.deep.equal(["*.* secretbox identity"]);
  });

  it("hold what the cluster has from the start", () => {
    const image = "hardway.local/coredns:1.14.6";
    expectGolden("cluster/objects.yaml", renderClusterObjects({ serviceCidr, clusterDomain, image }));
  });
});
