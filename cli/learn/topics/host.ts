import type { Explanation } from "../explanation";

export const hostTopic: Explanation = {
  name: "host",
  area: "host",
  title: "A host that can be reached and can become a node",
  what: `A Linux system that answers on SSH, where \`sudo\` asks for no password and systemd runs.`,
  why: `Every later step runs as root over SSH. A node's address is in the routes of all others, so the host has to have the
address that is planned for it. The verification adds what concerns hosts together: their
names and machine-ids differ, their clocks and MTU do not.`,
  byHand: `ssh admin@host
sudo -n true
cat /sys/fs/cgroup/cgroup.controllers   # cpu, cpuset, memory and pids have to be there`,
  where: [
    { component: "ReachableHost", files: ["components/node/ReachableHost.ts", "scripts/node/10-reachable.sh"] },
    { component: "SshKeyPair", files: ["components/network/SshKeyPair.ts"] },
  ],
  without: {
    text: "Nothing can be done on a host that does not answer. The step changes nothing, and names all problems at once.",
  },
};
