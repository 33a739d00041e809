// SnapshotterStore on one host: a btrfs in which containerd keeps its images, made before ContainerRuntime starts it.
// Run it: set what ../README.md lists, and device to an empty disk such as /dev/vdb unless a file shall do; then pulumi up.
import * as pulumi from "@pulumi/pulumi";
import { ContainerRuntime, KernelPrep, SnapshotterStore } from "hardway/host";
import { connectionFromConfig } from "../connection";

const connection = connectionFromConfig();
const device = new pulumi.Config().get("device");

const prep = new KernelPrep("example", { connection });
const store = new SnapshotterStore("example", { connection, snapshotter: "btrfs", device }, { dependsOn: prep });
const runtime = new ContainerRuntime("example", { connection, snapshotter: "btrfs" }, { dependsOn: store });

export const mount = store.facts.mount;
export const socket = runtime.socket;
