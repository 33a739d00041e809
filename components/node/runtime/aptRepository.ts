import type { AptRepository, SettingProblem } from "./runtimeSettings";

const begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const end = "-----END PGP PUBLIC KEY BLOCK-----";

/** What is wrong with a repository. */
export function repositoryProblems({ url, suite, components, key }: AptRepository): SettingProblem[] {
  const isFlat = suite.endsWith("/");
  const isArmored = key.trim().startsWith(begin) && key.trim().endsWith(end);
  const rules: readonly [isKept: boolean, rule: string, got: unknown][] = [
    [/^https?:\/\/\S+$/.test(url), "must have a url that begins with https:// or http://", url],
    [/^\S+$/.test(suite), "must have a suite of one word, such as noble or /", suite],
    // apt refuses both (sources.list(5)).
    [
      !isFlat || components.length === 0,
      "must have no components where the suite ends in a slash (a flat repository)",
      components,
    ],
    [
      isFlat || components.length > 0,
      "must have components, unless it is a flat one, whose suite ends in a slash",
      components,
    ],
    [components.every((component) => /^\S+$/.test(component)), "must have components of one word each", components],
    [isArmored, `must have an ASCII-armored public key, from ${begin} on; gpg --enarmor makes one`, key.slice(0, 40)],
  ];
  return rules.flatMap(([isKept, rule, got]) => (isKept ? [] : [{ setting: "runtimeRepositories", rule, got }]));
}

/**
 * A file for `/etc/apt/sources.list.d`. The keys are in the file itself, which apt can since 2.3.10 (Debian 12,
 * Ubuntu 22.04), so that each is pinned by the configuration and signs its own repository only.
 */
export function renderAptSources(repositories: readonly AptRepository[]): string {
  return repositories.map(renderAptSource).join("\n");
}

function renderAptSource({ url, suite, components, key }: AptRepository): string {
  const armored = key
    .trim()
    .split(/\r?\n/)
    .map((line) => ` ${line.trimEnd() === "" ? "." : line.trimEnd()}\n`);
  return [
    "Types: deb\n",
    `URIs: ${url}\n`,
    `Suites: ${suite}\n`,
    ...(components.length > 0 ? [`Components: ${components.join(" ")}\n`] : []),
    "Signed-By:\n",
    ...armored,
  ].join("");
}
