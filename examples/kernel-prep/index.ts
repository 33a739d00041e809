// KernelPrep on one host: kernel modules, sysctls and no swap, with file names of your own and a module and a sysctl more.
// Run it: set host, user, privateKeyFile and hostKey as in ../README.md, then pulumi up.
import { KernelPrep } from "hardway/host";
import { connectionFromConfig } from "../connection";

const prep = new KernelPrep("example", {
  connection: connectionFromConfig(),
  modulesFile: "/etc/modules-load.d/k8s.conf",
  extraModules: ["ip_vs"],
  sysctlFile: "/etc/sysctl.d/k8s.conf",
  extraSysctls: { "net.ipv4.conf.all.rp_filter": "2" },
});

export const kernel = prep.facts;
