// HardWayLab on AWS: the network, a controller and three workers in two zones, and every step on each of them.
// Run it: pulumi config set aws:region us-east-1 && pulumi config set --path 'adminCidrs[0]' 192.0.2.7/32 && pulumi up
import * as pulumi from "@pulumi/pulumi";
import { HardWayLab } from "hardway";

// Who may log in.
const adminCidrs = new pulumi.Config().requireObject<string[]>("adminCidrs");

const lab = new HardWayLab("lab", {
  aws: { workers: 3, zones: 2, adminCidrs },
  masquerade: "outsideCluster",
});

export const podCidrs = lab.podCidrs;
export const network = lab.network;
// Lines for ~/.ssh/config; pulumi stack output --show-secrets ssh has the key.
export const sshConfig = lab.sshConfig;
export const ssh = lab.ssh;
