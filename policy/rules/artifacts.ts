import { readStepText, scriptName } from "../../components/remote/stepText";
import { sentTexts } from "../command";
import { objectsOf, unknownValue, type Resource } from "../resource";
import type { Rule } from "../rule";

/** Digests as the lock file has them: 64 digits for SHA-256, 128 for SHA-512. */
const digest = /^(?:sha256:|sha512:)?(?:[0-9a-f]{64}|[0-9a-f]{128})$/;
const download = /\b(?:curl|wget)\b[^\n]*https?:\/\//;
const pipedToShell = /\b(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:ba|da|z)?sh\b/;
const check = /\bsha(?:256|512)sum\b|\bshasum\b|\bgpgv?\b|\bcosign\b|\bminisign\b/;

export const checksummedArtifacts: Rule = {
  name: "checksummed-artifacts",
  level: "mandatory",
  reason:
    "What is downloaded for a host must be compared with a checksum or signature from elsewhere: it runs there as root.",
  remedy:
    "Give the sha256 of each of runtimeArtifacts; in commands of your own, run sha256sum --check on what was downloaded.",
  check: (resource) => [...settings(resource), ...sentTexts(resource).flatMap(problemsOf)],
};

function settings({ type, props }: Resource): string[] {
  if (type !== "hardway:index:ContainerRuntime" && type !== "hardway:index:CniConfig") return [];
  const source = type === "hardway:index:CniConfig" ? (props.source as typeof props | undefined) : props;
  return objectsOf(source?.runtimeArtifacts)
    .filter(({ sha256 }) => sha256 !== unknownValue && !digest.test(String(sha256)))
    .map(({ name }) => `runtimeArtifacts has ${String(name)} without a sha256.`);
}

function problemsOf(text: string): string[] {
  if (scriptName(text) === undefined) {
    if (pipedToShell.test(text)) return ["The command runs what it downloads, unseen (curl | sh)."];
    return download.test(text) && !check.test(text)
      ? ["The command downloads a file and compares it with nothing."]
      : [];
  }
  // One line for each: architecture, name, version, form, digest, address.
  const lines =
    readStepText(text)
      ?.values.ARTIFACTS?.split("\n")
      .filter((line) => line !== "") ?? [];
  return lines
    .map((line) => line.split(" "))
    .filter((words) => !digest.test(words[4] ?? ""))
    .map(([, name, version]) => `${name} ${version} comes without a checksum.`);
}
