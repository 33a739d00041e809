import { ContainerRuntime, KernelPrep } from "../../components";
import { connectionFromConfig } from "../connection";

const connection = connectionFromConfig();
const prep = new KernelPrep("example", { connection });
const runtime = new ContainerRuntime("example", { connection, cgroupDriver: "systemd" }, { dependsOn: prep });

export const socket = runtime.socket;
export const facts = runtime.facts;
