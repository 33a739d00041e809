import { repositoryProblems } from "./aptRepository";
import type { RuntimeSettings, SettingProblem } from "./runtime";

/** What is wrong with the repositories, for every runtime that takes its programs from them. */
export function repositorySettingProblems(settings: RuntimeSettings): SettingProblem[] {
  const { runtimeSource, runtimeRepositories } = settings;
  const problems: SettingProblem[] = runtimeRepositories.flatMap(repositoryProblems);
  if (runtimeSource === "repository" && runtimeRepositories.length === 0) {
    problems.push({ setting: "runtimeRepositories", rule: 'is missing: source "repository" needs one' });
  }
  if (runtimeSource !== "repository" && runtimeRepositories.length > 0) {
    problems.push({ setting: "runtimeRepositories", rule: 'is for source "repository"', got: runtimeSource });
  }
  return problems;
}
