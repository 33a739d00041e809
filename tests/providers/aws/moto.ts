import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { pythonEnv } from "../../support/pythonEnv";
import type { Ec2Server } from "./server";

/** Time that moto may take to start; Python loads it in a few seconds. */
const startLimit = 60_000;

/**
 * Starts moto (https://docs.getmoto.org) on a free loopback port.
 * @throws Error without the Python environment of the tests
 */
export async function startMoto(): Promise<Ec2Server> {
  const program = path.join(pythonEnv(), "bin/moto_server");
  const child = spawn(program, ["-H", "127.0.0.1", "-p", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, MOTO_EC2_LOAD_DEFAULT_AMIS: "true", PYTHONUNBUFFERED: "1" },
  });
  const exited = once(child, "exit").catch((error: Error) => Promise.reject(new Error(`${program}: ${error.message}`)));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited.catch(() => {});
  };
  const started = new Promise<string>((resolve) =>
    createInterface(child.stderr).on("line", (line) => {
      const url = /Running on (http:\/\/\S+)/.exec(line)?.[1];
      if (url) resolve(url);
    }),
  );
  const failed = exited.then(() => Promise.reject(new Error(`${program} ended before it served`)));
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`${program} did not serve within ${startLimit} ms`)), startLimit).unref(),
  );
  try {
    const url = await Promise.race([started, failed, late]);
    failed.catch(() => {});
    return { url, region: "us-east-1", stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
