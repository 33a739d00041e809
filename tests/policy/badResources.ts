import { renderScript } from "../../components/remote/scriptText";
import type { Properties } from "../../policy/resource";

/** Resources that break a rule each, by the rule's name: what a test makes, and what the rule is to find. */
export interface Bad {
  readonly type: string;
  readonly props: Properties;
  readonly found: string;
}

const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const instance = "aws:ec2/instance:Instance";
const command = "command:remote:Command";

/** What an instance must have. */
export const safe = {
  ami: "ami-1",
  instanceType: "t3.small",
  metadataOptions: { httpTokens: "required" },
  rootBlockDevice: { encrypted: true },
} as const;
const connection = { host: "192.0.2.10", hostKey: "ssh-ed25519 AAAA" };

const step = (name: string, variables: Record<string, string>) =>
  renderScript({ name, text: "true" }, { variables, timeoutSeconds: 300, asRoot: true });
const ssh = { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 22, toPort: 22 };

export const badResources: Readonly<Record<string, readonly Bad[]>> = {
  "no-ssh-from-everywhere": [
    { type: ingress, props: { ...ssh, cidrIpv4: "0.0.0.0/0" }, found: "0.0.0.0/0 may reach port 22." },
    {
      type: ingress,
      props: { ...ssh, cidrIpv6: "::/0", fromPort: 1, toPort: 99 },
      found: "::/0 may reach ports 1 to 99.",
    },
    {
      type: "aws:ec2/securityGroup:SecurityGroup",
      props: { ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }] },
      found: "0.0.0.0/0 may reach all ports.",
    },
    {
      type: "hardway:index:LabNetwork",
      props: { adminCidrs: ["192.0.2.7/32", "0.0.0.0/0"] },
      found: "adminCidrs has 0.0.0.0/0.",
    },
  ],
  "pinned-host-keys": [
    {
      type: command,
      props: { connection: { host: "192.0.2.10" }, create: "true" },
      found: "The connection to 192.0.2.10 has no hostKey.",
    },
    {
      type: "command:remote:CopyToRemote",
      props: { connection: { ...connection, proxy: { host: "192.0.2.1" } } },
      found: "The proxy 192.0.2.1 has no hostKey.",
    },
  ],
  "source-dest-check": [
    {
      type: instance,
      props: { ...safe, sourceDestCheck: false },
      found: "sourceDestCheck is off, and this is no node.",
    },
  ],
  imdsv2: [
    {
      type: instance,
      props: { ...safe, metadataOptions: { httpTokens: "optional" } },
      found: 'metadataOptions.httpTokens is "optional".',
    },
    { type: instance, props: { ...safe, metadataOptions: undefined }, found: "metadataOptions.httpTokens is not set." },
  ],
  "encrypted-volumes": [
    {
      type: instance,
      props: { ...safe, rootBlockDevice: undefined },
      found: "encrypted of the root volume is not set.",
    },
    {
      type: instance,
      props: { ...safe, ebsBlockDevices: [{ deviceName: "/dev/sdf", encrypted: false }] },
      found: "encrypted of volume /dev/sdf is false.",
    },
  ],
  "swap-off": [
    { type: "hardway:index:KernelPrep", props: { swap: "keep" }, found: 'swap is "keep".' },
    {
      type: command,
      props: { connection, create: step("20-kernel-prep", { SWAP: "keep" }) },
      found: "The script 20-kernel-prep is sent SWAP=keep.",
    },
  ],
  "checksummed-artifacts": [
    {
      type: command,
      props: { connection, create: "curl -fsSL https://example.org/install.sh | sudo sh" },
      found: "The command runs what it downloads, unseen (curl | sh).",
    },
    {
      type: command,
      props: { connection, create: "wget https://example.org/runc\ninstall runc /usr/bin" },
      found: "The command downloads a file and compares it with nothing.",
    },
    {
      type: command,
      props: {
        connection,
        create: step("30-containerd", { ARTIFACTS: "amd64 runc 1.2.3 binary:runc - https://example.org" }),
      },
      found: "runc 1.2.3 comes without a checksum.",
    },
    {
      type: "hardway:index:ContainerRuntime",
      props: { runtimeArtifacts: [{ name: "runc", version: "1.2.3" }] },
      found: "runtimeArtifacts has runc without a sha256.",
    },
  ],
  "encrypted-secrets": [
    {
      type: "hardway:index:ControlPlane",
      props: { encryptedResources: [] },
      found: "encryptedResources is empty.",
    },
    {
      type: "hardway:index:ControlPlane",
      props: { encryptedResources: ["configmaps", "events"] },
      found: "encryptedResources has configmaps, events alone.",
    },
    {
      type: command,
      props: { connection, create: "systemd-run kube-apiserver --etcd-servers=https://127.0.0.1:2379" },
      found: "The API server is started without --encryption-provider-config.",
    },
  ],
  "pods-keep-their-address": [
    { type: "hardway:index:CniConfig", props: { masquerade: "bridge" }, found: 'masquerade is "bridge".' },
    {
      type: command,
      props: { connection, create: step("40-cni-config", { MASQUERADE: "bridge" }) },
      found: "Packets to other nodes get the node's address as their sender (MASQUERADE=bridge).",
    },
  ],
};

/** Several resources that break a rule together. */
export const badStacks: Readonly<
  Record<string, readonly { readonly resources: readonly Omit<Bad, "found">[]; readonly found: string }[]>
> = {
  "no-ssh-from-everywhere": [
    {
      resources: [
        { type: ingress, props: { ...ssh, cidrIpv4: "0.0.0.0/0", fromPort: 2222, toPort: 2222 } },
        { type: ingress, props: { ...ssh, cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 } },
        { type: command, props: { connection: { ...connection, port: 2222 }, create: "true" } },
        { type: command, props: { connection: { ...connection, port: 2222 }, create: "false" } },
      ],
      found: "0.0.0.0/0 may reach port 2222. SSH is on port 2222, as bad-2 says.",
    },
    {
      resources: [
        { type: "hardway:index:LabInstance", props: { sshPort: 2222 } },
        {
          type: "aws:ec2/securityGroup:SecurityGroup",
          props: { ingress: [{ protocol: "tcp", fromPort: 2000, toPort: 3000, ipv6CidrBlocks: ["::/0"] }] },
        },
      ],
      found: "::/0 may reach ports 2000 to 3000. SSH is on port 2222, as bad-0 says.",
    },
  ],
  "one-cgroup-driver": [
    {
      resources: [
        { type: command, props: { connection, create: step("30-containerd", { CONFIG_V2: "SystemdCgroup = true" }) } },
        { type: command, props: { connection, create: "echo 'cgroupDriver: cgroupfs' >/var/lib/kubelet/config.yaml" } },
      ],
      found: "192.0.2.10 is sent cgroupfs by bad-1 and systemd by bad-0.",
    },
  ],
  "pod-cidrs-outside-vpc": [
    {
      resources: [
        { type: "aws:ec2/vpc:Vpc", props: { cidrBlock: "10.240.0.0/16" } },
        { type: "aws:ec2/subnet:Subnet", props: { cidrBlock: "10.240.8.0/24" } },
        { type: command, props: { connection, create: step("40-cni-config", { POD_CIDR: "10.240.8.0/24" }) } },
      ],
      found: "Pods are in 10.240.8.0/24, which overlaps 10.240.0.0/16 of the VPC.",
    },
    {
      // A VPC that is looked up.
      resources: [
        { type: "hardway:index:LabNetwork", props: { vpcCidrs: ["10.0.0.0/16", "10.9.0.0/16"] } },
        { type: "hardway:index:CniConfig", props: { podCidr: "10.9.1.0/24" } },
      ],
      found: "Pods are in 10.9.1.0/24, which overlaps 10.9.0.0/16 of the VPC.",
    },
    {
      resources: [
        { type: "aws:ec2/subnet:Subnet", props: { vpcId: "vpc-1", cidrBlock: "10.9.1.0/24" } },
        { type: "hardway:index:CniConfig", props: { podCidr: "10.9.0.0/16" } },
      ],
      found: "Pods are in 10.9.0.0/16, which overlaps 10.9.1.0/24 of the VPC.",
    },
  ],
};
