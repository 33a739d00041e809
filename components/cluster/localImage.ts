import { artifactNames, releases, type ArtifactName } from "../node/runtime/artifacts/lock";
import { localRegistry } from "../node/runtime/localRegistry";

/** An image that comes as a file of the mirror. */
export interface LocalImage {
  readonly name: ArtifactName;
  readonly version: string;
}

/** E.g. `hardway.local/coredns:1.14.6`. */
export function localImageName(name: ArtifactName, version: string): string {
  return `${localRegistry}/${name}:${version}`;
}

/** Which file of the mirror an image is; undefined for one that runtimes pull, or that they have already. */
export function localImage(image: string): LocalImage | undefined {
  const [, wanted = "", version = ""] = /^hardway\.local\/([^:@]+):([^:@]+)$/.exec(image) ?? [];
  const name = artifactNames.find((known) => known === wanted && releases[known].form === "image");
  return name === undefined ? undefined : { name, version };
}
