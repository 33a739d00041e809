import { readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  ModifyInstanceAttributeCommand,
  RevokeSecurityGroupIngressCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { ec2Client } from "../../cli/engine/ec2Client";
import { embeddedEc2 } from "../../cli/lab/cloud";
import type { NetworkFacts } from "../../components/AwsHosts";
import { waitForExit } from "../../cloud/machines/processes";
import { expectShown } from "../support/experiments";
import { failures, repository, TestState, type Repaired, type Up } from "../support/hardwayCli";
import { waitFor } from "../support/waitFor";

/**
 * The whole life of a lab on the embedded EC2, in the order in which a user would live it. It has two zones: node-0 and the server
 * are in one subnet, node-1 in another, so that its pods are reached by the VPC's routes alone.
 */
describe("a lab in two zones", () => {
  let state: TestState;
  const nodes = ["server", "node-0", "node-1"];
  let network: NetworkFacts;
  let ec2: EC2Client;

  before(() => {
    state = new TestState("two-zones");
  });

  after(async () => {
    ec2?.destroy();
    await state.remove();
    expect(state.processes()).to.deep.equal([]);
  });

  async function trace(source: string, destination: string): Promise<{ code: number | null; stdout: string }> {
    return state.hardway("cloud", "trace", source, destination);
  }

  it("is refused for bad configuration before anything is made", async () => {
    const result = await state.run(join(repository, "hardway"), ["up", "--lab", "Bad_Name"]);
    expect(result.code).to.equal(64);
    expect(result.stderr).to.contain("--lab must be");
    expect(readdirSync(state.directory)).to.deep.equal([]);
  });

  it("is held by one run at a time, and an interrupted one leaves it so that the next goes on", async () => {
    const first = state.start("up", "--yes");
    const prepared = () => nodes.every((node) => first.output().includes(`lab-kernel-${node}`));
    await waitFor(prepared, "the first run works on the hosts", 600, first.output);
    const second = await state.hardway("up", "--yes");
    expect(second.code).to.equal(75);
    expect(second.stderr).to.contain(String(first.pid));

    first.interrupt();
    const { code } = await first.done;
    expect(code).to.equal(130);
    // Whoever wants to see what a step did before it ended can log in.
    const { stdout, stderr } = await state.hardway("ssh", "node-1", "--", "hostname");
    expect(stdout, stderr).to.equal("node-1\n");
  });

  it("ends with every row of the verification ok", async () => {
    const { code, stdout, stderr } = await state.hardway("up", "--yes", "--json");
    expect(code, stderr + stdout).to.equal(0);
    const { changed, outputs, verification } = JSON.parse(stdout) as Up;
    expect(failures(verification!)).to.deep.equal([]);
    expect(changed).to.equal(true);
    network = outputs.network;
    ec2 = ec2Client(embeddedEc2(await state.cloud.ensure()));
    expect(state.inventory().map(({ name, address }) => `${name} ${address}`)).to.deep.equal([
      "server 10.240.0.10",
      "node-0 10.240.0.80",
      "node-1 10.240.1.81",
    ]);
    expect(await state.asRoot("node-0", "ip route show 10.200.1.0/24")).to.contain("via 10.240.0.1 ");
  });

  it("has machines that are an ordinary Debian: what the kernel was built with is there, and containers were confined", async () => {
    const config = await state.asRoot("node-0", 'grep -c "^CONFIG_CGROUPS=y" "/boot/config-$(uname -r)"');
    expect(config.trim()).to.equal("1");
    // What the disk was built with; to make it again takes apt 20 seconds without KVM.
    const cache = "apt-cache -o Debug::pkgCacheGen=1 policy bash 2>&1 | grep -c 'NOT valid' || :";
    expect((await state.asRoot("server", cache)).trim()).to.equal("0");
    // The verification has run containers; containerd confines them where it finds AppArmor whole.
    expect(await state.asRoot("node-0", "cat /sys/kernel/security/apparmor/profiles")).to.contain(
      "cri-containerd.apparmor.d (enforce)",
    );
  });

  it("keeps machines from this computer's own services, until a port is opened to them", async () => {
    const server = createServer((_request, response) => void response.end("mine"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const request = `exec 3<>/dev/tcp/10.0.2.2/${port}; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; tail -n 1 <&3`;
      // An answer takes a fraction of a second.
      const answer = async (seconds = 5): Promise<string> =>
        (await state.asRoot("node-0", `timeout ${seconds} bash -c '${request}' 2>&1 || echo none`)).trim();
      expect(await answer()).to.equal("none");
      expect((await state.hardway("cloud", "set", `guestPorts=${port}`)).code).to.equal(0);
      expect(await answer(30)).to.equal("mine");
      expect((await state.hardway("cloud", "set", "guestPorts=")).code).to.equal(0);
      expect(await answer()).to.equal("none");
    } finally {
      server.close();
    }
  });

  it("changes nothing when run again, and says so", async () => {
    const { code, stdout, stderr } = await state.hardway("up", "--yes", "--json");
    expect(code, stderr).to.equal(0);
    const { verifiedAt, ...result } = JSON.parse(stdout) as { verifiedAt: string };
    expect(result).to.deep.include({ changed: false, verification: null });
    expect(Date.parse(verifiedAt)).to.be.within(Date.now() - 3_600_000, Date.now());
    expect(stderr).to.contain("Stack: nothing changed");
  });

  it("is shown and entered by the commands for it", async () => {
    const status = await state.hardway("status");
    expect(status.stdout).to.match(/node-1 +running +i-[0-9a-f]{17} +10\.240\.1\.81 +127\.77\.\d+\.81/);
    expect((await state.hardway("ssh", "node-1", "--", "hostname")).stdout).to.equal("node-1\n");
    const console = state.start("console", "node-0");
    await waitFor(() => console.output().includes("Ctrl-] leaves"), "the console answers", 60, console.output);
    console.interrupt();
    await console.done;
    const cloud = JSON.parse((await state.hardway("cloud", "status", "--json")).stdout) as { empty: boolean };
    expect(cloud.empty).to.equal(false);
  });

  for (const name of ["later-file", "vpc-route"])
    it(`shows what breaks without a setting: ${name}`, async () => {
      await expectShown(state, name);
    });

  it("prints what a host was sent, which does the same again by hand and so changes nothing", async () => {
    const { code, stdout, stderr } = await state.shell(
      "./hardway script node-0 cni --lab two-zones | ./hardway ssh --lab two-zones node-0 sh",
    );
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ changed: false, masquerade: "outsideCluster" });
  });

  it("has no private key in a log, nor in the clear in the stack's state", async () => {
    const { stdout } = await state.run("grep", ["-rl", "PRIVATE KEY", state.directory], state.directory);
    const files = stdout
      .trim()
      .split("\n")
      .map((file) => file.slice(state.directory.length + 1));
    // The base disk was made before any key of a lab; programs in it know the words.
    const known = /^labs\/two-zones\/keys\/|^cloud\/(ec2\.json$|instances\/|bases\/[0-9a-f]+\/disk\.raw$)/;
    expect(files.filter((file) => !known.test(file))).to.deep.equal([]);
    // Its file is compressed.
    const exported = await state.shell("pulumi stack export");
    expect(exported.stdout).to.contain('"ciphertext"').and.not.to.contain("PRIVATE KEY");
  });

  it("has the embedded EC2's access key in one file of the user's, and not even encrypted in the state", async () => {
    const { accessKeyId, secretAccessKey } = (await state.cloud.ensure()).accessKey;
    const { stdout } = await state.run("grep", ["-rlFe", accessKeyId, "-e", secretAccessKey, state.directory]);
    const { accessKey } = state.cloudFiles;
    expect(stdout.trim().split("\n")).to.deep.equal([accessKey]);
    const modes = [accessKey, dirname(accessKey)].map((file) => (statSync(file).mode & 0o777).toString(8));
    expect(modes).to.deep.equal(["600", "700"]);
    const exported = await state.shell("pulumi stack export --show-secrets; echo $AWS_SECRET_ACCESS_KEY >&2");
    expect(exported.stdout).to.contain("pulumi:providers:aws");
    expect(exported.stdout).not.to.contain(accessKeyId).and.not.to.contain(secretAccessKey);
    expect(exported.stderr, "env prints it").to.contain(secretAccessKey);
  });

  it("works with plain pulumi in a shell of its own", async () => {
    // In a copy of the checkout: with a file backend pulumi notes the stack's salt in its stack file.
    const copy = await state.copyCheckout();
    const { code, stdout, stderr } = await state.shell(
      "pulumi preview --diff --expect-no-changes >&2\npulumi up --yes --skip-preview --expect-no-changes --refresh",
      copy,
    );
    expect(code, stdout + stderr).to.equal(0);
  });

  // Each breaks what only the VPC holds, so that no packet of a pod gets from one node to the other.
  const faults: {
    fault: string;
    make: () => Promise<unknown>;
    /** What somebody does about it by hand. That repair and up do it, too, is seen when all of them are made at once. */
    unmake: () => Promise<unknown>;
    row: RegExp;
    trace: RegExp;
  }[] = [
    {
      fault: "a VPC route is deleted",
      make: () =>
        ec2.send(
          new DeleteRouteCommand({
            RouteTableId: network.routeTableIds["main"],
            DestinationCidrBlock: "10.200.1.0/24",
          }),
        ),
      unmake: () =>
        ec2.send(
          new CreateRouteCommand({
            RouteTableId: network.routeTableIds["main"],
            DestinationCidrBlock: "10.200.1.0/24",
            InstanceId: network.instances["node-1"]!.id,
          }),
        ),
      row: /^route to 10\.200\.1\.0\/24 in rtb-/,
      trace: /DROP rtb-.*10\.200\.1\.5 .* a route to its network is missing/,
    },
    {
      fault: "the source/destination check is on",
      make: () => checkSourceAndDestination(true),
      unmake: () => checkSourceAndDestination(false),
      row: /^source\/destination check of node-1/,
      trace: /DROP .*node-1.*source\/destination check/,
    },
    {
      fault: "the rule for a node's pods is removed",
      make: () => ec2.send(new RevokeSecurityGroupIngressCommand(fromPodsOfNode0())),
      unmake: () => ec2.send(new AuthorizeSecurityGroupIngressCommand(fromPodsOfNode0())),
      row: /^ingress from pods of node-0 in sg-/,
      trace: /DROP sg-.*10\.200\.0\.5/,
    },
  ];

  /** The rule that lets node-0's pods in. */
  function fromPodsOfNode0() {
    const IpPermissions = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "10.200.0.0/24" }] }];
    return { GroupId: network.securityGroupId, IpPermissions };
  }

  function checkSourceAndDestination(Value: boolean): Promise<unknown> {
    const InstanceId = network.instances["node-1"]!.id;
    return ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, SourceDestCheck: { Value } }));
  }

  /** A ping from node-0's pod network to node-1's, as a pod would send it. */
  async function podsReachEachOther(): Promise<boolean> {
    const ping = "ping -c 2 -W 3 -I 10.200.0.1 10.200.1.1 | grep -o '[0-9]* received' || true";
    return (await state.asRoot("node-0", ping)).trim() === "2 received";
  }

  for (const { fault, make, unmake, trace: named } of faults) {
    it(`has pods that do not reach each other when ${fault}, can say why, and is mended`, async () => {
      expect(await podsReachEachOther()).to.equal(true);
      await make();
      expect(await podsReachEachOther()).to.equal(false);
      const traced = await trace("10.200.0.5", "10.200.1.5");
      expect(traced.code).to.equal(1);
      expect(traced.stdout).to.match(named);
      await unmake();
      expect(await podsReachEachOther()).to.equal(true);
    });
  }

  it("comes back after machines were stopped, killed and terminated, faults made in the VPC, and the daemon killed", async () => {
    const earlier = await state.bootId("node-1");
    expect((await trace("10.200.0.5", "10.200.1.5")).code).to.equal(0);
    for (const { make } of faults) await make();
    const machines = (await state.cloud.status())!.instances;
    const { server, ...nodes } = network.instances;
    await ec2.send(new StopInstancesCommand({ InstanceIds: [nodes["node-0"]!.id] }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [server!.id] }));
    process.kill(machines.find(({ id }) => id === nodes["node-1"]!.id)!.pid!, "SIGKILL");
    const daemon = (await state.cloud.find())!;
    process.kill(daemon.pid, "SIGKILL");
    await waitForExit(daemon, 10_000);

    // What it leaves amiss is what repair finds next, beside what is broken for it.
    const { code, stdout, stderr } = await state.hardway("up", "--yes", "--json", "--skip-verify");
    expect(code, stderr + stdout).to.equal(0);
    expect(await state.bootId("node-1")).not.to.equal(earlier);
    network = (JSON.parse(stdout) as Up).outputs.network;
    const { server: newServer, ...nodesAfter } = network.instances;
    expect(nodesAfter).to.deep.equal(nodes);
    expect(newServer!.id).not.to.equal(server!.id);
    expect(newServer!.privateIp).to.equal("10.240.0.10");
    expect((await trace("10.200.0.5", "10.200.1.5")).code).to.equal(0);
  });

  it("is mended by repair: the VPC, and the steps that the failed checks are about, no others, and every row is ok", async () => {
    for (const { make } of faults) await make();
    await state.asRoot("node-0", "ip route del 10.200.1.0/24 && systemctl mask --now containerd");
    const { code, stdout, stderr } = await state.hardway("repair", "--json");
    expect(code, stderr + stdout).to.equal(0);
    const { steps, stack, verification } = JSON.parse(stdout) as Repaired;
    expect(steps.map(({ host, step }) => `${host} ${step}`)).to.deep.equal(["node-0 runtime", "node-0 routes"]);
    for (const { fault, row } of faults)
      expect(
        stack.filter((line) => row.test(line)),
        `${fault}\n${stack.join("\n")}`,
      ).to.have.length(1);
    expect(stack).to.have.length(faults.length);
    expect(failures(verification)).to.deep.equal([]);
  });

  it("leaves nothing on this computer after down", async () => {
    const { code, stderr } = await state.hardway("down", "--yes");
    expect(code, stderr).to.equal(0);
    expect(state.processes()).to.deep.equal([]);
    expect(readdirSync(join(state.directory, "labs"))).to.deep.equal([]);
    expect(readdirSync(state.directory)).not.to.include("cloud");
  });
});
