// LabNetwork and LabInstance on AWS: a VPC with one instance, on which KernelPrep logs in with a key of SshKeyPair.
// Run it: pulumi config set aws:region us-east-1 && pulumi config set --path 'adminCidrs[0]' 192.0.2.7/32 && pulumi up
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { LabInstance, LabNetwork } from "hardway/aws";
import { KernelPrep, ReachableHost, SshKeyPair } from "hardway/host";

// Who may log in.
const adminCidrs = new pulumi.Config().requireObject<string[]>("adminCidrs");
const network = new LabNetwork("example", { adminCidrs });
const login = new SshKeyPair("login");
const { keyName } = new ec2.KeyPair("login", {
  keyName: `${pulumi.getProject()}-${pulumi.getStack()}`,
  publicKey: login.publicKey,
});

const subnet = network.subnets[0];
if (subnet === undefined) throw new Error("LabNetwork makes a subnet in one zone unless told otherwise");

const { host, instance } = new LabInstance(
  "example",
  {
    hostname: "example",
    subnetId: subnet.id,
    address: "10.240.0.80",
    securityGroupIds: [network.securityGroupId],
    loginKey: { keyName, privateKey: login.privateKey },
  },
  { dependsOn: [...network.access] },
);

// Tied to the instance: done again on one that replaces it, not undone on one that goes.
const reachable = new ReachableHost("example", host, { deletedWith: instance });
const kernel = new KernelPrep("example", host, { deletedWith: instance, dependsOn: reachable });

export const address = instance.publicIp;
export const facts = kernel.facts;
