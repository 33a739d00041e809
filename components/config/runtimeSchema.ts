import { z } from "zod";
import { labDefaults } from "../labArgs";
import { artifactArchitectures, artifactNames } from "../node/runtime/artifacts/lock";
import { sha256Digest } from "../node/runtime/artifacts/sums";
import { handlerNames } from "../node/runtime/handlers";
import { SecurityProfile } from "../node/runtime/runtimeSettings";
import { runtimeDefaults, runtimeKinds } from "../node/runtime/runtimes";
import { snapshotterNames } from "../node/runtime/snapshotters";

const absolutePath = z.string().regex(/^\/[^\n]*$/, "must be an absolute path");

/** An image reference that CRI takes; a tag together with a digest breaks containerd 2.3.0 to 2.3.3. */
export const imageReference = z.string().regex(
  // github.com/distribution/reference, reference.go: a host with a port, then names in lower case.
  /^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]+)?\/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
  "must be an image with a tag or a digest such as registry.k8s.io/pause:3.9",
);

/** Part of a path on the hosts, so nothing but a host's name and a port. */
const registryHost = z
  .string()
  .regex(
    /^[a-z0-9]+([.-][a-z0-9]+)*(:[0-9]+)?$/,
    "must be a registry's host such as docker.io or registry.example:5000",
  );

const hasNoLogin = (text: string) => !/^https?:\/\/[^/]*@/.test(text);
const url = z
  .string()
  .regex(/^https?:\/\/[^\s"'\\]+$/, "must be a URL that begins with https:// or http://")
  .refine(hasNoLogin, "must not have a user or password in it: hosts would show it");

/** One login; the schema of what registryCredentials holds for each registry. */
const loginText = z
  .string()
  .min(1, "must not be empty")
  .regex(/^[^\r\n]*$/, "must be one line, without a line end");
const registryLogin = z.strictObject({ username: loginText, password: loginText });

/** A release file that the lock file does not have. */
const artifactSchema = z.strictObject({
  name: z.enum(artifactNames),
  version: z.string().regex(/^[0-9]+(\.[0-9]+)+$/, "must be a version such as 2.2.0"),
  arch: z.enum(artifactArchitectures),
  url,
  sha256: z.string().regex(sha256Digest, "must be a SHA-256: 64 of 0-9 and a-f"),
});

const oneWord = z.string().regex(/^\S+$/, "must be one word");

const repository = z.strictObject({
  url,
  suite: oneWord,
  components: z.array(oneWord).default([]),
  key: z.string().min(1, "must be the ASCII-armored public key that signs the repository"),
});

/** Keys that a lab has, and each worker may have differently in `nodes`. */
export const runtimeShape = {
  runtime: z.enum(runtimeKinds).default(labDefaults.runtime),
  runtimeSource: z.enum(["distro", "release", "mirror", "repository"]).default(runtimeDefaults.runtimeSource),
  runtimeVersion: z
    .string()
    .regex(/^$|^[0-9]+(\.[0-9]+)+([-+~.][0-9A-Za-z.]+)?$/, "must be a version such as 2.2.0")
    .default(runtimeDefaults.runtimeVersion),
  runtimeMirror: z
    .string()
    .regex(/^$|^https?:\/\/[^\s"'\\]+$/, "must be a URL that begins with https:// or http://")
    .refine(hasNoLogin, "must not have a user or password in it: hosts would show it")
    .default(runtimeDefaults.runtimeMirror),
  runtimeMirrorSums: z.string().default(""),
  runtimeArtifacts: z.array(artifactSchema).default([]),
  runtimeRepositories: z.array(repository).default([]),
  handlers: z
    .array(z.enum(handlerNames))
    .min(1, "must name at least one")
    .default([...runtimeDefaults.handlers]),
  defaultHandler: z.enum(["", ...handlerNames]).default(""),
  snapshotter: z.enum(snapshotterNames).default(runtimeDefaults.snapshotter),
  snapshotterDevice: z
    .string()
    .regex(/^$|^\/dev\/[A-Za-z0-9._:+/-]+$/, "must be a block device such as /dev/vdb")
    .refine((path) => !/\/\.{0,2}(\/|$)/.test(path), "must be a block device's plain path, without .. or . or // in it")
    .default(""),
  snapshotterGiB: z.int().min(1).max(16384).default(labDefaults.storeGiB),
  cgroupDriver: z.enum(["systemd", "cgroupfs"]).default(runtimeDefaults.cgroupDriver),
  sandboxImage: imageReference.default(runtimeDefaults.sandboxImage),
  imageArchives: z.array(absolutePath).default([]),
  registryMirrors: z.record(registryHost, z.array(url).min(1, "must name at least one URL")).default({}),
  seccompProfile: z.enum(SecurityProfile).default(runtimeDefaults.seccompProfile),
  appArmorProfile: z.enum(SecurityProfile).default(runtimeDefaults.appArmorProfile),
};

export type RuntimeKey = keyof typeof runtimeShape;
export const runtimeKeys = Object.keys(runtimeShape) as RuntimeKey[];

export type RuntimeValues = { [Key in RuntimeKey]: z.infer<(typeof runtimeShape)[Key]> };

/** What one worker has differently: the same keys, none of them with a default. */
export const nodeSchema = z.strictObject(
  Object.fromEntries(runtimeKeys.map((key) => [key, runtimeShape[key].unwrap().optional()])) as {
    [Key in RuntimeKey]: z.ZodOptional<ReturnType<(typeof runtimeShape)[Key]["unwrap"]>>;
  },
);
export type NodeValues = z.infer<typeof nodeSchema>;

export const credentialsSchema = z.record(registryHost, registryLogin);
