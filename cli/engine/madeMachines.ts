import type { PlannedHost } from "../../components/plan/routes";
import type { Logins } from "../ssh/login";
import { plainValue, type Deployment } from "./deployment";

/** The machines that a run has made, and how to log in to them. */
export interface MadeMachines {
  readonly hosts: readonly PlannedHost[];
  readonly logins: Logins;
}

/** Those machines, also of a run that did not come to its end; undefined where there are none, or not yet all. */
export function madeMachines({ resources = [] }: Deployment): MadeMachines | undefined {
  const { planned, ssh } = resources.find(({ type }) => type === "hardway:index:AwsHosts")?.outputs ?? {};
  if (planned === undefined || ssh === undefined) return undefined;
  return { hosts: plainValue(planned) as PlannedHost[], logins: plainValue(ssh) as Logins };
}
