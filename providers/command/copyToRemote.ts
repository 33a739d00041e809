import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { SFTPWrapper } from "ssh2";
import { asAsset, type Asset, type Properties, type Value } from "../plugin/properties";
import { filesUnder } from "./assets";
import { connect, type Endpoint } from "./connection";
import type { Operation, ResourceType } from "./resource";
import { copyFileSchema, copyToRemoteSchema } from "./schema";

export const copyToRemote: ResourceType = {
  schema: copyToRemoteSchema,
  nameInId: false,
  computed: () => [],
  create: copy,
  update: async (inputs, state, operation) => {
    const identity = ({ source, remotePath, connection }: Properties) => {
      const { host, port, user } = connection as unknown as Endpoint;
      return JSON.stringify([asAsset(source)?.hash, remotePath, host, port, user]);
    };
    // The official plugin looks at content and path only, so that a new host is reported as updated and gets nothing.
    return identity(inputs) === identity(state) ? {} : copy(inputs, operation);
  },
};

/** Deprecated upstream: one file, copied on creation, replaced by every change. */
export const copyFile: ResourceType = {
  schema: copyFileSchema,
  nameInId: false,
  computed: () => [],
  create: (inputs, operation) =>
    withSftp(inputs, operation, (remote) =>
      remote.write(inputs.remotePath as string, createReadStream(inputs.localPath as string)),
    ),
};

async function copy(inputs: Properties, operation: Operation): Promise<Properties> {
  const target = inputs.remotePath as string;
  const source = asAsset(inputs.source);
  if (!source) throw new Error("source must be an asset or an archive");
  return withSftp(inputs, operation, async (remote) => {
    if (source.text !== undefined) await copyText(remote, source.text, target);
    else if (source.path !== undefined) await copyPath(remote, source.path, target);
    else if (source.uri !== undefined) await copyUri(remote, source.uri, target);
    else await copyAssets(remote, source, target);
  });
}

async function withSftp(
  inputs: Properties,
  operation: Operation,
  work: (remote: Remote) => Promise<void>,
): Promise<Properties> {
  const connection = await connect(inputs.connection as unknown as Endpoint, operation);
  const { client, name } = connection;
  const abandon = () => client.destroy();
  operation.stop.addEventListener("abort", abandon);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("error", (error) => reject(new Error(`${name}: connection failed: ${error.message}`)));
      client.once("close", () => reject(new Error(`${name}: the connection was lost before the copy was done`)));
      client.sftp((error, sftp) => {
        if (error) return reject(new Error(`${name}: SFTP is not available: ${error.message}`));
        work(new Remote(sftp, name)).then(resolve, reject);
      });
    });
    return {};
  } catch (error) {
    throw operation.stop.aborted ? new Error(`${name}: ${(operation.stop.reason as Error).message}`) : error;
  } finally {
    operation.stop.removeEventListener("abort", abandon);
    connection.close();
  }
}

/** The few SFTP operations that a copy needs, with errors that name host and path. */
class Remote {
  constructor(
    readonly sftp: SFTPWrapper,
    readonly host: string,
  ) {}

  /** @returns undefined when nothing is there */
  kind(file: string): Promise<"directory" | "other" | undefined> {
    const noSuchFile = 2; // SSH_FX_NO_SUCH_FILE
    return new Promise((resolve, reject) =>
      this.sftp.stat(file, (error, attributes) => {
        if (!error) resolve(attributes.isDirectory() ? "directory" : "other");
        else if ((error as { code?: number }).code === noSuchFile) resolve(undefined);
        else reject(this.#error(`failed to stat remote path ${file}`, error));
      }),
    );
  }

  async makeDirectory(directory: string): Promise<void> {
    const found = await this.kind(directory);
    if (found === "directory") return;
    if (found) throw new Error(`${this.host}: remote path ${directory} exists but is not a directory`);
    const parent = path.posix.dirname(directory);
    if (parent !== directory) await this.makeDirectory(parent);
    await new Promise<void>((resolve, reject) =>
      this.sftp.mkdir(directory, (error) =>
        error ? reject(this.#error(`failed to create remote directory ${directory}`, error)) : resolve(),
      ),
    );
  }

  async write(file: string, content: Readable): Promise<void> {
    const target = this.sftp.createWriteStream(file);
    const closed = new Promise((resolve) => target.once("close", resolve));
    await pipeline(content, target).catch((error: Error) =>
      Promise.reject(this.#error(`failed to write to remote path ${file}`, error)),
    );
    await closed;
  }

  #error(what: string, error: Error) {
    return new Error(`${this.host}: ${what}: ${error.message}`);
  }
}

async function copyText(remote: Remote, text: string, target: string) {
  if ((await remote.kind(target)) === "directory") {
    throw new Error(`remote path ${target} is a directory; when using a text asset, remotePath must be a file path`);
  }
  await remote.makeDirectory(path.posix.dirname(target));
  await remote.write(target, Readable.from([Buffer.from(text)]));
}

/**
 * | source | target is a directory   | target does not exist | target is a file |
 * |--------|-------------------------|-----------------------|------------------|
 * | dir    | target/dir              | target/dir            | error            |
 * | dir/   | target/x for x in dir   | target/x for x in dir | error            |
 * | file   | target/file             | target                | overwritten      |
 */
async function copyPath(remote: Remote, source: string, target: string) {
  if (!(await stat(source)).isDirectory())
    return copyAs(remote, createReadStream(source), path.basename(source), target);
  const into = source.endsWith("/") ? target : path.posix.join(target, path.basename(source));
  await remote.makeDirectory(target);
  await remote.makeDirectory(into);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory());
  for (const entry of directories) {
    await remote.makeDirectory(path.posix.join(into, path.relative(source, path.join(entry.parentPath, entry.name))));
  }
  for (const file of await filesUnder(source)) {
    await remote.write(path.posix.join(into, file), createReadStream(path.join(source, file)));
  }
}

async function copyUri(remote: Remote, uri: string, target: string) {
  const { protocol, pathname } = new URL(uri);
  if (protocol === "file:") return copyPath(remote, decodeURIComponent(pathname), target);
  const response = await fetch(uri);
  if (!response.ok || !response.body) throw new Error(`failed to read remote asset ${uri}: HTTP ${response.status}`);
  await copyAs(remote, Readable.from(response.body), path.posix.basename(pathname), target);
}

async function copyAs(remote: Remote, content: Readable, name: string, target: string) {
  const found = await remote.kind(target);
  if (found === "directory") {
    if (name === "") throw new Error(`remote path ${target} is a directory; cannot determine destination filename`);
    return remote.write(path.posix.join(target, name), content);
  }
  if (found === undefined) await remote.makeDirectory(path.posix.dirname(target));
  await remote.write(target, content);
}

async function copyAssets(remote: Remote, archive: Asset, target: string) {
  await remote.makeDirectory(target);
  for (const [name, value] of Object.entries(archive.assets ?? {}))
    await copyEntry(remote, value, path.posix.join(target, name));
}

/** An entry is written exactly at its path, whatever the file it comes from is called. */
async function copyEntry(remote: Remote, value: Value, target: string) {
  const entry = asAsset(value);
  if (!entry) throw new Error(`archive entry for ${target} is neither an asset nor an archive`);
  if (entry.kind === "asset") {
    await remote.makeDirectory(path.posix.dirname(target));
    if (entry.uri !== undefined) return copyUri(remote, entry.uri, target);
    return remote.write(
      target,
      entry.path === undefined ? Readable.from([Buffer.from(entry.text ?? "")]) : createReadStream(entry.path),
    );
  }
  if (entry.assets) return copyAssets(remote, entry, target);
  if (entry.path !== undefined && (await stat(entry.path)).isDirectory()) {
    return copyPath(remote, `${entry.path}/`, target);
  }
  throw new Error(
    `archive entry for ${target}: an archive file inside an archive cannot be unpacked; give its directory`,
  );
}
