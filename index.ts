import { HardWayLab, loadConfig } from "./components";
import { renderDiagramText } from "./components/diagramText";

const lab = new HardWayLab("lab", loadConfig());

export const plan = lab.plan;
// To look at before it is built.
export const diagram = lab.plan.apply(renderDiagramText);
export const hosts = lab.hostFacts;
export const podCidrs = lab.podCidrs;
export const runtimes = lab.runtimeFacts;
// For kubectl apply, once there is a control plane.
export const runtimeClasses = lab.runtimeClasses;
// With a cluster only; ./hardway up issues certificates again in time by it.
export const certificateExpiry = lab.certificateExpiry;
// Target aws only.
export const network = lab.network;
export const ssh = lab.ssh;
export const sshConfig = lab.sshConfig;
