import { cniDefaults, cniFileNames, renderNetwork } from "../../../components/node/cniFiles";
import type { Explanation } from "../explanation";
import { cniDocs, inContainerd, inGoCni, inLibcni, kubernetesDocs, webPage } from "../sources";

const network = renderNetwork({ bridge: cniDefaults.bridge, podCidr: "10.200.0.0/24", masquerade: "bridge" });

export const cniConfigTopic: Explanation = {
  name: "cni-config",
  area: "pod network",
  title: "CNI configuration: which network a pod gets",
  what: `A file in \`${cniDefaults.confDir}\` with a list of plugins, which are called in that order for each pod. Here: a bridge
whose own address is the pods' gateway (\`isGateway\`), addresses from the node's pod CIDR (\`ranges\`), a default route for the
pod (\`routes\`), and the node's address in place of the pod's for what leaves (\`ipMasq\`).`,
  why: `Each node has a pod CIDR of its own, so that a route leads to the node that a pod is on. The runtime reads the folder by itself
and takes the first file by name. Pods with host ports need \`portmap\` after the bridge, and only a list can have a second plugin:
hence \`${cniFileNames.network}\`, where guides have a \`10-bridge.conf\`. That name sorts before ours, so the component moves such a
file away. Where a cluster is built, \`hairpinMode\` lets a pod reach itself by a Service: a bridge sends nothing back by the port it
came from.`,
  byHand: `cat <<END | sudo tee ${cniDefaults.confDir}/${cniFileNames.network}\n${network}END
ip addr show ${cniDefaults.bridge}                       # from the first pod on: 10.200.0.1, the gateway`,
  where: [
    {
      component: "CniConfig",
      files: ["components/node/CniConfig.ts", "components/node/cniFiles.ts", "scripts/node/40-cni-config.sh"],
    },
  ],
  without: {
    text: `Without any file the runtime reports "cni plugin not initialized", and the Node does not get ready. With a file that
sorts before ours, new pods get another network, from one moment to the next. With the same pod CIDR on two nodes, addresses are
there twice, and packets for the other node never leave.`,
    experiments: ["second-network", "no-host-local", "no-addresses", "lost-lease"],
  },
  thenAndNow: [
    {
      id: "first-file-only",
      said: { by: 2, text: "The JSON files in /etc/cni/net.d are a chain, executed in the order of their names." },
      text: `The runtime loads the first file only (\`max_conf_num = 1\`); CRI-O does likewise. A chain is the list of plugins inside
of one .conflist.`,
      source: inContainerd("2.3.7", "docs/cri/config.md"),
      experiment: "second-network",
    },
    {
      id: "portmap-alone",
      said: { by: "often", text: "With portmap in /opt/cni/bin pods have host ports." },
      text: "It has to be in the list, with the capability portMappings; a .conf has one plugin and no place for it.",
      source: kubernetesDocs(
        "network plugins, hostPort",
        "concepts/extend-kubernetes/compute-storage-net/network-plugins",
      ),
    },
    {
      id: "single-plugin-files",
      said: { by: 2, text: "10-bridge.conf has the configuration of a single plugin." },
      text: `Runtimes read such files still. The specification has only lists since 1.0.0, and libcni calls the older form
unsupported.`,
      since: "CNI 1.0.0",
      source: inLibcni("1.3.0", "libcni/conf.go"),
    },
  ],
  facts: [
    { text: "How containerd picks the file.", source: inGoCni("1.1.13", "opts.go") },
    {
      text: "The keys of the bridge plugin, among them isGateway, ipMasq and hairpinMode.",
      source: cniDocs("bridge", "plugins/current/main/bridge"),
    },
    {
      text: "udev would change the MAC address of a new interface; a .link file keeps it, since CRI-O has the plugin check it.",
      source: webPage("systemd.link(5)", "https://man7.org/linux/man-pages/man5/systemd.link.5.html"),
    },
  ],
};
