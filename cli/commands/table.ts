import { Argument, Option } from "commander";
import { artifactsRow } from "./artifacts.row";
import { certsRow } from "./certs.row";
import { cloudRow } from "./cloud.row";
import { checkAreas } from "../verify/types";
import type { CommandRow } from "./row";

const localPort = new Option("--port <port>", "port of the tunnel on this computer").default("6443");

/** The commands, in the order in which the help lists them. */
export const commandTable: readonly CommandRow[] = [
  {
    name: "up",
    summary: "Make the machines, build the lab on them, and verify it",
    examples: [
      "./hardway up",
      "./hardway up --lab two",
      "./hardway up --skip-verify",
      "./hardway up --replace node-0",
      "./hardway up --json > lab.json",
    ],
    options: [
      new Option("--skip-verify", "leave the verification out"),
      new Option("--replace <node...>", "remove these machines with their disks, and make new ones"),
    ],
    load: async () => (await import("./up.js")).up,
  },
  {
    name: "preview",
    summary: "Show what up would change, without machines or logins",
    examples: [
      "./hardway preview",
      "./hardway preview --diff",
      "./hardway preview --policy",
      "./hardway preview --json",
    ],
    options: [
      new Option("--diff", "add the changed lines of scripts and files"),
      new Option("--policy", "check the rules of docs/policies.md; exit code 1 where a mandatory one is broken"),
    ],
    load: async () => (await import("./preview.js")).preview,
  },
  {
    name: "diagram",
    summary: "Draw the planned lab from its configuration; runs no engine and needs no machine",
    examples: ["./hardway diagram", "./hardway diagram --format svg -o lab.svg", "./hardway diagram --format mermaid"],
    options: [
      new Option("--format <format>", "how to draw it").choices(["text", "mermaid", "svg"]).default("text"),
      new Option("-o, --output <file>", "write it to a file (default: stdout)"),
    ],
    load: async () => (await import("./diagram.js")).diagram,
  },
  {
    name: "verify",
    summary: "Check on the hosts that everything is as planned",
    examples: [
      "./hardway verify",
      "./hardway verify --area pki etcd",
      "./hardway verify --json | jq '.[] | select(.ok | not)'",
    ],
    options: [new Option("--area <area...>", "check only these (default: everything)").choices(["vpc", ...checkAreas])],
    load: async () => (await import("./verify.js")).verify,
  },
  {
    name: "repair",
    summary: "Mend hosts that somebody or something changed: run the steps again whose checks fail",
    examples: ["./hardway repair", "./hardway repair node-0", "./hardway repair --preview"],
    arguments: [new Argument("[node...]", "hosts whose steps may run again (default: all)")],
    options: [new Option("--preview", "only say what would run")],
    load: async () => (await import("./repair.js")).repair,
  },
  {
    name: "try",
    summary: "Break a node on purpose, see what depends on it, and mend it; without a name, list the experiments",
    examples: ["./hardway try", "./hardway try bridge-netfilter", "./hardway try forwarding --node node-1 --keep"],
    arguments: [new Argument("[name]", "one of the experiments (default: list them)")],
    options: [
      new Option("--node <node>", "the worker to break (default: the first)"),
      new Option("--keep", "leave it broken, to find and mend by hand"),
    ],
    load: async () => (await import("./try.js")).tryExperiment,
  },
  {
    name: "explain",
    summary: "Explain a step or a setting: what, why, by hand, what breaks without it; without a topic, list them",
    examples: ["./hardway explain", "./hardway explain br_netfilter", "./hardway explain corrections"],
    arguments: [new Argument("[topic]", "one of the topics (default: list them)")],
    load: async () => (await import("./explain.js")).explain,
  },
  {
    name: "follow",
    summary: "Follow one packet through the machines: addresses, rules and routing decisions at each place on its way",
    description:
      "Sends one packet, and shows its way as the machines' kernels trace it: each card and hook with the addresses, the rules that it " +
      "matches, routing decisions, the VPC's router, and what rewrites it; then its answer. Pods that it makes for it are taken away " +
      "again, as is all else. Exit code 1 where no answer comes back.",
    examples: [
      "./hardway follow node-0 node-1",
      "./hardway follow node-0 outside",
      "./hardway --lab cluster follow node-0 svc/kube-system/kube-dns:53",
      "./hardway --lab cluster follow default/web 10.200.1.7 --port 80",
    ],
    arguments: [
      new Argument(
        "<source>",
        "a worker, on which a pod is made; a controller; a pod as NAMESPACE/NAME; an address of either",
      ),
      new Argument(
        "<destination>",
        "the same, svc/NAMESPACE/NAME[:PORT], any address, or outside: the default gateway",
      ),
    ],
    options: [
      new Option("--port <port>", "open a connection of TCP to this port (default: ping; a Service's first port)"),
    ],
    load: async () => (await import("./follow.js")).follow,
  },
  {
    name: "report",
    summary: "Write a page about the lab: its map, every check, the experiments and the steps' scripts",
    description:
      "Checks the lab, and writes one HTML file about it, which needs nothing else: its map as planned and as seen, every " +
      "check with what was expected and observed, what experiments have shown, and the scripts that the hosts were sent.",
    examples: ["./hardway report", "./hardway report --last -o lab.html", "./hardway report --json | jq .failed"],
    options: [
      new Option("-o, --output <file>", "where to write it (default: report-LAB.html in the current folder)"),
      new Option("--last", "show what the last verification saw; logs in nowhere"),
    ],
    load: async () => (await import("./report.js")).report,
  },
  {
    name: "walk",
    summary: "Follow a pod of the cluster from its manifest to its end, with evidence from the machines",
    description:
      "Makes an nginx pod with a Service, shows in nine steps what happens to it, with evidence from the machines and the command that " +
      "shows it by hand, and deletes it. Exit code 1 where something is not as expected.",
    examples: ["./hardway walk", "./hardway walk --node node-1 --keep", "./hardway walk --pod default/web --step 4"],
    options: [
      new Option("--node <node>", "the worker that runs the pod (default: the scheduler chooses)"),
      new Option("--pod <namespace/name>", "a pod that is there: steps 1 to 8, without changing it").conflicts([
        "node",
        "keep",
      ]),
      new Option("--step <n>", "only this step").choices(["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
      new Option("--keep", "leave the pod, and step 9 out"),
    ],
    load: async () => (await import("./walk.js")).walk,
  },
  {
    name: "status",
    summary: "Show the lab's machines and its last run",
    examples: ["./hardway status", "./hardway status --json"],
    load: async () => (await import("./status.js")).status,
  },
  {
    name: "ssh",
    summary: "Log in to a host, or run a command there",
    examples: [
      "./hardway ssh node-0",
      "./hardway ssh node-0 -- sudo ctr -n k8s.io images ls",
      "./hardway ssh server -- 'ip route | grep 10.200'",
    ],
    arguments: [
      new Argument("<node>", "name of the host, e.g. node-0"),
      new Argument("[command...]", "command with its arguments, passed on as ssh does"),
    ],
    passThrough: true,
    load: async () => (await import("./ssh.js")).ssh,
  },
  {
    name: "kubectl",
    summary: "Run kubectl on a controller, as the cluster's administrator",
    examples: [
      "./hardway kubectl get nodes -o wide",
      "./hardway kubectl -n kube-system get pods",
      "./hardway kubectl apply -f - < deployment.yaml",
    ],
    arguments: [new Argument("[arguments...]", "passed on to kubectl; files among them are the controller's")],
    passThrough: true,
    unknownOptions: true,
    load: async () => (await import("./kubectl.js")).kubectl,
  },
  {
    name: "kubeconfig",
    summary: "Print a kubeconfig for programs on this computer, or merge it into a file",
    description:
      "Prints a kubeconfig with the administrator's key and certificate, or merges it into a file. It leads to the end of the " +
      'tunnel on this computer, which "./hardway tunnel" opens.',
    examples: [
      "./hardway kubeconfig > lab.kubeconfig",
      "./hardway kubeconfig --merge",
      "./hardway kubeconfig --merge lab.kubeconfig --port 7443",
    ],
    options: [
      new Option(
        "--merge [file]",
        "merge it into a file, and use it there (default: the file that kubectl would change)",
      ),
      localPort,
    ],
    load: async () => (await import("./kubeconfig.js")).kubeconfig,
  },
  {
    name: "tunnel",
    summary: "Lead a port of this computer's loopback to the cluster's API server, over SSH, until Ctrl-C",
    examples: ["./hardway tunnel", "./hardway tunnel --port 7443"],
    options: [localPort],
    load: async () => (await import("./kubeconfig.js")).tunnel,
  },
  {
    name: "script",
    summary: "Print what a host was sent for a step, or list its steps",
    examples: [
      "./hardway script node-0",
      "./hardway script node-0 kernel | less",
      "./hardway script node-0 kernel | ./hardway ssh node-0 sh",
      "./hardway script node-0 cni --undo",
    ],
    arguments: [
      new Argument("<node>", "name of the host, e.g. node-0"),
      new Argument("[step]", "one of its steps (default: list them)"),
    ],
    options: [new Option("--undo", "the script that takes the step back")],
    load: async () => (await import("./script.js")).script,
  },
  {
    name: "console",
    summary: "Attach to a machine's serial console; Ctrl-] leaves",
    examples: ["./hardway console node-0"],
    arguments: [new Argument("<node>", "name of the machine, e.g. node-0")],
    load: async () => (await import("./console.js")).console,
  },
  {
    name: "stop",
    summary: "Shut the machines down; their disks stay",
    examples: ["./hardway stop"],
    load: async () => (await import("./power.js")).stopMachines,
  },
  {
    name: "start",
    summary: "Boot the machines that are not running",
    examples: ["./hardway start", "./hardway stop && ./hardway start && ./hardway verify"],
    load: async () => (await import("./power.js")).startMachines,
  },
  {
    name: "down",
    summary: "Undo the lab: its VPC and machines, or what was done on your hosts, and the lab's folder",
    examples: ["./hardway down", "./hardway down --yes"],
    load: async () => (await import("./down.js")).down,
  },
  certsRow,
  cloudRow,
  artifactsRow,
  {
    name: "doctor",
    summary: "Show what is needed, what was found and where from; changes nothing",
    examples: ["./hardway doctor", "./hardway doctor --json"],
    load: async () => (await import("./doctor.js")).doctor,
  },
  {
    name: "setup",
    summary: "Get the tools that the lab needs, without making one",
    examples: ["./hardway setup", "./hardway setup --print-engine"],
    options: [
      new Option("--dev", "also what the project's own tests need"),
      new Option("--print-engine", "print the folder of the Pulumi engine on stdout"),
    ],
    load: async () => (await import("./setup.js")).setup,
  },
  {
    name: "env",
    summary: "Print export lines with which plain pulumi works on the lab",
    examples: ['eval "$(./hardway env)" && pulumi preview', 'eval "$(./hardway env --lab two)"'],
    load: async () => (await import("./env.js")).env,
  },
];
