/** An entry of a FlowTable: four whole numbers say whose it is. */
export class FlowEntry {
  /** Time in milliseconds after which it is as good as gone. */
  expires = 0;
  /** Same hash, and order of use. The table's own. */
  chain: FlowEntry | undefined;
  older: FlowEntry | undefined;
  newer: FlowEntry | undefined;

  constructor(
    readonly local: number,
    readonly remote: number,
    readonly protocol: number,
    readonly ports: number,
  ) {}
}

/**
 * A bounded hash table with expiry that throws out what was used least recently. Keys are numbers, and a lookup allocates nothing: Map with a
 * joined key would build a string for every packet.
 */
export class FlowTable<Entry extends FlowEntry> {
  private readonly buckets = new Map<number, FlowEntry>();
  private oldest: FlowEntry | undefined;
  private newest: FlowEntry | undefined;
  size = 0;
  /** Entries that had to go before their time. */
  evicted = 0;

  constructor(private readonly capacity: number) {}

  find(local: number, remote: number, protocol: number, ports: number, now: number): Entry | undefined {
    let entry = this.buckets.get(hash(local, remote, protocol, ports));
    while (entry) {
      if (entry.local === local && entry.remote === remote && entry.protocol === protocol && entry.ports === ports) {
        if (entry.expires > now) return entry as Entry;
        this.delete(entry);
        return undefined;
      }
      entry = entry.chain;
    }
    return undefined;
  }

  /** Adds an entry whose key is not in the table. */
  add(entry: Entry, now: number): void {
    while (this.oldest && this.oldest.expires <= now) this.delete(this.oldest);
    if (this.size >= this.capacity && this.oldest) {
      this.delete(this.oldest);
      this.evicted += 1;
    }
    const key = hash(entry.local, entry.remote, entry.protocol, entry.ports);
    entry.chain = this.buckets.get(key);
    this.buckets.set(key, entry);
    this.append(entry);
    this.size += 1;
  }

  /** Marks an entry as used and lets it live until `expires`. */
  touch(entry: Entry, expires: number): void {
    entry.expires = expires;
    if (entry === this.newest) return;
    this.unlink(entry);
    this.append(entry);
  }

  delete(entry: FlowEntry): void {
    const key = hash(entry.local, entry.remote, entry.protocol, entry.ports);
    const head = this.buckets.get(key);
    if (head !== entry) {
      let before = head;
      while (before && before.chain !== entry) before = before.chain;
      if (!before) return;
      before.chain = entry.chain;
    } else if (entry.chain) this.buckets.set(key, entry.chain);
    else this.buckets.delete(key);
    this.unlink(entry);
    this.size -= 1;
  }

  private append(entry: FlowEntry): void {
    entry.older = this.newest;
    entry.newer = undefined;
    if (this.newest) this.newest.newer = entry;
    else this.oldest = entry;
    this.newest = entry;
  }

  private unlink(entry: FlowEntry): void {
    if (entry.older) entry.older.newer = entry.newer;
    else this.oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.newest = entry.older;
  }
}

function hash(local: number, remote: number, protocol: number, ports: number): number {
  let value = Math.imul(local, 0x9e3779b1) ^ Math.imul(remote, 0x85ebca6b) ^ Math.imul(ports + protocol, 0xc2b2ae35);
  value ^= value >>> 15;
  return Math.imul(value, 0x27d4eb2f);
}
