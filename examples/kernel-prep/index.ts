import { KernelPrep } from "../../components";
import { connectionFromConfig } from "../connection";

const prep = new KernelPrep("example", {
  connection: connectionFromConfig(),
  modulesFile: "/etc/modules-load.d/k8s.conf",
  sysctlFile: "/etc/sysctl.d/k8s.conf",
  extraModules: ["ip_vs"],
  extraSysctls: { "net.ipv4.conf.all.rp_filter": "2" },
});

export const kernel = prep.facts;
