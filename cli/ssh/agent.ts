import { connect } from "node:net";

/** How long an agent may take to accept a connection, in milliseconds. */
const patience = 2000;

/** Whether an SSH agent is named and nothing listens there, as after it ended or the session did that had it forwarded. */
export function isDeadAgent(socketPath: string | undefined): Promise<boolean> {
  if (!socketPath) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const end = (isDead: boolean) => {
      socket.destroy();
      resolve(isDead);
    };
    socket.setTimeout(patience, () => end(true));
    socket.once("connect", () => end(false)).once("error", () => end(true));
  });
}
