import { cniDefaults, cniFileNames, renderLoopbackConf } from "../../../components/node/cniFiles";
import type { Explanation } from "../explanation";
import { inCniPlugins, inContainerd, inGoCni } from "../sources";

export const loopbackTopic: Explanation = {
  name: "loopback",
  area: "pod network",
  title: "99-loopback.conf: a file that nobody reads",
  what: `A network of the plugin \`loopback\`, which sets \`lo\` up. Each runtime brings \`lo\` up in every pod by itself, and takes
pods' network from the first file only.`,
  why: `Guides to the hard way write the file, so the step writes it and the verification expects it. What a node does need is the
program \`loopback\` in \`${cniDefaults.binDir}\`: containerd calls it, with a configuration of its own.`,
  byHand: `cat <<END | sudo tee ${cniDefaults.confDir}/${cniFileNames.loopback}\n${renderLoopbackConf()}END`,
  where: [
    {
      component: "CniConfig",
      files: ["components/node/CniConfig.ts", "components/node/cniFiles.ts", "scripts/node/40-cni-config.sh"],
    },
  ],
  without: {
    text: `Without the file nothing changes, but for the row of \`./hardway verify\` that expects it. Without the program no pod starts
in containerd: "failed to find plugin "loopback"".`,
    experiments: ["second-network"],
  },
  thenAndNow: [
    {
      id: "loopback-file",
      said: { by: 2, text: "99-loopback.conf is always needed, or a pod has no localhost." },
      text: `No runtime reads it. containerd adds its own network for \`lo\`; 2.x can do without the plugin
(\`use_internal_loopback\`).`,
      source: inGoCni("1.1.13", "opts.go"),
      experiment: "second-network",
    },
    {
      id: "cni-version",
      said: { by: 2, text: "cniVersion of 99-loopback.conf is 1.1.0." },
      text: `Plugins know that version of the specification since their release 1.6.0; Debian 13 has an older one. The lab writes 1.0.0,
which both accept.`,
      since: "CNI plugins 1.6.0",
      source: inCniPlugins("1.6.0", "go.mod"),
    },
  ],
  facts: [
    { text: "The setting, and that it is off by default.", source: inContainerd("2.3.7", "docs/cri/config.md") },
    {
      text: "CNI plugins 1.1.1, which Debian 13 has, are built with a libcni that knows versions up to 1.0.0.",
      source: inCniPlugins("1.1.1", "go.mod"),
    },
  ],
};
