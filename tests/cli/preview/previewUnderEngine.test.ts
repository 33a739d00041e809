import { expect } from "chai";
import { generateKeyPair } from "../../../cloud/machines/identity";
import type { StackPreview } from "../../../cli/engine/labStack";
import { expectGolden } from "../../support/golden";
import { testKey } from "../../support/signing";
import { image, TestCloud } from "../../cloud/api/support";
import { crioRepository } from "../../components/node/runtime/runtimeSettings";
import { temporaryFolder } from "../support";
import { PreviewedLab } from "./previewedLab";

const password = "canary-of-the-password";
const hostKey = generateKeyPair("test").publicKey;
const host = (name: string, role: string, last: number) => ({
  ...{ name, role, address: `10.240.0.${last}` },
  ssh: { host: `192.0.2.${last}`, user: "admin", password, hostKey },
});
const hosts = [host("server", "controller", 10), host("node-0", "worker", 80), host("node-1", "worker", 81)];

describe("the preview of a lab", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  it("on hosts says what each step does, then that nothing changes, then what changes and why", async () => {
    const lab = await PreviewedLab.make(folder());
    lab.configure({ target: "hosts", hosts });
    const texts: string[] = [];
    const preview = async () => {
      const result = await lab.preview();
      texts.push(JSON.stringify(result));
      return result;
    };
    const show = (result: StackPreview, diff: boolean) => {
      const text = lab.text(result, diff);
      texts.push(text);
      return `${text}\n`;
    };
    expectGolden("preview/hosts-new.txt", show(await preview(), false));
    await lab.up();
    expect(show(await preview(), true)).to.equal('Preview of lab "dev": nothing to change.\n');

    lab.configure({
      target: "hosts",
      hosts: [...hosts.slice(0, 2), host("node-2", "worker", 82)],
      extraModules: ["ip_vs"],
      masquerade: "outsideCluster",
      runAgain: { "server/routes": 1 },
      nodes: { "node-0": { cgroupDriver: "cgroupfs" } },
    });
    const changed = await preview();
    expectGolden("preview/hosts-changed.txt", show(changed, false));
    expectGolden("preview/hosts-changed-diff.txt", show(changed, true));

    lab.configure({
      target: "hosts",
      hosts: [...hosts, host("node-2", "worker", 82), host("node-3", "worker", 83)],
      nodes: {
        "node-0": { snapshotter: "devmapper", snapshotterGiB: 8, handlers: ["runc", "crun"] },
        "node-1": {
          ...{ runtime: "crio", runtimeSource: "repository", runtimeRepositories: [crioRepository] },
          handlers: ["crun", "runc"],
        },
        "node-2": { runtime: "docker", snapshotter: "btrfs", snapshotterDevice: "/dev/vdb" },
        "node-3": { runtimeSource: "release", cgroupDriver: "cgroupfs" },
      },
    });
    expectGolden("preview/hosts-runtimes.txt", show(await preview(), false));
    expect(texts.join()).not.to.contain(password);
  });

  it("with a cluster says what each part is, and never a key", async () => {
    const lab = await PreviewedLab.make(folder());
    const controllers = [10, 11, 12].map((last) => host(`server-${last - 10}`, "controller", last));
    const config = { target: "hosts", hosts: [...controllers, ...hosts.slice(1, 2)], cluster: true };
    lab.configure(config);
    const made = await lab.preview();
    expectGolden("preview/cluster-new.txt", `${lab.text(made)}\n`);
    await lab.up();
    expect(lab.text(await lab.preview())).to.equal('Preview of lab "dev": nothing to change.');

    // A worker more is nothing to the certificates of others.
    lab.configure({ ...config, hosts: [...config.hosts, ...hosts.slice(2)] });
    const text = lab.text(await lab.preview());
    expect(text.match(/^ {5}unchanged: .*/gm)).to.deep.equal([
      ...[0, 1, 2].map(() => "     unchanged: reachable, kernel, etcd, control-plane"),
      "     unchanged: reachable, kernel, runtime, cni, api-balancer, kubelet, kube-proxy",
    ]);

    lab.configure({
      ...{ ...config, proxyMode: "nftables", encryptedResources: ["secrets", "configmaps"], certificateGeneration: 2 },
      hosts: [...config.hosts, ...hosts.slice(2)],
    });
    const changed = await lab.preview();
    expectGolden("preview/cluster-changed.txt", `${lab.text(changed)}\n`);
    expect(JSON.stringify([made, changed])).not.to.match(/PRIVATE KEY|CERTIFICATE|canary/);
  });

  it("on EC2 has the network as a tree, and ties steps to their machines", async () => {
    const cloud = await TestCloud.start();
    try {
      const { accessKeyId: accessKey, secretAccessKey: secretKey } = testKey;
      const lab = await PreviewedLab.make(folder(), { endpoint: cloud.url, region: "us-east-1", accessKey, secretKey });
      const config = { target: "aws", amiId: image, adminCidrs: ["192.0.2.0/24"], zones: 2 };
      lab.configure(config);
      expectGolden("preview/aws-new.txt", `${lab.text(await lab.preview())}\n`);
      await lab.up();
      lab.configure({ ...config, workers: 1, instanceType: "t3.medium", sshPort: 2222 });
      expectGolden("preview/aws-changed.txt", `${lab.text(await lab.preview(), true)}\n`);
      const store = { snapshotter: "devmapper", snapshotterDevice: "/dev/nvme1n1" };
      lab.configure({ ...config, dataVolumeGiB: 20, nodes: { "node-0": store } });
      const replaced = lab.text(await lab.preview()).replaceAll(/\beni-[0-9a-f]{17}\b/g, "eni-0123456789abcdef0");
      expectGolden("preview/aws-replaced.txt", `${replaced}\n`);
    } finally {
      await cloud.end();
    }
  });
});
