import { cniDefaults, cniPlugins, renderBridgeConf } from "../../../components/node/cniFiles";
import type { Explanation } from "../explanation";
import { cniDocs, inCniPlugins } from "../sources";

const network = renderBridgeConf({ bridge: cniDefaults.bridge, podCidr: "10.200.0.0/24", masquerade: "bridge" });

export const cniPluginsTopic: Explanation = {
  name: "cni-plugins",
  area: "pod network",
  title: "CNI plugins: programs that connect one pod",
  what: `Programs in \`${cniDefaults.binDir}\`. The runtime starts one with a command in its environment (\`CNI_COMMAND\`: ADD,
DEL, CHECK, VERSION), the path of a network namespace, and a configuration on its input; it does its work, prints JSON, and ends.
\`bridge\` makes the bridge and a pair of interfaces (veth), one end in the pod. It asks \`host-local\` for an address, which keeps a
file for each. \`loopback\` sets \`lo\` up. \`portmap\` leads a host's port to a pod.`,
  why: "Kubernetes has no network of its own. What a pod is connected to is only a matter of which plugins are called, and with what.",
  byHand: `sudo apt-get install containernetworking-plugins iptables && sudo mkdir -p ${cniDefaults.binDir}
(cd /usr/lib/cni && sudo cp ${cniPlugins.join(" ")} ${cniDefaults.binDir}/)
sudo ip netns add by-hand
cat <<END >bridge.json\n${network}END
sudo CNI_COMMAND=ADD CNI_CONTAINERID=by-hand CNI_NETNS=/run/netns/by-hand CNI_IFNAME=eth0 \\
  CNI_PATH=${cniDefaults.binDir} ${cniDefaults.binDir}/bridge <bridge.json
ls /var/lib/cni/networks/bridge         # host-local's addresses that are taken
# the same with CNI_COMMAND=DEL, then: sudo ip netns delete by-hand`,
  where: [
    {
      component: "CniConfig",
      files: ["components/node/CniConfig.ts", "components/node/cniFiles.ts", "scripts/node/40-cni-config.sh"],
    },
  ],
  without: {
    text: `The runtime goes on reporting a network that is ready, since it looks at the configuration only. Every new pod fails with
"failed to find plugin", and a pod whose plugin is gone cannot be taken away either.`,
    experiments: ["no-bridge", "no-host-local", "no-portmap", "no-addresses", "lost-lease"],
  },
  thenAndNow: [
    {
      id: "cni-files-updated",
      said: { by: 5, text: "The plugins update the configuration files in /etc/cni/net.d." },
      text: "They only read what they are given. What they have to remember is in `/var/lib/cni`: host-local's addresses, and the runtime's copy of each result.",
      source: cniDocs("host-local", "plugins/current/ipam/host-local"),
      experiment: "no-addresses",
    },
    {
      id: "del-leaves",
      said: { by: "often", text: "DEL takes away all that ADD has made." },
      text: "What belongs to the pod: its interface, address and rules. The bridge stays, and so does ip_forward.",
      source: inCniPlugins("1.9.1", "plugins/main/bridge/bridge.go"),
    },
    {
      id: "bridge-mtu",
      said: { by: "often", text: "Pods have the MTU of the node's network card." },
      text: `They have the kernel's default for a new interface, 1500, unless the configuration has \`mtu\`: the card is no port of
the bridge. On EC2, where cards have 9001, pods do not use that unless it is asked for: \`hardway:podMtu\`.`,
      source: cniDocs("bridge", "plugins/current/main/bridge"),
    },
  ],
  facts: [
    {
      text: "What a runtime passes to a plugin and gets back is the specification.",
      source: cniDocs("specification", "docs/spec"),
    },
  ],
};
