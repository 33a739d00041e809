import { kubeletConfigFile, kubeletPorts } from "../../../components/cluster/kubeletFiles";
import { containerd } from "../../../components/node/runtime/containerd";
import { asAdmin } from "../../verify/cluster/adminKubectl";
import type { HostCommand, KubernetesPlace, Observation, Place } from "../experiment";

/** A command line on the worker that is broken. */
export const onNode = (run: string): HostCommand => ({ on: "node", run });

/** A command line on the controller. */
export const onController = (run: string): HostCommand => ({ on: "controller", run });

/** kubectl as the cluster's administrator, on the controller. */
export const onKubectl = (words: string): HostCommand => onController(asAdmin(words));

/** Family and name of a table of nftables of an experiment's own. */
export const ownTable = "ip hardway_try";

/** Takes it away, also where it is not there. */
export const withoutTable = onNode(`nft delete table ${ownTable} 2>/dev/null || :`);

/** Adds a rule to it, behind all other rules for what is about to leave the host. */
export const withLastRule = (rule: string): HostCommand =>
  onNode(`nft 'table ${ownTable} { chain last { type filter hook postrouting priority 300; ${rule}; }; }'`);

const swapFile = "/var/tmp/hardway-try.swap";
/** Makes a swap file of an experiment's own, and has the kernel use it. */
export const withSwap = onNode(
  `fallocate -l 256M ${swapFile} && chmod 600 ${swapFile} && mkswap ${swapFile} && swapon ${swapFile}`,
);
/** Takes it away, also where it is not there. */
export const withoutSwap = onNode(`swapoff ${swapFile} 2>/dev/null; rm -f ${swapFile}`);

/** A file that a service reads when it starts. */
interface Config {
  /** Changes it by a command of sed, and has the service read it. */
  readonly change: (sed: string) => readonly HostCommand[];
  /** Puts back what there was, where it was changed. */
  readonly putBack: readonly HostCommand[];
}

function configOf(file: string, restart: string): Config {
  const kept = `${file}.hardway-try`;
  return {
    change: (sed) => [onNode(`cp -p ${file} ${kept} && sed -i '${sed}' ${file}`), onNode(restart)],
    putBack: [onNode(`[ ! -e ${kept} ] || { mv ${kept} ${file} && ${restart}; }`)],
  };
}
export const runtimeConfig = configOf(containerd.configFile, "systemctl restart containerd");

/** Answers ok while the kubelet is healthy. */
export const kubeletHealth = `http://127.0.0.1:${kubeletPorts.health}/healthz`;
export const kubeletConfig = configOf(
  kubeletConfigFile,
  `systemctl restart kubelet && curl -q -sSf --retry 30 --retry-delay 2 --retry-all-errors ${kubeletHealth}`,
);

/** `try` checks that there is one before an experiment that needs it. */
export function clusterOf({ cluster }: Place): KubernetesPlace {
  if (cluster === undefined) throw new Error("this experiment needs a cluster");
  return cluster;
}

/** The API server answers anybody who asks how it is. This asks by its Service, which the break leaves as it is. */
export function stillAnswers(place: Place, question: string, words = "it still answers"): Observation {
  const { apiService } = clusterOf(place);
  const pattern = /^ok$/;
  return {
    ...onNode(`curl -q -sk --connect-timeout 5 --max-time 20 https://${apiService}/readyz`),
    question,
    healthy: { pattern, words: "it answers" },
    broken: { pattern, words },
  };
}
