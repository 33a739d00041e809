import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPair } from "../cloud/machines/identity";
import type { TestState } from "../tests/support/hardwayCli";
import { medians, timed } from "./measure";
import type { Part } from "./part";
import { engineVariables, Project, resourcesIn, stackConfig, type StackConfig } from "./project";
import { renderRound, renderScale, targets, type ScaleFigures, type ScaleResult, type Target } from "./scaleReport";
import { SimulatedCloud } from "./simulatedCloud";
import { SimulatedHost } from "./simulatedHost";
import { withState } from "./temporary";

/** One of them is the server. */
const sizes = [3, 10, 30] as const;

/** The real engine and our plugins with labs of several sizes, whose hosts answer at once: what is left is what they themselves cost. */
export const scale: Part = {
  summary: `resources and time with ${sizes.join(", ")} nodes on simulated hosts, targets ${targets.join(" and ")} (no VMs)`,
  run: ({ say, rounds = 1 }) =>
    withState("scale", 10 + 20 * rounds, async (state) => {
      const env = await engineVariables(state);
      const all: { target: Target; figures: ScaleFigures }[] = [];
      // In turns, so that all see the same moods of the computer.
      for (let round = 1; round <= rounds; round += 1)
        for (const nodes of sizes)
          for (const target of targets) {
            say(`round ${round} of ${rounds}: ${nodes} nodes, target ${target}`);
            const figures = await measure(state, env, target, nodes, round);
            say(renderRound(figures));
            all.push({ target, figures });
          }
      const of = (target: Target): ScaleFigures[] =>
        sizes.map((nodes) =>
          medians(
            all.filter((one) => one.target === target && one.figures.nodes === nodes).map(({ figures }) => figures),
          ),
        );
      const figures: ScaleResult = { hosts: of("hosts"), aws: of("aws") };
      return { figures, text: renderScale(figures) };
    }),
};

/** What the hosts of one lab are simulated by. */
interface Simulation {
  readonly config: StackConfig;
  logins(): number;
  stop(): Promise<void>;
}

const simulations: Readonly<Record<Target, (prefix: string, nodes: number) => Promise<Simulation>>> = {
  hosts: simulateHosts,
  aws: simulateCloud,
};

async function measure(
  state: TestState,
  env: NodeJS.ProcessEnv,
  target: Target,
  nodes: number,
  round: number,
): Promise<ScaleFigures> {
  const stack = `${target}-${nodes}-${round}`;
  const simulation = await simulations[target](join(state.directory, `${stack}.`), nodes);
  try {
    const project = await Project.create(state, stack, simulation.config, env);
    // As ./hardway up does it.
    const refresh = target === "aws" ? ["--refresh"] : [];
    const up = (): Promise<string> => project.pulumi("up", "--yes", "--skip-preview", ...refresh);
    const upSeconds = await timed(up);
    const connections = simulation.logins();
    const exported = await project.export();
    const resources = resourcesIn(exported);
    return {
      nodes,
      resources: resources.length,
      commands: resources.filter(({ type }) => type === "command:remote:Command").length,
      connections,
      stateKiB: exported.length / 1024,
      upSeconds,
      noopUpSeconds: await timed(() =>
        project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes", ...refresh),
      ),
      previewSeconds: await timed(() => project.pulumi("preview", "--expect-no-changes")),
      destroySeconds: await timed(() => project.pulumi("destroy", "--yes", "--skip-preview")),
    };
  } finally {
    await simulation.stop();
  }
}

async function simulateHosts(prefix: string, nodes: number): Promise<Simulation> {
  const login = generateKeyPair("scale");
  const hostKey = generateKeyPair("scale");
  const privateKeyFile = `${prefix}key`;
  writeFileSync(privateKeyFile, login.privateKey, { mode: 0o600 });
  const hosts = await Promise.all(
    Array.from({ length: nodes }, async (_, n) => {
      const name = n === 0 ? "server" : `node-${n - 1}`;
      const endpoint = { host: "127.0.0.1", port: 0 };
      const options = { name, endpoint, hostKey: hostKey.privateKey, authorizedKey: login.publicKey };
      return { name, host: await SimulatedHost.start(options) };
    }),
  );
  return {
    config: {
      "hardway:target": "hosts",
      "hardway:hosts": hosts.map(({ name, host }, n) => ({
        name,
        role: n === 0 ? "controller" : "worker",
        address: n === 0 ? "10.240.0.10" : `10.240.0.${79 + n}`,
        ssh: { host: "127.0.0.1", port: host.port, user: "admin", privateKeyFile, hostKey: hostKey.publicKey },
      })),
    },
    logins: () => hosts.reduce((sum, { host }) => sum + host.logins, 0),
    stop: async () => {
      await Promise.all(hosts.map(({ host }) => host.stop()));
    },
  };
}

async function simulateCloud(prefix: string, nodes: number): Promise<Simulation> {
  const cloud = await SimulatedCloud.start(`${prefix}ec2.json`);
  return {
    config: {
      ...stackConfig("dev"),
      "aws:endpoints": [{ ec2: cloud.url, sts: cloud.url }],
      "hardway:sshPort": cloud.sshPort,
      "hardway:workers": nodes - 1,
    },
    logins: () => cloud.logins,
    stop: () => cloud.stop(),
  };
}
