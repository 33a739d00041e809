import type { Explanation } from "../explanation";
import { manPage } from "../sources";

export const persistenceTopic: Explanation = {
  name: "now-and-at-boot",
  area: "kernel",
  title: "Now and at the next boot: why each setting is made twice",
  what: `\`modprobe\` and \`sysctl -w\` change the running kernel. Files in \`/etc/modules-load.d\` and \`/etc/sysctl.d\` are
read at boot, by systemd-modules-load and after it by systemd-sysctl. \`sysctl --system\` applies the files now.`,
  why: `A node has to work now, and after a reboot that nobody watches. Either half hides that the other is missing: a command
without a file works until the next boot, a file without a command from then on. So \`./hardway verify\` has a row for each.`,
  byHand: `sudo modprobe br_netfilter                            # now
printf 'overlay\\nbr_netfilter\\n' | sudo tee /etc/modules-load.d/containerd.conf   # at the next boot
/usr/lib/systemd/systemd-sysctl --cat-config | less   # which files count; the last line about a key wins
systemctl status systemd-modules-load systemd-sysctl`,
  where: [
    {
      component: "KernelPrep",
      files: ["components/node/KernelPrep.ts", "scripts/node/20-kernel-prep.sh", "scripts/node/lib-sysctl.sh"],
    },
  ],
  without: {
    text: `What was only done by command is gone after a reboot. Where br_netfilter's file is missing, its sysctls are skipped as
well, for they exist only with the module. A file with a later name overrides ours, and nobody notices before the next boot.`,
    experiments: ["bridge-module", "later-file"],
  },
  questions: [
    {
      asked: 3,
      question: "Why both runtime commands and persistent files?",
      answer: `The commands make the settings hold at once, the files at every boot. Modules are loaded by systemd-modules-load
before systemd-sysctl applies the sysctls, some of which exist only with a module. A check has to look at both: at the kernel,
and at what all files together would set.`,
    },
    {
      asked: 3,
      question: "What do these kernel settings have in common?",
      answer: `They make a host ready for pods: overlay for the layers of their file systems, br_netfilter with its sysctl for
Services inside of a node, ip_forward for everything beyond it. Kubernetes itself makes no network and no rules for it; the kernel
does the work, by what the CNI plugin and kube-proxy set.`,
    },
  ],
  facts: [
    { text: "Which folders are read, and that the last line about a key counts.", source: manPage("sysctl.d", 5) },
    { text: "One module a line, from files that end in `.conf`.", source: manPage("modules-load.d", 5) },
  ],
};
