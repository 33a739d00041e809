import type { Experiment } from "../experiment";
import { answers, inPod, newContainer, ping, silent } from "./pods";
import { sysctl } from "./sysctl";

const laterFile = "/etc/sysctl.d/99-zz-hardway-try.conf";

const withoutModule = "/etc/modprobe.d/hardway-try.conf";

export const kernelExperiments: readonly Experiment[] = [
  {
    name: "forwarding",
    topic: "kernel",
    question: "Which packets of pods does net.ipv4.ip_forward decide about?",
    pods: [
      { name: "web", on: "node" },
      { name: "client", on: "node" },
    ],
    break: () => [sysctl("net.ipv4.ip_forward", 0)],
    observe: ({ node, other }) => [
      {
        on: "other",
        run: ping("$web"),
        question: `Does a pod on ${node} answer ${other}?`,
        healthy: answers,
        broken: silent,
      },
      {
        on: "node",
        run: inPod("client", ping("$web")),
        question: "Does it answer another pod on the same bridge?",
        healthy: answers,
        broken: { ...answers, words: "it still answers" },
      },
    ],
    repair: () => [sysctl("net.ipv4.ip_forward", 1)],
    why: `A node is a router for its pods. ip_forward decides about packets that come in by one card and leave by another,
here between the network of the nodes and the pods' bridge. Two pods of one node are ports of the same bridge, which passes
frames on without routing. The bridge plugin writes 1 itself whenever it connects a pod, so the next pod to start would mend
this: the setting covers the time before the first pod, and says what the node relies on.`,
  },
  {
    name: "later-file",
    topic: "kernel",
    question: "Which file decides where two of them set the same sysctl?",
    break: () => [{ on: "node", run: `echo 'net.ipv4.ip_forward = 0' >${laterFile}` }],
    observe: () => [
      {
        on: "node",
        run: "/usr/lib/systemd/systemd-sysctl --cat-config | sed -n 's/^net.ipv4.ip_forward *= *//p' | tail -n 1",
        question: "What would the next boot set ip_forward to?",
        healthy: { pattern: /^1$/m, words: "1" },
        broken: { pattern: /^0$/m, words: "0" },
      },
      {
        on: "node",
        run: "cat /proc/sys/net/ipv4/ip_forward",
        question: "And what is it now?",
        healthy: { pattern: /^1$/m, words: "1" },
        broken: { pattern: /^1$/m, words: "still 1" },
      },
    ],
    repair: () => [{ on: "node", run: `rm -f ${laterFile}` }],
    why: `systemd-sysctl reads the files of all its folders in the order of their names, and the last line about a key counts
(sysctl.d(5)). A file has no effect before the next boot, or before somebody runs sysctl --system: such a fault sleeps until
then. So ./hardway verify looks at both, the kernel and the files.`,
  },
  {
    name: "overlay-module",
    topic: "kernel",
    needs: "no pods",
    question: "What does a node need the module overlay for?",
    break: () => [
      { on: "node", run: `echo 'install overlay /bin/false' >${withoutModule}` },
      { on: "node", run: "modprobe -r overlay" },
    ],
    observe: (place) => [
      {
        on: "node",
        run: "grep -w overlay /proc/filesystems || echo none",
        question: "Does the kernel know this file system?",
        healthy: { pattern: /^nodev\toverlay$/m, words: "yes" },
        broken: { pattern: /^none$/m, words: "no" },
      },
      {
        on: "node",
        run: newContainer(place),
        question: "Does a container start?",
        healthy: { pattern: /^started$/m, words: "yes" },
        broken: { pattern: /no such device/, words: "no: its layers cannot be mounted" },
      },
    ],
    repair: () => [{ on: "node", run: `rm -f ${withoutModule}; modprobe overlay` }],
    why: `A container's root file system is a mount of OverlayFS. It is a module with an alias, and so the kernel loads it by itself
when it is mounted first: to name it in modules-load.d brings that moment to the boot, where it fails in sight. What this
experiment needs is a file that forbids it, as a rule for hardened hosts may have; without that, removing it changes nothing.`,
  },
];
