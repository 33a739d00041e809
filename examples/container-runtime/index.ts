// ContainerRuntime on one host: containerd with the systemd cgroup driver, after KernelPrep.
// Run it: set host, user, privateKeyFile and hostKey as in ../README.md, then pulumi up.
import { ContainerRuntime, KernelPrep } from "hardway/host";
import { connectionFromConfig } from "../connection";

const connection = connectionFromConfig();
const prep = new KernelPrep("example", { connection });
const runtime = new ContainerRuntime("example", { connection, cgroupDriver: "systemd" }, { dependsOn: prep });

export const socket = runtime.socket;
export const facts = runtime.facts;
