import type { ClusterPlan, LabPlan } from "../../../components/labPlan";
import type { PlannedHost } from "../../../components/plan/routes";
import { certificateValues } from "../certificates";
import type { Facts, Scripts } from "../facts";
import type { Check, CheckArea } from "../types";
import { controlPlaneValues, judgeControlPlane } from "./controlPlane";
import { etcdValues, judgeEtcd, judgeLeader } from "./etcd";
import { controllersOf } from "./nodes";
import { authoritiesOf, compareAuthorities, judgePki, pkiValues, type PkiFacts } from "./pki";

/** A host's name, and what it reported, by script. */
export interface HostReport {
  readonly host: PlannedHost;
  readonly facts: (script: string) => Facts;
}

/** What is asked of one host about its part of the cluster. */
export function hostPartScripts(host: PlannedHost, plan: LabPlan, cluster: ClusterPlan): Scripts {
  return {
    certificates: certificateValues(host.role, controllersOf(plan).length),
    pki: pkiValues(host, cluster),
    ...(host.role === "controller" && { etcd: etcdValues, controlplane: controlPlaneValues(host) }),
  };
}

/** Checks of one host by itself, of one area. */
interface HostPart {
  readonly area: CheckArea;
  readonly judge: (facts: HostReport["facts"]) => Check[];
}

/** The checks of one host by itself. @param command how the CLI is called for the lab */
export function hostParts(host: PlannedHost, plan: LabPlan, cluster: ClusterPlan, command: string): HostPart[] {
  const pki: HostPart = { area: "pki", judge: (facts) => judgePki(host, cluster, pkiFactsOf(facts), command) };
  if (host.role === "worker") return [pki];
  return [
    pki,
    { area: "etcd", judge: (facts) => judgeEtcd(host, controllersOf(plan), facts("etcd")) },
    { area: "control-plane", judge: (facts) => judgeControlPlane(host, cluster, facts("controlplane")) },
  ];
}

/** The checks of all hosts together: authorities and leaders. Hosts that did not report are left out. */
export function compareHostParts(hosts: readonly HostReport[]): Check[] {
  const controllers = hosts.filter(({ host }) => host.role === "controller");
  return [
    ...compareAuthorities(hosts.map(({ host, facts }) => authoritiesOf(host, pkiFactsOf(facts)))),
    ...judgeLeader(controllers.map(({ host, facts }) => ({ host: host.name, facts: facts("etcd") }))),
  ];
}

function pkiFactsOf(facts: HostReport["facts"]): PkiFacts {
  return { certificates: facts("certificates"), keys: facts("pki") };
}
