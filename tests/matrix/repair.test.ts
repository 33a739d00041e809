import {
  DeleteRouteCommand,
  DescribeSecurityGroupRulesCommand,
  ModifyInstanceAttributeCommand,
  RevokeSecurityGroupIngressCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { expect } from "chai";
import type { Check } from "../../cli/verify/types";
import type { NetworkFacts } from "../../components/AwsHosts";
import { failures, type Repaired, type Up } from "../support/hardwayCli";
import { useLab } from "./lab";

/** Something that somebody does to a host or in the VPC, and the row of the verification that names it. */
interface Drift {
  readonly what: string;
  /** Shell script, as root on a node; or a call of the EC2 API. */
  readonly make: string | ((client: EC2Client, network: NetworkFacts) => Promise<unknown>);
  /** `HOST AREA ROW: ...`, as `failures` has it. */
  readonly row: RegExp;
}

const bridge = "/opt/cni/bin/bridge";

/** Done together on node-0, each in a way that leaves the others' rows as they are. */
const ofNode: readonly Drift[] = [
  {
    what: "the module file removed",
    make: "rm /etc/modules-load.d/containerd.conf",
    row: /^node-0 kernel module overlay at the next boot/,
  },
  {
    what: "a module unloaded",
    make: "rmmod br_netfilter",
    row: /^node-0 kernel module br_netfilter now/,
  },
  {
    what: "a sysctl changed now",
    make: "sysctl -q -w net.ipv4.ip_forward=0",
    row: /^node-0 kernel sysctl net\.ipv4\.ip_forward now/,
  },
  {
    what: "the sysctl file edited",
    make: "sed -i /ip_forward/d /etc/sysctl.d/99-kubernetes-cri.conf",
    row: /^node-0 kernel sysctl net\.ipv4\.ip_forward at the next boot/,
  },
  {
    what: "swap turned on",
    make: `dd if=/dev/zero of=/swapfile bs=1M count=32 status=none
chmod 600 /swapfile; mkswap /swapfile >/dev/null; swapon /swapfile`,
    row: /^node-0 kernel swap now.*\/swapfile/,
  },
  {
    what: "a service that makes swap, and swap in fstab",
    make: `echo '/swapfile none swap sw 0 0' >>/etc/fstab
printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >/lib/systemd/system/zramswap.service
systemctl daemon-reload; systemctl -q enable --now zramswap.service`,
    row: /^node-0 kernel swap at the next boot.*\/etc\/fstab.*zramswap/,
  },
  {
    what: "a route removed",
    make: "ip route del 10.200.1.0/24",
    row: /^node-0 routes route to 10\.200\.1\.2 /,
  },
  {
    what: "the routes' networkd drop-in removed",
    make: "rm /etc/systemd/network/*.network.d/50-hardway-pod-routes.conf",
    row: /^node-0 routes route 10\.200\.1\.0\/24 at the next boot/,
  },
  {
    what: "the runtime's configuration edited, and in use",
    make: `sed -i 's/SystemdCgroup = true/SystemdCgroup = false/' /etc/containerd/config.toml; systemctl restart containerd`,
    row: /^node-0 runtime SystemdCgroup of runc.*false \(daemon\)/,
  },
  {
    what: "a CNI file removed",
    make: "rm /etc/cni/net.d/99-loopback.conf",
    row: /^node-0 cni files in \/etc\/cni\/net\.d/,
  },
  {
    what: "a CNI plugin removed",
    make: "rm /opt/cni/bin/portmap",
    row: /^node-0 cni plugins in \/opt\/cni\/bin/,
  },
  {
    what: "a CNI plugin replaced by another program",
    // Through the link that it is: the package's own file.
    make: `[ -L ${bridge} ] && cp /bin/false ${bridge}`,
    row: /^node-0 cni ADD bridge/,
  },
  {
    what: "our firewall rule removed",
    make: "nft delete table ip hardway",
    row: /^node-0 \w+ sender of what a pod sends to the outside/,
  },
];

/** On node-1 and in the VPC, at the same time. */
const ofRuntime: readonly Drift[] = [
  {
    what: "the runtime stopped, disabled and masked",
    make: "systemctl -q disable containerd; systemctl stop containerd; systemctl -q mask containerd",
    row: /^node-1 runtime containerd at the next boot/,
  },
  {
    what: "the service of our firewall rule disabled",
    make: "systemctl -q disable --now hardway-masquerade.service",
    row: /^node-1 cni files of 40-cni-config/,
  },
];

const ofVpc: readonly Drift[] = [
  {
    what: "a VPC route removed",
    make: (client, { routeTableIds }) =>
      client.send(
        new DeleteRouteCommand({ RouteTableId: routeTableIds["main"], DestinationCidrBlock: "10.200.1.0/24" }),
      ),
    row: /^vpc vpc route to 10\.200\.1\.0\/24 in rtb-/,
  },
  {
    what: "the source/destination check turned on",
    make: (client, { instances }) =>
      client.send(
        new ModifyInstanceAttributeCommand({ InstanceId: instances["node-1"]!.id, SourceDestCheck: { Value: true } }),
      ),
    row: /^vpc vpc source\/destination check of node-1/,
  },
  {
    what: "a rule of the security group removed",
    make: async (client, { securityGroupId: GroupId }) => {
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const { SecurityGroupRules = [] } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters }));
      const rule = SecurityGroupRules.find(({ CidrIpv4 }) => CidrIpv4 === "10.200.0.0/24")!;
      const SecurityGroupRuleIds = [rule.SecurityGroupRuleId!];
      return client.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
    },
    row: /^vpc vpc ingress from pods of node-0 in sg-/,
  },
];

/** Everything that can be changed from outside of a lab, and that a repair mends. */
describe("a lab that somebody changed", () => {
  const lab = useLab("repair", { masquerade: "outsideCluster" });
  let network: NetworkFacts;

  async function repair(...options: string[]): Promise<Repaired> {
    const { code, stdout, stderr } = await lab.state.hardway("repair", "--json", ...options);
    expect(code, stderr + stdout).to.equal(0);
    return JSON.parse(stdout) as Repaired;
  }

  /** Steps as `HOST STEP`. */
  const named = ({ steps }: Repaired) => steps.map(({ host, step }) => `${host} ${step}`);

  async function make(node: string, drifts: readonly Drift[]): Promise<void> {
    for (const { what, make } of drifts) {
      if (typeof make !== "string") await lab.state.withApi((client) => make(client, network));
      else expect((await lab.tryOn(node, `set -e\n${make}`)).code, what).to.equal(0);
    }
  }

  function expectRows(checks: readonly Check[], drifts: readonly Drift[]): void {
    const failed = failures(checks);
    for (const { what, row } of drifts)
      expect(
        failed.some((line) => row.test(line)),
        `${what}\n${failed.join("\n")}`,
      ).to.equal(true);
  }

  /** Of a container that runs all the time, and of the daemon that looks after it. */
  const container = "ctr -n k8s.io tasks ls | awk '$1 == \"lasting\" { print $2, $3 }'";
  const daemon = "systemctl show -p MainPID --value containerd";

  it("is whole before", async () => {
    network = (await lab.up()).outputs.network;
  });

  it("is stopped and started", async () => {
    const earlier = await lab.state.bootId("node-0");
    const stop = await lab.state.hardway("stop");
    expect(stop.code, stop.stderr).to.equal(0);
    expect((await lab.state.hardway("status")).stdout).to.match(/node-0 +stopped/);
    const start = await lab.state.hardway("start");
    expect(start.code, start.stderr).to.equal(0);
    expect(await lab.state.bootId("node-0")).not.to.equal(earlier);
  });

  it("is looked at again by an up that changes nothing once a check has failed, which names what one sysctl breaks and, after stop and start, nothing else", async () => {
    const sysctl = "net.bridge.bridge-nf-call-iptables";
    await lab.on("node-0", `sysctl -q -w ${sysctl}=0`);
    expect((await lab.state.verify("kernel")).code).to.equal(1);
    const { code, stdout, stderr } = await lab.tryUp();
    expect(code, stderr).to.equal(1);
    const { changed, verification } = JSON.parse(stdout) as Up;
    expect(changed).to.equal(false);
    // Without it a Service does not work between pods of one node, which is what it is for.
    expect(failures(verification!).map((line) => line.split(":")[0])).to.deep.equal([
      `node-0 kernel sysctl ${sysctl} now`,
      "node-0 pods pod to Service by hand on node-0, HTTP",
    ]);
    await lab.on("node-0", `sysctl -q -w ${sysctl}=1`);
  });

  let running: string;

  it("has each change on a node named by a row of its own, and by a preview the steps that mend it", async () => {
    await lab.on("node-0", "ctr -n k8s.io run -d hardway.local/busybox:1 lasting sleep 100000");
    running = await lab.on("node-0", container);
    expect(running).to.match(/^\d+ RUNNING$/);
    await make("node-0", ofNode);
    const preview = await repair("--preview");
    expectRows(preview.verification, ofNode);
    expect(named(preview)).to.deep.equal(["node-0 kernel", "node-0 runtime", "node-0 cni", "node-0 routes"]);
    expect(await lab.on("node-0", "ls /etc/modules-load.d"), "nothing was changed").to.not.contain("containerd.conf");
  });

  it("is mended by these steps, with what runs on it left alone", async () => {
    const repaired = await repair();
    expect(named(repaired)).to.deep.equal(["node-0 kernel", "node-0 runtime", "node-0 cni", "node-0 routes"]);
    expect(failures(repaired.verification)).to.deep.equal([]);
    expect(repaired.failure).to.equal(null);
    expect(await lab.on("node-0", container)).to.equal(running);
  });

  it("has each change in the VPC named once, and that pods do not reach each other any more", async () => {
    await make("node-1", ofVpc);
    const { code, checks } = await lab.state.verify("vpc", "pods");
    expect(code).to.equal(1);
    const failed = failures(checks);
    for (const { what, row } of ofVpc)
      expect(
        failed.filter((line) => row.test(line)),
        `${what}\n${failed.join("\n")}`,
      ).to.have.length(1);
    expect(
      failed.some((line) => line.startsWith("node-0 pods pod on node-0 to pod on node-1")),
      failed.join("\n"),
    ).to.equal(true);
  });

  it("has each change of a runtime named beside these, and all mended", async () => {
    await make("node-1", ofRuntime);
    const { checks } = await lab.state.verify();
    expectRows(checks, [...ofRuntime, ...ofVpc]);
    const repaired = await repair();
    expect(named(repaired)).to.deep.equal(["node-1 runtime", "node-1 cni"]);
    expect(repaired.stack).to.have.length(ofVpc.length);
    expect(failures(repaired.verification)).to.deep.equal([]);
  });

  it("keeps a daemon and its containers through a step that finds nothing to change", async () => {
    const pid = await lab.on("node-0", daemon);
    const { code, stdout, stderr } = await lab.state.shell(
      `pulumi config set --path 'hardway:runAgain["node-0/runtime"]' 7\npulumi up --yes --skip-preview`,
      lab.state.checkout,
    );
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/lab-runtime-node-0 +updated/);
    expect(await lab.on("node-0", `${daemon}; ${container}`)).to.equal(`${pid}\n${running}`);
  });

  it("repairs the other hosts when one does not answer, and names it", async () => {
    await lab.on("server", "sysctl -q -w net.ipv4.ip_forward=0");
    const { pid } = await lab.instance("node-1");
    process.kill(pid!, "SIGSTOP");
    try {
      const { code, stdout, stderr } = await lab.state.hardway("repair", "--json");
      expect(code, stderr).to.equal(1);
      const repaired = JSON.parse(stdout) as Repaired;
      expect(repaired.unreachable).to.deep.equal(["node-1"]);
      expect(named(repaired)).to.deep.equal(["server kernel"]);
    } finally {
      process.kill(pid!, "SIGCONT");
    }
    expect(await lab.on("server", "cat /proc/sys/net/ipv4/ip_forward")).to.equal("1");
  });

  it("has nothing left to repair, as one verification shows, and nothing to change for up", async () => {
    const again = await repair();
    expect([named(again), again.stack]).to.deep.equal([[], []]);
    expect((await lab.up()).changed).to.equal(false);
  });
});
