import type { SettingProblem } from "./runtime";

/** A repository of Debian packages, as deb822 describes it (sources.list(5)). */
export interface AptRepository {
  /** Base address, e.g. `https://repos.example.org/ubuntu`. */
  readonly url: string;
  /** Suite, e.g. `noble`; a path that ends in a slash, such as `/`, for a flat repository. */
  readonly suite: string;
  /** Components, e.g. `stable-29.4`; none for a flat repository. */
  readonly components: readonly string[];
  /** The ASCII-armored public key that signs it. Packages signed by any other are refused. */
  readonly key: string;
}

const begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const end = "-----END PGP PUBLIC KEY BLOCK-----";

/** What is wrong with a repository, each to be read after the setting's name. */
export function repositoryProblems(repository: AptRepository): SettingProblem[] {
  const { url, suite, components, key } = repository;
  const problem = (rule: string, got: unknown): SettingProblem => ({ setting: "runtimeRepositories", rule, got });
  const flat = suite.endsWith("/");
  return [
    ...(/^https?:\/\/\S+$/.test(url) ? [] : [problem("must have a url that begins with https:// or http://", url)]),
    ...(/^\S+$/.test(suite) ? [] : [problem("must have a suite of one word, such as noble or /", suite)]),
    // apt refuses both (sources.list(5)).
    ...(flat && components.length > 0
      ? [problem("must have no components where the suite ends in a slash (a flat repository)", components)]
      : []),
    ...(!flat && components.length === 0
      ? [problem("must have components, unless it is a flat one, whose suite ends in a slash", components)]
      : []),
    ...(components.every((component) => /^\S+$/.test(component))
      ? []
      : [problem("must have components of one word each", components)]),
    ...(key.trim().startsWith(begin) && key.trim().endsWith(end)
      ? []
      : [
          problem(`must have an ASCII-armored public key, from ${begin} on; gpg --enarmor makes one`, key.slice(0, 40)),
        ]),
  ];
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
