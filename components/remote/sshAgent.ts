import { connect } from "node:net";

/** How long an agent may take to accept a connection, in milliseconds. */
const patience = 2000;

/** Why nothing answers at an SSH agent's socket, as after it ended or the session did that had it forwarded; undefined for one that answers. */
export function agentProblem(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const end = (problem?: string) => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(patience, () => end(`no answer within ${patience / 1000} s`));
    socket.once("connect", () => end()).once("error", (error) => end(error.message));
  });
}
