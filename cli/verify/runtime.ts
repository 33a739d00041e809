import { runtimeOf } from "../../components/node/runtime/runtimes";
import type { LabPlan, RuntimePlan } from "../../components/labPlan";
import type { StatusResponse, VersionResponse } from "./cri/messages";
import { unitOf, type Facts } from "./facts";
import { Rows } from "./rows";
import { runtimeJudges } from "./runtimes/runtimes";
import type { Check } from "./types";

/** What the runtime's CRI socket answered. */
export interface CriAnswers {
  readonly version: VersionResponse;
  readonly status: StatusResponse;
}

/** A worker's runtime in the plan. @throws Error when the plan lacks it or a part of it, as in plans of older versions */
export function runtimeOfHost(plan: LabPlan, host: string): RuntimePlan {
  const found = (plan.runtimes as LabPlan["runtimes"] | undefined)?.[host];
  if (found === undefined || !("storageDriver" in found))
    throw new Error(`the plan has no runtime for ${host}; run "./hardway up", which makes a new plan`);
  return found;
}

/** The values that scripts/runtime.sh gets. */
export function runtimeValues(runtime: RuntimePlan): Record<string, string> {
  const { kind, services, socket } = runtime;
  return { KIND: kind, SERVICES: services.join(" "), SOCKET: socket, CONTAINERD: runtimeOf("containerd").socket };
}

/** @param cri why the socket did not answer, where it did not */
export function judgeRuntime(host: string, plan: LabPlan, facts: Facts, cri: CriAnswers | Error): Check[] {
  const runtime = runtimeOfHost(plan, host);
  const rows = new Rows(host, "runtime");
  for (const service of runtime.services) {
    const unit = unitOf(service, facts.text("services"));
    const name = service.replace(/\.service$/, "");
    rows.equal(`${name} now`, "active", unit["ActiveState"] ?? "");
    rows.equal(`${name} at the next boot`, "enabled", unit["UnitFileState"] ?? "");
  }
  judgeCri(rows, runtime.criName, cri);
  // The kubelet refuses the first version since Kubernetes 1.35.
  rows.equal("cgroup version", "2", facts.get("cgroup2").code === 0 ? "2" : "1");
  const status = cri instanceof Error ? undefined : cri.status;
  runtimeJudges[runtime.kind].judgeSettings(rows, runtime, plan.cni, facts, status);
  return rows.rows;
}

function judgeCri(rows: Rows, name: string, cri: CriAnswers | Error): void {
  if (cri instanceof Error) return rows.add("CRI version", `${name}, CRI v1`, cri.message, false);
  const { runtimeName, runtimeVersion, runtimeApiVersion } = cri.version;
  const said = `${runtimeName} ${runtimeVersion}, CRI ${runtimeApiVersion}`;
  rows.add("CRI version", `${name}, CRI v1`, said, runtimeName === name && runtimeApiVersion === "v1");
  for (const type of ["RuntimeReady", "NetworkReady"]) {
    const found = cri.status.status?.conditions.find((condition) => condition.type === type);
    const reason = [found?.reason, found?.message].filter(Boolean).join(": ");
    const seen = found === undefined ? "not reported" : found.status ? "true" : `false ${reason}`;
    rows.add(`CRI status ${type}`, "true", seen, found?.status === true);
  }
}
