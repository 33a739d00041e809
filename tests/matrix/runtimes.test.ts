import { expect } from "chai";
import { disk, proven, type Nodes } from "./configurations";
import { useLab } from "./lab";

/**
 * The runtimes, snapshotters, handlers, cgroup drivers and sources that can be had here, on one lab that changes from one to
 * the next as a user's would. Each `up` ends with the whole verification, pods of every handler included.
 */
describe("runtimes and snapshotters on machines", () => {
  const lab = useLab("runtimes", { dataVolumeGiB: 4 });
  const configure = (nodes: Nodes) => lab.configure({ dataVolumeGiB: 4, nodes });

  it("refuses a snapshotter that the kernel lacks and a disk that holds data, before it changes anything", async () => {
    await lab.up("--skip-verify");
    const before = await lab.on("node-1", `mkswap ${disk} >&2 && blkid -s UUID -o value ${disk}`);
    configure({
      "node-0": { snapshotter: "zfs", snapshotterDevice: disk },
      "node-1": { snapshotter: "btrfs", snapshotterDevice: disk },
    });
    const { code, stderr } = await lab.tryUp();
    expect(code).to.equal(1);
    expect(stderr).to.contain("zfs").and.to.contain(`${disk} holds`);
    expect(await lab.on("node-1", `blkid -s UUID -o value ${disk}`)).to.equal(before);
    await lab.on("node-1", `dd if=/dev/zero of=${disk} bs=1M count=4 status=none`);
  });

  it("keeps images on btrfs and devmapper on disks, with either cgroup driver, also after a reboot", async () => {
    configure(proven.disks);
    await lab.up();
    expect(
      await lab.on("node-0", "findmnt -n -o SOURCE,FSTYPE /var/lib/containerd/io.containerd.snapshotter.v1.btrfs"),
    ).to.match(/^\/dev\/vdb +btrfs$/);
    await lab.reboot("node-0", "node-1");
    await lab.verify();
  });

  it("keeps them on files on the root disk as well, also after a reboot", async () => {
    // A store does not become another one under images and containers.
    configure(proven.packages);
    await lab.up("--skip-verify");
    expect(await lab.on("node-1", `wipefs ${disk}`), "the disk is free again").to.equal("");
    configure(proven.files);
    await lab.up();
    await lab.reboot("node-0", "node-1");
    await lab.verify();
  });

  it("upgrades containerd 1.7 to 2.x under a running container, and comes back when the new one fails its check", async () => {
    configure(proven.packages);
    await lab.up();
    expect(await lab.on("node-0", "containerd --version")).to.contain(" 1.7.");
    await lab.on(
      "node-0",
      "ctr -n k8s.io run -d hardway.local/busybox:1 stays /bin/sleep 100000 </dev/null && ctr -n k8s.io tasks ls",
    );
    const pid = () => lab.on("node-0", "ctr -n k8s.io tasks ls | awk '$1 == \"stays\" { print $2, $3 }'");
    const before = await pid();
    expect(before).to.match(/^[0-9]+ RUNNING$/);

    // Something that is called containerd and does not start: the unit's own check fails.
    await lab.on(
      "node-0",
      "mkdir -p /etc/systemd/system/containerd.service.d && printf '[Service]\\nExecStartPre=/bin/sh -c \"! test -e /usr/local/bin/containerd\"\\n' >/etc/systemd/system/containerd.service.d/no.conf",
    );
    configure(proven.newer);
    const failed = await lab.tryUp();
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.contain("does not start");
    await lab.on("node-0", "rm -r /etc/systemd/system/containerd.service.d && systemctl daemon-reload");
    expect(await lab.on("node-0", "systemctl is-active containerd && containerd --version")).to.match(
      /^active\n.* 1\.7\./,
    );
    expect(await pid()).to.equal(before);

    await lab.up();
    expect(await lab.on("node-0", "containerd --version")).to.contain(" v2.");
    expect(await pid()).to.equal(before);
    await lab.on(
      "node-0",
      "ctr -n k8s.io tasks kill -s KILL stays; ctr -n k8s.io tasks delete stays; ctr -n k8s.io containers delete stays",
    );
  });

  it("switches nodes to CRI-O and to Docker with cri-dockerd, which are there after a reboot", async () => {
    configure(proven.others);
    await lab.up();
    for (const node of ["node-0", "node-1"]) {
      const sockets = await lab.on(
        node,
        "ls /run/containerd/containerd.sock /run/crio/crio.sock /run/cri-dockerd.sock 2>/dev/null || :",
      );
      expect(sockets.split("\n")).to.deep.equal(
        node === "node-0" ? ["/run/crio/crio.sock"] : ["/run/containerd/containerd.sock", "/run/cri-dockerd.sock"],
      );
    }
    const again = await lab.up();
    expect(again.changed).to.equal(false);
    await lab.reboot("node-0", "node-1");
    await lab.verify();
  });

  it("switches them back, and leaves nothing of the others", async () => {
    configure(proven.packages);
    await lab.up();
    for (const node of ["node-0", "node-1"]) {
      const left = await lab.on(
        node,
        "ls -d /etc/crio /var/lib/containers /etc/docker /var/lib/docker /run/crio/crio.sock /run/cri-dockerd.sock 2>/dev/null || :",
      );
      expect(left, node).to.equal("");
    }
  });

  it("gives CRI-O and Docker stores of their own, with the other cgroup driver, also after a reboot", async () => {
    configure(proven.othersWithStores);
    await lab.up();
    for (const [node, folder] of [
      ["node-0", "/var/lib/containers/storage"],
      ["node-1", "/var/lib/docker"],
    ] as const)
      expect(await lab.on(node, `findmnt -n -o SOURCE,FSTYPE ${folder}`)).to.match(/^\/dev\/vdb +btrfs$/);
    await lab.reboot("node-0", "node-1");
    await lab.verify();
  });
});
