import { bannerAnswers } from "../../cloud/machines/readiness";
import type { Logins } from "./logins";

/** Whether sshd says hello on each of the hosts. A machine that hangs still has its process, and its port is still open. */
export async function allAnswer(logins: Logins): Promise<boolean> {
  return (await Promise.all(Object.values(logins).map(bannerAnswers))).every(Boolean);
}
