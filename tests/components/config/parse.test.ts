import { expect } from "chai";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPair } from "../../../cloud/machines/identity";
import { utils } from "ssh2";
import { parseConfig } from "../../../components";
import { readHostKeys } from "../../../components/config/hostKeys";
import { configProblems } from "../../support/configProblems";

describe("parseConfig", () => {
  let directory: string;
  const keys = generateKeyPair("test");

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "hardway-config-"));
    writeFileSync(join(directory, "key"), keys.privateKey);
    writeFileSync(join(directory, "key.pub"), keys.publicKey);
  });
  after(() => rmSync(directory, { recursive: true }));

  const ssh = { host: "192.0.2.1", user: "admin", privateKeyFile: "key" };
  const server = { name: "server", role: "controller", address: "10.240.0.10", ssh };
  const worker = (index: number, more: object = {}) => ({
    name: `node-${index}`,
    role: "worker",
    address: `10.240.0.8${index}`,
    ssh,
    ...more,
  });

  const problems = (values: Record<string, unknown>, defaultInventory?: string): string[] =>
    configProblems(() => parseConfig({ target: "hosts", ...values }, { directory, defaultInventory }));

  it("fills in the defaults", () => {
    const config = parseConfig({ target: "hosts", hosts: [server, worker(0), worker(1)] }, { directory });
    expect(config.hosts).to.deep.equal([
      { name: "server", role: "controller", address: "10.240.0.10", podCidr: undefined, connection: connection() },
      { name: "node-0", role: "worker", address: "10.240.0.80", podCidr: "10.200.0.0/24", connection: connection() },
      { name: "node-1", role: "worker", address: "10.240.0.81", podCidr: "10.200.1.0/24", connection: connection() },
    ]);
    expect(config).to.deep.include({
      clusterCidr: "10.200.0.0/16",
      modulesFile: "/etc/modules-load.d/containerd.conf",
      sysctlFile: "/etc/sysctl.d/99-kubernetes-cri.conf",
      masquerade: "bridge",
    });
  });

  function connection(): object {
    return { host: "192.0.2.1", port: 22, user: "admin", privateKey: keys.privateKey };
  }

  it("reads a bastion with its key, and refuses one that anybody could pose as", () => {
    const bastion = { host: "192.0.2.9", user: "jump", privateKeyFile: "key", hostKey: keys.publicKey };
    const config = parseConfig({ target: "hosts", hosts: [worker(0, { ssh: { ...ssh, bastion } })] }, { directory });
    expect(config.hosts[0]?.connection.proxy).to.deep.equal({
      ...{ host: "192.0.2.9", port: 22, user: "jump" },
      ...{ hostKey: keys.publicKey, privateKey: keys.privateKey },
    });
    expect(problems({ hosts: [worker(0, { ssh: { ...ssh, bastion: { host: "b" } } })] })).to.deep.equal([
      "hardway:hosts[0].ssh.bastion.hostKey is missing: without it any machine could pose as the bastion",
      "hardway:hosts[0].ssh.bastion needs one of privateKeyFile, privateKey, password or agentSocketPath",
    ]);
  });

  it("takes the keys of hosts that have none from those that were learnt", () => {
    const hosts = [worker(0), worker(1, { ssh: { ...ssh, port: 2222 } }), worker(2, { ssh: { ...ssh, host: "h" } })];
    const other = generateKeyPair("other").publicKey;
    const hostKeys = new Map([
      ["192.0.2.1", keys.publicKey],
      ["[192.0.2.1]:2222", other],
    ]);
    const parse = () => parseConfig({ target: "hosts", hosts }, { directory, hostKeys });
    expect(parse().hosts.map(({ connection }) => connection.hostKey)).to.deep.equal([keys.publicKey, other, undefined]);
    // What the configuration says comes first.
    Object.assign(hosts[0]!, { ssh: { ...ssh, hostKey: other } });
    expect(parse().hosts[0]?.connection.hostKey).to.equal(other);
  });

  it("tells no password to a host that anybody could pose as, whatever was learnt", () => {
    const hosts = [worker(0, { ssh: { host: "192.0.2.1", password: "x" } })];
    const hostKeys = new Map([["192.0.2.1", keys.publicKey]]);
    expect(configProblems(() => parseConfig({ target: "hosts", hosts }, { directory, hostKeys }))).to.deep.equal([
      "hardway:hosts[0].ssh.hostKey is missing: without it any machine could pose as the host and receive the password",
    ]);
  });

  it("names the line of a file of learnt keys that holds none", () => {
    const file = join(directory, "host_keys");
    writeFileSync(file, `192.0.2.1 ${keys.publicKey}\n\n192.0.2.2 ssh-ed25519 AAAA\n`);
    expect(configProblems(() => readHostKeys(file))).to.deep.equal([
      `${file}, line 3: must be a host and its key, as in known_hosts; remove the line, or the file to learn all hosts' keys again`,
    ]);
    expect([...readHostKeys(join(directory, "no such file"))]).to.deep.equal([]);
  });

  it("reads an inventory, whose relative paths start at its own folder", () => {
    writeFileSync(join(directory, "inventory.yaml"), `hosts:\n  - ${JSON.stringify(worker(0))}\n`);
    for (const config of [
      parseConfig({ target: "hosts", inventory: join(directory, "inventory.yaml") }, { directory: "/" }),
      parseConfig({ target: "hosts", inventory: "inventory.yaml" }, { directory }),
      parseConfig({ target: "hosts" }, { directory: "/", defaultInventory: join(directory, "inventory.yaml") }),
    ]) {
      expect(config.hosts.map((host) => [host.name, host.connection])).to.deep.equal([["node-0", connection()]]);
    }
  });

  it("reports everything at once", () => {
    expect(
      problems({
        hots: [],
        sshTimeoutSeconds: "two",
        clusterCidr: "10.200.0.1/16",
        extraSysctls: { "a b": "1" },
        runtime: "rkt",
      }),
    ).to.deep.equal([
      'hardway:clusterCidr must not have host bits set; did you mean "10.200.0.0/16"?; got "10.200.0.1/16"',
      'hardway:extraSysctls.a b must be the name of a sysctl such as net.ipv4.ip_forward; got "1"',
      'hardway:runtime must be one of "containerd", "crio", "docker", "mirantis"; got "rkt"',
      'hardway:sshTimeoutSeconds must be of type number; got "two"',
      'hardway:hots is not a known key (did you mean "hosts"?)',
    ]);
  });

  it("names the host and field inside a list", () => {
    expect(
      problems({ hosts: [{ name: "A_b", rol: "worker", address: "1.2.3", ssh: { host: "h", usr: "x", port: 0 } }] }),
    ).to.deep.equal([
      'hardway:hosts[0].name must be an RFC 1123 label: up to 63 of a-z, 0-9 and -, not at the ends; got "A_b"',
      "hardway:hosts[0].role is missing",
      'hardway:hosts[0].address must be an IPv4 address such as "10.240.0.80"; got "1.2.3"',
      "hardway:hosts[0].ssh.port must be at least 1; got 0",
      'hardway:hosts[0].ssh.usr is not a known key (did you mean "user"?)',
      'hardway:hosts[0].rol is not a known key (did you mean "role"?)',
    ]);
  });

  it("compares the hosts with each other", () => {
    const hosts = [
      worker(0, { podCidr: "10.200.0.0/24" }),
      worker(1, { name: "node-0", podCidr: "10.200.0.128/25" }),
      worker(2, { address: "10.240.0.80", podCidr: "10.9.0.0/24" }),
      worker(3, { address: "10.200.3.3" }),
      { ...server, podCidr: "10.200.9.0/24" },
    ];
    expect(problems({ hosts })).to.deep.equal([
      'hardway:hosts[1].name must be unique; hardway:hosts[0] has it too; got "node-0"',
      'hardway:hosts[2].address must be unique; hardway:hosts[0] has it too; got "10.240.0.80"',
      'hardway:hosts[3].address must be outside the cluster CIDR 10.200.0.0/16, which is for pods; got "10.200.3.3"',
      'hardway:hosts[1].podCidr must not overlap the pod CIDR 10.200.0.0/24 of node-0; got "10.200.0.128/25"',
      'hardway:hosts[2].podCidr must be inside hardway:clusterCidr 10.200.0.0/16; got "10.9.0.0/24"',
      'hardway:hosts[4].podCidr must not be set: a controller has no pods; got "10.200.9.0/24"',
    ]);
  });

  it("knows the steps that can run again, and counts in whole numbers", () => {
    const runAgain = { "node-0": 1, "node-0/cni": 2, "node-7/store": 3 };
    expect(parseConfig({ target: "hosts", hosts: [worker(0)], runAgain }, { directory }).runAgain).to.deep.equal(
      runAgain,
    );
    expect(problems({ runAgain: { "node-0/kernel-prep": 1, "node-0": -1, "node-0/cni": 0.5 } })).to.deep.equal([
      "hardway:runAgain.node-0/kernel-prep must be the name of a host, or HOST/STEP with a step of kernel, store, runtime, cni, routes, etcd, control-plane, api-balancer, kubelet, kube-proxy, cluster; got 1",
      "hardway:runAgain.node-0 must be at least 0; got -1",
      "hardway:runAgain.node-0/cni must be of type int; got 0.5",
    ]);
  });

  it("takes an MTU of pods that IPv6 works with, or none", () => {
    const hosts = [worker(0)];
    for (const podMtu of [0, 1280, 9001, 65535])
      expect(parseConfig({ target: "hosts", hosts, podMtu }, { directory }).podMtu).to.equal(podMtu);
    for (const podMtu of [-1, 1, 1279, 65536])
      expect(problems({ hosts, podMtu })).to.deep.equal([
        `hardway:podMtu must be 0, for the kernel's own, or from 1280 to 65535 bytes; got ${podMtu}`,
      ]);
  });

  it("refuses more workers than pod CIDRs", () => {
    expect(problems({ clusterCidr: "10.200.0.0/24", hosts: [worker(0), worker(1)] })).to.deep.equal([
      "hardway:clusterCidr is too small: 10.200.0.0/24 has room for 1 pod CIDRs of length /24, none is left for node-1",
    ]);
  });

  it("says why a private key cannot be used", () => {
    writeFileSync(join(directory, "text"), "no key\n");
    const withKey = (privateKeyFile: string) => problems({ hosts: [worker(0, { ssh: { ...ssh, privateKeyFile } })] });
    const key = "hardway:hosts[0].ssh.privateKeyFile cannot be used:";
    expect(withKey("nowhere")).to.deep.equal([
      `${key} ENOENT: no such file or directory, open '${directory}/nowhere'; got "nowhere"`,
    ]);
    expect(withKey("text")).to.deep.equal([`${key} Unsupported key format; got "text"`]);
    expect(withKey("key.pub")).to.deep.equal([`${key} this is a public key; name the private one; got "key.pub"`]);
    expect(problems({ hosts: [worker(0, { ssh: { host: "h" } })] })).to.deep.equal([
      "hardway:hosts[0].ssh needs one of privateKeyFile, privateKey, password or agentSocketPath",
    ]);
  });

  it("reads private keys as the plugin and the verification do, from a file and as a text", () => {
    const pairs = [
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("ed25519"),
    ];
    for (const { privateKey: key } of pairs) {
      const privateKey = key.export({ type: "pkcs8", format: "pem" }) as string;
      writeFileSync(join(directory, "pkcs8"), privateKey);
      for (const login of [{ privateKeyFile: "pkcs8" }, { privateKey }]) {
        const hosts = [worker(0, { ssh: { host: "h", ...login } })];
        const [host] = parseConfig({ target: "hosts", hosts }, { directory }).hosts;
        expect(host?.connection.privateKey).to.equal(privateKey);
      }
    }
  });

  it("refuses a private key that is none, given as a text, without showing it", () => {
    const withKey = (privateKey: string) => problems({ hosts: [worker(0, { ssh: { host: "h", privateKey } })] });
    const key = "hardway:hosts[0].ssh.privateKey cannot be used:";
    expect(withKey("canary")).to.deep.equal([`${key} Unsupported key format`]);
    expect(withKey(keys.publicKey)).to.deep.equal([`${key} this is a public key; name the private one`]);
  });

  for (const [what, hostKey] of [
    ["of another type than its text says", keys.publicKey.replace("ed25519", "rsa")],
    ["without its second half", keys.publicKey.slice(0, -20)],
    ["with more than a key in it", `${keys.publicKey}AAAA`],
    ["with its host before it", `192.0.2.1 ${keys.publicKey}`],
    ["of a few letters", "ssh-ed25519 AAAA"],
    ["with a second line", `${keys.publicKey}\n${keys.publicKey}`],
    ["that is a fingerprint", "SHA256:ro1mL41fmXduFXIWNFI7uOEEwsOapKKP7MVik+/mLY0"],
  ] as const) {
    it(`refuses a host key ${what}`, () => {
      expect(problems({ hosts: [worker(0, { ssh: { ...ssh, hostKey } })] })).to.deep.equal([
        'hardway:hosts[0].ssh.hostKey must be one whole public host key such as "ssh-ed25519 AAAA..."; ' +
          `got ${JSON.stringify(hostKey)}`,
      ]);
    });
  }

  it("takes host keys of each type that hosts have, with a comment", () => {
    for (const [type, options] of [
      ["rsa", { bits: 2048 }],
      ["ecdsa", { bits: 256 }],
      ["ecdsa", { bits: 384 }],
      ["ecdsa", { bits: 521 }],
    ] as const) {
      const { public: hostKey } = utils.generateKeyPairSync(
        type as "rsa",
        { ...options, comment: "root@a b" } as never,
      );
      expect(problems({ hosts: [worker(0, { ssh: { ...ssh, hostKey } })] }), type).to.deep.equal([]);
    }
    const hostKey = `${generateKeyPair("node-0").publicKey} root@a b`;
    expect(problems({ hosts: [worker(0, { ssh: { ...ssh, hostKey } })] })).to.deep.equal([]);
  });

  it("says what to do when no hosts are named", () => {
    expect(problems({})).to.deep.equal([
      "hardway:hosts is not set, and neither is hardway:inventory: list your hosts in one of them " +
        '(examples/vagrant shows how), or let "./hardway up" make the machines',
    ]);
    expect(problems({}, "/nowhere.json")).to.deep.equal([
      "HARDWAY_INVENTORY names a file that cannot be read: " +
        `ENOENT: no such file or directory, open '/nowhere.json'; got "/nowhere.json"`,
    ]);
  });

  const refused: readonly [what: string, values: Record<string, unknown>, said: string[]][] = [
    [
      "networks and addresses that nobody can have",
      {
        clusterCidr: "127.0.0.0/16",
        hosts: [
          worker(0, { address: "255.255.255.255" }),
          worker(1, { address: "0.0.0.0", podCidr: "169.254.1.0/24" }),
          worker(2, { address: "127.0.0.1", podCidr: "224.0.1.0/24" }),
        ],
      },
      [
        'hardway:hosts[0].address must not be in 255.255.255.255/32, which is for broadcast; got "255.255.255.255"',
        'hardway:hosts[1].address must not be in 0.0.0.0/8, which is for this network; got "0.0.0.0"',
        'hardway:hosts[1].podCidr must not be in 169.254.0.0/16, which is for link-local addresses; got "169.254.1.0/24"',
        'hardway:hosts[2].address must not be in 127.0.0.0/8, which is for loopback; got "127.0.0.1"',
        'hardway:hosts[2].podCidr must not be in 224.0.0.0/4, which is for multicast; got "224.0.1.0/24"',
        'hardway:clusterCidr must not be in 127.0.0.0/8, which is for loopback; got "127.0.0.0/16"',
      ],
    ],
    [
      "a pod CIDR without an address for a pod",
      { hosts: [worker(0, { podCidr: "10.200.0.0/31" }), worker(1, { podCidr: "10.200.0.4/32" })] },
      ["10.200.0.0/31", "10.200.0.4/32"].map(
        (got, index) =>
          `hardway:hosts[${index}].podCidr must be a /30 or larger, so that there is an address for a pod beside the bridge's; got "${got}"`,
      ),
    ],
    [
      "sysctls that contradict what pods need, or each other, however they are written",
      {
        hosts: [worker(0)],
        extraSysctls: {
          "net.ipv4.ip_forward": "0",
          "net/ipv4/conf/all/forwarding": 0,
          "net/bridge/bridge-nf-call-iptables": " 1 ",
          "net.ipv4.conf.eth1/100.rp_filter": "2",
          "net/ipv4/conf/eth1.100/rp_filter": "1",
        },
      },
      [
        'hardway:extraSysctls.net.ipv4.ip_forward must be 1: pods need it; got "0"',
        'hardway:extraSysctls.net/ipv4/conf/all/forwarding must be 1: pods need it; got "0"',
        "hardway:extraSysctls.net/ipv4/conf/eth1.100/rp_filter is there twice: net.ipv4.conf.eth1/100.rp_filter is the same sysctl",
      ],
    ],
    [
      "sysctls that contradict what a kubelet needs, and takes those that agree",
      {
        hosts: [{ ...worker(0), role: "controller", podCidr: undefined }, worker(1)],
        cluster: true,
        extraSysctls: { "kernel/panic": "0", "kernel.panic_on_oops": "1", "vm.overcommit_memory": "2" },
      },
      [
        'hardway:extraSysctls.kernel/panic must be 10: the kubelet needs it; got "0"',
        'hardway:extraSysctls.vm.overcommit_memory must be 1: the kubelet needs it; got "2"',
      ],
    ],
    [
      "modules that modprobe would take for options",
      { hosts: [worker(0)], extraModules: ["-r", "--help", "nf_tables"] },
      ["-r", "--help"].map(
        (got, index) => `hardway:extraModules[${index}] must be the name of a kernel module; got "${got}"`,
      ),
    ],
    [
      "a device outside of /dev, and an image that is no reference",
      {
        hosts: [worker(0)],
        snapshotter: "btrfs",
        snapshotterDevice: "/dev/../etc/passwd",
        sandboxImage: "registry.k8s.io/$(id):3.9",
        probeImage: 'busybox";id;":1',
      },
      [
        'hardway:snapshotterDevice must be a block device\'s plain path, without .. or . or // in it; got "/dev/../etc/passwd"',
        'hardway:sandboxImage must be an image with a tag or a digest such as registry.k8s.io/pause:3.9; got "registry.k8s.io/$(id):3.9"',
        `hardway:probeImage must be an image with a tag or a digest such as registry.k8s.io/pause:3.9; got ${JSON.stringify('busybox";id;":1')}`,
      ],
    ],
  ];
  for (const [what, values, said] of refused) {
    it(`refuses ${what}`, () => expect(problems(values)).to.deep.equal(said));
  }

  it("takes what is near to that, and numbers of sysctls as YAML has them", () => {
    const config = parseConfig(
      {
        target: "hosts",
        hosts: [worker(0, { podCidr: "10.200.0.0/30" })],
        extraSysctls: { "vm.max_map_count": 262144, "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.forwarding": "0" },
        snapshotter: "btrfs",
        snapshotterDevice: "/dev/disk/by-id/x..y",
        sandboxImage: "Registry.example:5000/a/b__c-d.e:V1",
        probeImage: `busybox@sha256:${"a".repeat(64)}`,
      },
      { directory },
    );
    expect(config.extraSysctls).to.deep.equal({
      "vm.max_map_count": "262144",
      "net.ipv4.ip_forward": "1",
      "net.ipv4.conf.eth0.forwarding": "0",
    });
  });

  it("never shows a secret", () => {
    const canary = "canary-secret";
    const found = [
      ...problems({ hosts: [worker(0, { ssh: { host: "h", password: [canary] } })] }),
      ...problems({ hosts: [worker(0, { ssh: [canary] })] }),
      ...problems({ hosts: [worker(0, { ssh: { host: "h", password: canary, privateKey: 1, typo: canary } })] }),
      ...problems({ hosts: [worker(0, { ssh: `root:${canary}@h` })] }),
      ...problems({ hosts: [worker(0, { ssh: { host: `root:${canary}@h` } })] }),
      ...problems({ hosts: [worker(0, { ssh: { host: "h", user: `root:${canary}@` } })] }),
      ...problems({ hosts: [worker(0, { ssh: { [`root:${canary}@h`]: null } })] }),
      ...problems({ hosts: `https://user:${canary}@h` }),
      // Texts in place of what they should hold: JSON with a slip in it, another program's inventory.
      ...problems({ hosts: `[{ "ssh": { "password": "${canary}" }` }),
      ...problems({ hosts: [`node-0 ansible_password=${canary}`] }),
      ...problems({ hosts: [worker(0, { ssh: `password=${canary}` })] }),
      ...problems({ registryMirrors: `docker.io=${canary}` }),
      ...problems({ runtimeMirror: `https://user:${canary}@mirror.example` }),
      ...problems({ registryMirrors: { "docker.io": [`https://user:${canary}@mirror.example`] } }),
      ...problems({ registryMirrors: { [`user:${canary}@docker.io`]: ["https://mirror.example"] } }),
    ];
    expect(found).to.have.length.greaterThan(10);
    expect(found.join("\n")).not.to.contain(canary);
    writeFileSync(join(directory, "broken.yaml"), `hosts:\n  - { ssh: { password: "${canary} }\n`);
    const [broken] = problems({ inventory: "broken.yaml" });
    expect(broken).to.match(
      /^hardway:inventory names a file that cannot be read: .* at line \d+, column \d+; got "broken.yaml"$/,
    );
    expect(broken).not.to.contain(canary);
    writeFileSync(join(directory, "hosts.ini"), `node-0 ansible_host=192.0.2.1 ansible_password=${canary}\n`);
    expect(problems({ inventory: "hosts.ini" })).to.deep.equal([
      `${join(directory, "hosts.ini")}: must be of type object`,
    ]);
  });
});
