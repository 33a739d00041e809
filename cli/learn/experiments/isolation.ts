import type { Experiment } from "../experiment";
import { boxed, boxProcess, endBox, inBox, startBox } from "./box";
import { withoutSwap, withSwap } from "./commands";

const limit = 64 << 20;
const limits = `--memory-limit ${limit}`;
/** Takes 100 MiB of memory, and so more than the limit. */
const greedy = inBox("sh -c 'dd if=/dev/zero of=/dev/null bs=100M count=1; echo exit $?'");
const killed = { pattern: /^exit 137$/m, words: "it is killed (128 + 9, SIGKILL)" };
const lives = { pattern: /^exit 0$/m, words: "it gets it" };

const ofTheHost = { pattern: /Mem: +[3-9]\d\d|Mem: +\d{4}/, words: "the host's" };

const profile = "hardway-try";
const secret = "/run/hardway-try-secret";

/** A field of the first process in the container, as the kernel has it. */
const status = (field: string) => inBox(`grep ${field}: /proc/1/status`);

export const isolationExperiments: readonly Experiment[] = [
  boxed({
    name: "namespaces",
    topic: "runtime",
    question: "What does a container see of its host without namespaces of its own?",
    brokenFlags: "--net-host --with-ns pid:/proc/1/ns/pid",
    observe: () => [
      {
        ...inBox("ps -o pid,comm"),
        question: "Which processes does the container see?",
        healthy: { pattern: /^ *1 sleep$/m, without: /containerd/, words: "its own: the first one is number 1" },
        broken: { pattern: /^ *\d+ containerd/m, words: "all of the host, the runtime among them" },
      },
      {
        ...inBox("ip -o link"),
        question: "Which network interfaces?",
        healthy: { pattern: /\blo:/, without: /eth/, words: "its own lo" },
        broken: { pattern: /\beth\d/, words: "the host's" },
      },
    ],
    why: `A container is a process with a view of its own, and each namespace is one part of that view. With hostPID and
hostNetwork a pod gets the host's, and then sees every process, may end those of its user, and listens at the host's address. A
namespace that nobody is in and nothing holds is gone: there is nothing else to clean up (namespaces(7)).`,
  }),
  boxed({
    name: "capabilities",
    topic: "runtime",
    question: "Which rights does root have in a container?",
    brokenFlags: "--cap-drop CAP_NET_RAW",
    observe: () => [
      {
        ...status("CapEff"),
        question: "Which capabilities has the container's root?",
        healthy: { pattern: /CapEff:\t00000000a80425fb/, words: "14 of about 40" },
        broken: { pattern: /CapEff:\t00000000a80405fb/, words: "one less: bit 13, CAP_NET_RAW" },
      },
      {
        ...inBox("ping -c 1 -W 2 127.0.0.1"),
        question: "May it open a raw socket, as ping does?",
        healthy: { pattern: /ttl=/, words: "yes" },
        broken: { pattern: /permission denied|not permitted/i, words: "no: permission denied" },
      },
      {
        ...inBox("mount -t tmpfs none /tmp"),
        question: "May it mount a file system, which takes CAP_SYS_ADMIN?",
        healthy: { pattern: /permission denied|not permitted/i, words: "no" },
        broken: { pattern: /permission denied|not permitted/i, words: "no, as before" },
      },
    ],
    why: `Linux has root's power in pieces, and a runtime leaves a container those that most programs need. Who has number 0 but
not the piece is refused like anybody else. A pod says which it wants in securityContext.capabilities: dropping ALL and adding
what is missed is the usual advice. With NET_RAW a container may send packets with whatever sender it likes, on the bridge that
it shares with all pods of its node (capabilities(7)).`,
  }),
  boxed({
    name: "seccomp",
    topic: "runtime",
    question: "What does a seccomp filter take away that capabilities leave?",
    flags: "--seccomp",
    observe: () => [
      {
        ...status("Seccomp"),
        question: "Has the container's process a filter?",
        healthy: { pattern: /Seccomp:\t2/, words: "2, a filter" },
        broken: { pattern: /Seccomp:\t0/, words: "0, none" },
      },
      {
        ...inBox("/bin/busybox unshare -U id -u"),
        question: "May it make a user namespace, in which it has all capabilities?",
        healthy: { pattern: /not permitted/i, words: "no: operation not permitted" },
        broken: { pattern: /^65534$/m, words: "yes, and it is nobody there" },
      },
    ],
    why: `A system call that needs no capability is open to every process, and a new user namespace is one: whoever is in it has
all capabilities over it, and reaches parts of the kernel that are closed to others. Many holes in the kernel could only be used
from there. The runtime's default filter refuses it, and some fifty calls more. Kubernetes sets none unless the pod asks
(seccompProfile: RuntimeDefault) or the kubelet has seccompDefault (seccomp(2), user_namespaces(7)).`,
  }),
  boxed({
    name: "apparmor",
    topic: "runtime",
    question: "Does AppArmor hold where a container has a dangerous capability?",
    flags: `--cap-add CAP_SYS_ADMIN --apparmor-default-profile ${profile}`,
    brokenFlags: "--cap-add CAP_SYS_ADMIN",
    observe: () => [
      {
        ...inBox("cat /proc/1/attr/current"),
        question: "Which profile confines the container?",
        healthy: { pattern: new RegExp(`^${profile} \\(enforce\\)$`, "m"), words: "the runtime's default profile" },
        broken: { pattern: /^unconfined$/m, words: "none" },
      },
      {
        ...inBox("sh -c 'mount -t tmpfs none /tmp && echo mounted'"),
        question: "May it mount a file system? It has CAP_SYS_ADMIN.",
        healthy: { pattern: /permission denied/i, words: "no" },
        broken: { pattern: /^mounted$/m, words: "yes" },
      },
    ],
    cleanUp: [{ on: "node", run: `printf ${profile} >/sys/kernel/security/apparmor/.remove 2>/dev/null || :` }],
    why: `Each layer covers for a hole in another. The capability says that the process may mount in general, the profile that
this one may not. containerd loads its default profile where the host has AppArmor and its program apparmor_parser, and without
that program runs everything unconfined and says nothing. Hosts of the Red Hat family have SELinux in its place.`,
  }),
  boxed({
    name: "user-namespace",
    topic: "runtime",
    question: "Who is a container's root on the host?",
    flags: `--uidmap 0:100000:65536 --gidmap 0:100000:65536 --mount type=bind,src=${secret},dst=/secret,options=bind`,
    brokenFlags: `--mount type=bind,src=${secret},dst=/secret,options=bind`,
    prepare: [{ on: "node", run: `(umask 077 && echo told >${secret})` }],
    observe: () => [
      {
        ...inBox("id -u"),
        question: "Who is the process, seen from inside?",
        healthy: { pattern: /^0$/m, words: "0, root" },
        broken: { pattern: /^0$/m, words: "0, root" },
      },
      {
        on: "node",
        run: `stat -c %u /proc/${boxProcess}`,
        question: "And on the host?",
        healthy: { pattern: /^100000$/m, words: "100000, who may do nothing" },
        broken: { pattern: /^0$/m, words: "0: the host's root" },
      },
      {
        ...inBox("cat /secret"),
        question: "Can it read a file of the host's root that got into the container?",
        healthy: { pattern: /permission denied/i, words: "no" },
        broken: { pattern: /^told$/m, words: "yes" },
      },
    ],
    cleanUp: [{ on: "node", run: `rm -f ${secret}` }],
    why: `Without a user namespace there is one list of users, and number 0 is root everywhere: what keeps a container's root from
the host are all the other layers, and where one of them fails, it is the host's root. With one, its numbers are mapped to others,
and whoever gets out is nobody. In Kubernetes it is a pod's hostUsers: false; the default is to have none (user_namespaces(7)).`,
  }),
  boxed({
    name: "limits",
    topic: "runtime",
    question: "What does a container notice of its limits?",
    brokenFlags: `${limits} --cpus 0.5`,
    observe: () => [
      {
        on: "node",
        run: `cd /sys/fs/cgroup$(cut -d : -f 3 /proc/${boxProcess}/cgroup) && cat memory.max cpu.max`,
        question: "What may it have, in its cgroup on the host?",
        healthy: { pattern: /^max\nmax 100000$/, words: "all there is" },
        broken: { pattern: /^67108864\n50000 100000$/, words: "64 MiB, and half of each 100 ms of one processor" },
      },
      {
        ...inBox("sh -c 'free -m | head -n 2; nproc'"),
        question: "How much is there, seen from inside?",
        healthy: ofTheHost,
        broken: { ...ofTheHost, words: "the host's memory and processors, as before" },
      },
      { ...greedy, question: "Does it get 100 MiB?", healthy: lives, broken: killed },
    ],
    why: `A limit is a number in the cgroup, and no view of its own: files such as /proc/meminfo tell about the host, so a program
that sizes itself by them takes too much and is killed, without a word in its own log. Who takes too much processor time is not
killed but waits for the next 100 ms. Programs that know cgroups read memory.max and cpu.max (cgroups(7); the kernel's cgroup-v2).`,
  }),
  {
    name: "swap-and-limit",
    topic: "kernel",
    question: "What becomes of a memory limit where the node has swap?",
    prepare: (place) => [withoutSwap, endBox, startBox(place, limits)],
    break: () => [withSwap],
    observe: () => [
      { ...greedy, question: "A container has a limit of 64 MiB. Does it get 100?", healthy: killed, broken: lives },
    ],
    repair: () => [withoutSwap],
    cleanUp: () => [endBox],
    why: `The limit is about memory, and what is swapped out is none: the container takes as much as it likes, by the disk, and is
slow with it, and so is everybody who waits for that disk. So a kubelet does not start while there is swap, unless it is told to;
and where it is, it writes a limit for swap too, 0 by default (memory.swap.max; Kubernetes, swap memory management).`,
  },
];
