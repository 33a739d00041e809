import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { sumsFile } from "../../cli/artifacts/built";
import { cacheDirectory } from "../../cli/paths";
import type { KeyLogin } from "../../cli/ssh/login";
import { SshSession } from "../../cli/ssh/session";
import { mirrorDirectory } from "../../cloud/daemon/MirrorServer";
import { machineFiles } from "../../cloud/machines/files";
import { failures, TestState } from "../support/hardwayCli";
import { awsCli, pythonEnv } from "../support/pythonEnv";

/**
 * Machines that the AWS CLI and boto3 make in the embedded EC2, as anybody might, and then hosts of one's own for a lab that knows
 * nothing of EC2: target hosts. Their addresses differ from those of the other test's lab, which runs at the same time.
 */
describe("hosts of one's own, made by other clients", () => {
  let state: TestState;
  const hosts: Record<string, { id: string; address: string; access: KeyLogin }> = {};
  const snapshotScript = readFileSync(join(__dirname, "../support/snapshot.sh"), "utf8");
  /** What was on them before the lab. */
  const snapshots = new Map<string, string>();
  /** A checkout of its own, with a stack file that names the hosts. */
  let copy: string;
  let environment: NodeJS.ProcessEnv;

  before(() => {
    state = new TestState("own");
  });

  after(async () => {
    await state.remove();
    expect(state.processes()).to.deep.equal([]);
  });

  /** Runs the AWS CLI; gives what it prints as JSON. */
  async function aws(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await state.run(awsCli(), ["ec2", ...args], state.directory, environment);
    expect(code, `aws ec2 ${args.join(" ")}: ${stderr}`).to.equal(0);
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  }

  async function on(name: string, command: string, stdin = ""): Promise<string> {
    const session = await SshSession.connect(hosts[name]!.access);
    try {
      const { code, stdout, stderr } = await session.exec(command, { stdin, timeoutSeconds: 120 });
      expect(code, `${name}: ${command}: ${stderr}`).to.equal(0);
      return stdout.trim();
    } finally {
      session.close();
    }
  }
  // Its cache would stay behind in root's home.
  const kubectl =
    "sudo kubectl --kubeconfig /var/lib/kubernetes/admin.kubeconfig --cache-dir /run/kubectl --request-timeout 30s";
  const snapshot = (name: string): Promise<string> => on(name, "sudo -n sh -s", snapshotScript);

  it("are launched by the AWS CLI and answer with the key that the console tells", async () => {
    const { status, accessKey } = await state.cloud.ensure();
    environment = {
      AWS_ENDPOINT_URL: status.url,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
      AWS_PAGER: "",
      AWS_MAX_ATTEMPTS: "1",
      HOME: state.directory,
    };
    const [{ Vpc }, { KeyMaterial }, { Images }] = (await Promise.all([
      aws("create-vpc", "--cidr-block", "10.240.0.0/16"),
      aws("create-key-pair", "--key-name", "own", "--key-type", "ed25519"),
      aws("describe-images", "--filters", "Name=name,Values=debian-13-*"),
    ])) as [{ Vpc: { VpcId: string } }, { KeyMaterial: string }, { Images: { ImageId: string }[] }];
    const { Subnet } = (await aws(...["create-subnet", "--vpc-id", Vpc.VpcId, "--cidr-block", "10.240.0.0/24"])) as {
      Subnet: { SubnetId: string };
    };
    const { SecurityGroups } = (await aws("describe-security-groups")) as { SecurityGroups: { GroupId: string }[] };
    // Pods keep their addresses between nodes, and the group knows only its members.
    const rule = ["--group-id", SecurityGroups[0]!.GroupId, "--protocol", "-1", "--cidr", "10.200.0.0/16"];
    await aws("authorize-security-group-ingress", ...rule);

    for (const [name, address, type] of [
      ["server", "10.240.0.20", "t2.small"],
      ["node-0", "10.240.0.90", "t2.micro"],
    ] as const) {
      const { Instances } = (await aws(
        ...["run-instances", "--image-id", Images[0]!.ImageId, "--instance-type", type, "--key-name", "own"],
        ...["--subnet-id", Subnet.SubnetId, "--private-ip-address", address, "--associate-public-ip-address"],
        ...["--user-data", `#cloud-config\nhostname: ${name}\nruncmd:\n  - echo first boot of ${name} > /run/once\n`],
      )) as { Instances: { InstanceId: string }[] };
      const id = Instances[0]!.InstanceId;
      await aws("modify-instance-attribute", "--instance-id", id, "--no-source-dest-check");
      hosts[name] = { id, address, access: { host: "", port: 2222, user: "admin", privateKey: KeyMaterial } };
    }
    // boto3's own waiter.
    const ids = Object.values(hosts).map(({ id }) => id);
    const wait = `import sys, boto3; boto3.client("ec2").get_waiter("instance_running").wait(InstanceIds=sys.argv[1:])`;
    const waited = await state.run(join(pythonEnv(), "bin/python"), ["-c", wait, ...ids], state.directory, environment);
    expect(waited.code, waited.stderr).to.equal(0);

    for (const host of Object.values(hosts)) {
      const { Reservations } = (await aws("describe-instances", "--instance-ids", host.id)) as {
        Reservations: { Instances: { PublicIpAddress: string }[] }[];
      };
      const { Output } = (await aws("get-console-output", "--instance-id", host.id, "--latest")) as { Output: string };
      const hostKey = /BEGIN SSH HOST KEY KEYS-+\s+(ssh-ed25519 \S+)/.exec(Output)?.[1];
      const { PublicIpAddress } = Reservations[0]!.Instances[0]!;
      host.access = { ...host.access, host: PublicIpAddress, ...(hostKey !== undefined && { hostKey }) };
      expect(hostKey).to.match(/^ssh-ed25519 AAAA/);
    }
    for (const name of Object.keys(hosts)) {
      expect(await on(name, "hostname; systemctl is-system-running --wait; cat /run/once")).to.equal(
        `${name}\nrunning\nfirst boot of ${name}`,
      );
    }
  });

  it("are machines of their own, which give kernel preparation something to do", async () => {
    const facts = await Promise.all(
      Object.keys(hosts).map((name) =>
        on(name, "cat /etc/machine-id; sudo cat /sys/class/dmi/id/product_uuid | tr -d -; id -un; sudo id -un"),
      ),
    );
    const [one, two] = facts.map((text) => text.split("\n"));
    expect(one!.slice(1)).to.deep.equal([one![0], "admin", "root"]);
    expect(one![0]).not.to.equal(two![0]);
    expect(
      await on(
        "node-0",
        "tail -n +2 /proc/swaps | cut -d ' ' -f 1; grep -c swap /etc/fstab; " +
          "cut -d ' ' -f 1 /proc/modules | grep -cE '^(overlay|br_netfilter)$'; " +
          "cat /proc/sys/net/ipv4/ip_forward; stat -fc %T /sys/fs/cgroup; " +
          "sudo modprobe -n overlay br_netfilter btrfs dm_thin_pool zram && echo there",
      ),
    ).to.equal("/swapfile\n1\n0\n0\ncgroup2fs\nthere");
  });

  it("reach each other through the VPC at full frame size, and packages over the other card", async () => {
    const ping = "ping -c 2 -W 5 -M do -s 1472 10.240.0.90 | grep -o '[0-9]* received'";
    expect(await on("server", ping)).to.equal("2 received");
    expect(
      await on("node-0", "ip route get 1.1.1.1 | grep -o 'dev eth0'; ip -o link show eth1 | grep -o 'mtu 1500'"),
    ).to.equal("dev eth0\nmtu 1500");
  });

  it("keep secrets from others on this computer", async () => {
    const { instances, state: stateFile, directory } = state.cloudFiles;
    const { pid } = (await state.cloud.status())!.instances.find(({ id }) => id === hosts["server"]!.id)!;
    const files = machineFiles(join(instances, hosts["server"]!.id));
    expect(statSync(directory).mode & 0o777).to.equal(0o700);
    for (const file of [stateFile, files.disk, files.consoleLog, join(files.credentials, "tmpfiles.extra")])
      expect(statSync(file).mode & 0o077, file).to.equal(0);
    const identity = JSON.parse(readFileSync(join(files.folder, "identity.json"), "utf8")) as {
      hostKey: { privateKey: string };
    };
    const secret = identity.hostKey.privateKey.split("\n")[1]!;
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.to.contain(secret);
    expect(readFileSync(state.cloudFiles.log, "utf8")).not.to.contain(secret);
  });

  /** How the stack file names one of the hosts. */
  function hostConfig(name: string) {
    const { address, access } = hosts[name]!;
    const privateKeyFile = join(state.directory, `key-${name}`);
    writeFileSync(privateKeyFile, access.privateKey, { mode: 0o600 });
    const { host, port, user, hostKey } = access;
    const role = name === "server" ? "controller" : "worker";
    return { name, role, address, ssh: { host, port, user, privateKeyFile, hostKey } };
  }

  it("become a lab with target hosts, a mirror of one's own and a cluster, every row ok", async () => {
    copy = await state.copyCheckout();
    for (const name of Object.keys(hosts)) snapshots.set(name, await snapshot(name));
    // What a closed network needs: built from Go modules, kept in the cache, and served by somebody.
    const programs = ["containerd", "runc", "cni-plugins", "kubernetes", "etcd", "crictl", "coredns"];
    const built = await state.run(join(copy, "hardway"), ["artifacts", "build", ...programs]);
    expect(built.code, built.stderr).to.equal(0);
    const { mirror } = (await state.cloud.status())!;
    const config = {
      "hardway:target": "hosts",
      "hardway:sshTimeoutSeconds": 30,
      "hardway:masquerade": "outsideCluster",
      "hardway:sandboxImage": "hardway.local/pause:1",
      "hardway:probeImage": "hardway.local/busybox:1",
      "hardway:imageArchives": ["/usr/share/hardway/images/lab.tar"],
      "hardway:hosts": Object.keys(hosts).map(hostConfig),
      "hardway:runtimeSource": "mirror",
      "hardway:runtimeMirror": mirror,
      "hardway:runtimeMirrorSums": join(mirrorDirectory(cacheDirectory()), sumsFile),
      "hardway:cluster": true,
      "hardway:dnsImage": "hardway.local/coredns:1.14.6",
      "hardway:etcdHeartbeatMilliseconds": 500,
      "hardway:podMtu": 1400,
      "hardway:seccompDefault": true,
    };
    writeFileSync(join(copy, "Pulumi.own.yaml"), stringify({ config }));
    const { code, stdout, stderr } = await state.run(join(copy, "hardway"), ["up", "--lab", "own", "--json"]);
    expect(code, stderr + stdout).to.equal(0);
    const { verification } = JSON.parse(stdout) as { verification: Parameters<typeof failures>[0] };
    expect(failures(verification)).to.deep.equal([]);
    expect(verification.some(({ host, area }) => host === "server" && area === "pods")).to.equal(true);
    expect(await on("server", `${kubectl} get nodes -o name`)).to.equal("node/node-0");
    expect(await on("node-0", "containerd --version; command -v containerd")).to.match(
      / v2\..*\n\/usr\/local\/bin\/containerd$/,
    );
  });

  it("run a pod, which a Service leads to from each of them and, by its name, from itself", async () => {
    const serve = "mkdir /www && echo here >/www/index.html && exec httpd -f -p 8080 -h /www";
    await on("server", `${kubectl} create deployment web --image hardway.local/busybox:1 -- sh -c '${serve}'`);
    await on("server", `${kubectl} expose deployment web --port 80 --target-port 8080 --type NodePort`);
    await on("server", `${kubectl} rollout status deployment web --timeout 110s`);
    const service = await on(
      "server",
      `${kubectl} get service web -o jsonpath='{.spec.clusterIP} {.spec.ports[0].nodePort}'`,
    );
    const [address, port] = service.split(" ");
    // kube-proxy hears of the endpoint a moment after the pod is ready.
    const ask = (url: string) => `curl --retry 30 --retry-delay 1 --retry-all-errors -sS --max-time 60 http://${url}`;
    expect(await on("node-0", ask(`${address}:80`))).to.equal("here");
    expect(await on("server", ask(`10.240.0.90:${port}`))).to.equal("here");
    const itself = `printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 10 web 80`;
    const chosen = "cat /sys/class/net/eth0/mtu; grep Seccomp: /proc/1/status";
    expect(await on("server", `${kubectl} exec deployment/web -- sh -c '${itself}; ${chosen}'`)).to.match(
      /\r\n\r\nhere\n1400\nSeccomp:\t2$/,
    );
  });

  it("show in the verification what happens to them", async () => {
    await on("node-0", "sudo sysctl -q -w net.ipv4.ip_forward=0 && sudo systemctl disable -q --now containerd");
    await on("server", "sudo ip route del 10.200.0.0/24 proto 77");
    const areas = ["kernel", "runtime", "routes", "nodes"].flatMap((area) => ["--area", area]);
    const { code, stdout } = await state.run(join(copy, "hardway"), ["verify", "--lab", "own", "--json", ...areas]);
    expect(code).to.equal(1);
    const failed = failures(JSON.parse(stdout) as Parameters<typeof failures>[0]).join("\n");
    expect(failed).to.match(/^node-0 kernel .*ip_forward/m);
    expect(failed).to.match(/^node-0 runtime containerd at the next boot/m);
    expect(failed).to.match(/^node-0 nodes pod by .* not tried/m);
    expect(failed).to.match(/^server routes .*10\.200\.0\./m);
    await on("node-0", "sudo sysctl -q -w net.ipv4.ip_forward=1 && sudo systemctl enable -q --now containerd");
  });

  it("are as they were before when the stack is destroyed", async () => {
    const { code, stderr } = await state.run(join(copy, "hardway"), ["down", "--lab", "own", "--yes"]);
    expect(code, stderr).to.equal(0);
    for (const [name, text] of snapshots) {
      const [before, after] = [text.split("\n"), (await snapshot(name)).split("\n")];
      // Whole lists would be too long for a report.
      const differences = {
        gone: before.filter((line) => !after.includes(line)),
        left: after.filter((line) => !before.includes(line)),
      };
      expect(differences, name).to.deep.equal({ gone: [], left: [] });
      expect(after, name).to.deep.equal(before);
    }
  });

  it("end when they are terminated, and nothing is left", async () => {
    const ids = Object.values(hosts).map(({ id }) => id);
    await aws("terminate-instances", "--instance-ids", ...ids);
    await aws("wait", "instance-terminated", "--instance-ids", ...ids);
    expect(state.processes().filter((line) => line.startsWith("qemu"))).to.deep.equal([]);
    const wrong = await state.run(
      awsCli(),
      ["ec2", "describe-vpcs", "--vpc-ids", "vpc-00000000000000000"],
      state.directory,
      environment,
    );
    expect(wrong.stderr).to.contain("(InvalidVpcID.NotFound)");
  });
});
