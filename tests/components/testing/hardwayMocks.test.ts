import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import {
  CniConfig,
  ContainerRuntime,
  KernelPrep,
  LabInstance,
  LabNetwork,
  PodRoutes,
  ReachableHost,
  SnapshotterStore,
} from "../../../components";
import { hardwayMocks } from "../../../components/entry/testing";
import { valueOf } from "../../support/mocks";

const connection = { host: "192.0.2.10", user: "admin", privateKey: "key", hostKey: "ssh-ed25519 AAAA" };

describe("hardwayMocks", () => {
  it("have each component print the facts that a host would print for its arguments", async () => {
    await pulumi.runtime.setMocks(hardwayMocks());
    const routes = [{ destination: "10.200.1.0/24", nextHop: "10.240.0.81" }];
    const host = await valueOf(new ReachableHost("x", { connection }).facts);
    expect(host.os).to.deep.equal({ id: "debian", version: "13" });
    const kernel = await valueOf(new KernelPrep("x", { connection, extraModules: ["ip_vs"] }).facts);
    expect(kernel.modules).to.deep.equal({ overlay: "loaded", br_netfilter: "loaded", ip_vs: "loaded" });
    const store = await valueOf(
      new SnapshotterStore("x", { connection, snapshotter: "zfs", device: "/dev/vdb" }).facts,
    );
    expect(store).to.include({ snapshotter: "zfs", device: "/dev/vdb" });
    expect(store.mount).to.match(/^\/var\/lib\/containerd\/.*zfs$/);
    const runtime = await valueOf(new ContainerRuntime("x", { connection, handlers: ["crun"] }).facts);
    expect(runtime).to.include({
      cgroupDriver: "systemd",
      configVersion: 2,
      socket: "/run/containerd/containerd.sock",
    });
    expect(Object.keys(runtime.handlers)).to.deep.equal(["crun"]);
    const cni = await valueOf(new CniConfig("x", { connection, podCidr: pulumi.secret("10.200.0.0/24") }).facts);
    expect(cni.masquerade).to.equal("bridge");
    const pods = await valueOf(new PodRoutes("x", { connection, address: "10.240.0.80", routes }).facts);
    expect(pods.routes).to.deep.equal([{ ...routes[0], interface: "eth1" }]);
  });

  it("print what a test says instead, for the component of that name", async () => {
    await pulumi.runtime.setMocks(hardwayMocks({ facts: { "db-1": { kernel: "6.1.0" } } }));
    const [one, two] = await Promise.all(
      ["db-1", "db-2"].map((name) => valueOf(new KernelPrep(name, { connection }).facts)),
    );
    expect(one).to.deep.equal({ ...two, kernel: "6.1.0" });
    expect(two?.kernel).not.to.equal("6.1.0");
  });

  it("choose what AWS would choose", async () => {
    await pulumi.runtime.setMocks(hardwayMocks());
    const { host } = new LabInstance("x", {
      hostname: "db-1",
      subnetId: "subnet-1",
      address: "10.240.0.10",
      securityGroupIds: [],
      loginKey: { keyName: "key", privateKey: "private" },
    });
    const { facts } = new KernelPrep("x", { connection: host.connection, address: host.address });
    expect((await valueOf(facts)).cgroupVersion).to.equal(2);
    expect(await valueOf(pulumi.output(host.connection.host))).to.equal("203.0.113.10");
  });

  it("find the network that a program says is there", async () => {
    await pulumi.runtime.setMocks(hardwayMocks());
    const existing = { vpcId: "vpc-1", subnetIds: ["subnet-1"] };
    const { vpcCidrs, subnets, routeTableIds } = new LabNetwork("x", { existing, adminCidrs: [] });
    expect(await valueOf(vpcCidrs)).to.deep.equal(["172.31.0.0/16"]);
    expect(await valueOf(pulumi.output(subnets))).to.deep.equal([
      { id: "subnet-1", cidr: "172.31.0.0/24", zone: "us-east-1a" },
    ]);
    expect(await valueOf(pulumi.output(routeTableIds))).to.deep.equal({ main: "rtb-0123456789abcdef0" });
  });
});
