import { whoRuns, type Experiment, type HostCommand, type Place } from "./experiment";
import type { Explanation } from "./explanation";
import { topicsOf } from "./sections";

/** The lab that `npm start` builds; its commands are what the page shows. */
const dev: Place = {
  ...{ node: "node-0", address: "10.240.0.80", podCidr: "10.200.0.0/24" },
  ...{ other: "node-1", otherAddress: "10.240.0.81", nextHop: "10.240.0.81", otherPodCidr: "10.200.1.0/24" },
  ...{ confDir: "/etc/cni/net.d", binDir: "/opt/cni/bin" },
  ...{ cgroupDriver: "systemd", sandboxImage: "hardway.local/pause:1" },
  image: "hardway.local/busybox:1",
  controller: "server",
  // That of the lab `cluster`, whose hosts have the same names.
  cluster: { apiService: "10.32.0.1", dnsService: "10.32.0.10", clusterDomain: "cluster.local", proxyMode: "iptables" },
  vpc: {
    ...{ instanceId: "i-0123456789abcdef0", networkInterfaceId: "eni-0123456789abcdef0" },
    ...{ securityGroupId: "sg-0123456789abcdef0", routeTableIds: ["rtb-0123456789abcdef0"] },
  },
};

/** docs/experiments.md: the same texts and commands that `./hardway try` has. */
export function renderPage(experiments: readonly Experiment[], topics: readonly Explanation[]): string {
  return [
    "# Experiments",
    "",
    "What breaks without a setting, seen on your own machines. `./hardway try` lists the experiments and `./hardway try NAME`",
    "runs one: it looks at what depends on the setting, waits until you have made a guess, takes the setting away, looks again,",
    "mends it, and looks once more. `--node` chooses the worker, `--keep` leaves it broken for you to mend, `--yes` asks nothing,",
    "and Ctrl-C mends as well. What you see is what the hosts answer; where that is not what this page says, the exit code is 1.",
    "",
    "The commands below are those of the lab `dev`, and of `cluster` where one is needed, as root. In them, `$web` is the address",
    "of a pod called web. The pods are containers that `ctr` starts before and ends afterwards. What is done in the VPC is shown as",
    "the AWS CLI's commands, which work after `eval \"$(./hardway env)\"`. Made by `./hardway`'s own data; do not edit.",
    "",
    ...experiments.map(({ name, question }) => `- [${question}](#${name})`),
    "",
    ...experiments.flatMap((experiment) => section(experiment, topicsOf(experiment.name, topics))),
  ].join("\n");
}

function section(experiment: Experiment, topics: readonly string[]): string[] {
  const { name, topic, question, why } = experiment;
  const observations = experiment.observe(dev);
  return [
    `## ${name}`,
    "",
    `${question} (${topic})`,
    "",
    ...block("Prepare", experiment.prepare?.(dev) ?? []),
    ...block("Break", experiment.break(dev)),
    ...block("Look", observations),
    ...block("Mend", experiment.repair(dev)),
    ...observations.map(
      ({ question, healthy, broken }) => `- ${question} Before and after: ${healthy.words}. Broken: ${broken.words}.`,
    ),
    "",
    ...why.split("\n"),
    "",
    `More: ${topics.map((topic) => `[${topic}](why.md#${topic})`).join(", ")}.`,
    "",
  ];
}

function block(title: string, commands: readonly HostCommand[]): string[] {
  if (commands.length === 0) return [];
  return [
    `${title}:`,
    "",
    "```sh",
    ...commands.map((command) => `# ${whoRuns(dev, command)}\n${command.run}`),
    "```",
    "",
  ];
}
