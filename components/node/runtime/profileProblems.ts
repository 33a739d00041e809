import type { SecurityProfile, SettingProblem } from "./runtimeSettings";

/** What is wrong with it for a runtime that has no such setting. @param name the runtime's */
export function seccompProblems(seccompProfile: SecurityProfile, name: string): SettingProblem[] {
  if (seccompProfile === "unconfined") return [];
  const rule = `must be unconfined: ${name} filters no container that names no profile. A kubelet can name one for all its pods: seccompDefault`;
  return [{ setting: "seccompProfile", rule, got: seccompProfile }];
}
