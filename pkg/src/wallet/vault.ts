// Session keys at rest: in IndexedDB, sealed by AES-GCM with a key that WebCrypto keeps and no script can read out.
//
// A copy of the database's records is of no use without that key. A script that runs in this page can still ask for the
// session key: what bounds its damage is the approval's cap and expiry, and that it can be revoked.

import { HeadwaterError } from "../errors.js";

const DATABASE = "headwater";
const VERSION = 1;
const SEALS = "seals";
const SESSIONS = "sessions";
/** The one sealing key. */
const SEAL = "session-keys";
/** AES-GCM's own length of a nonce (NIST SP 800-38D, §5.2.1.1). */
const IV_BYTES = 12;

/** Whose a session key is: one for each network and wallet. */
export interface Scope {
  readonly chainId: number;
  readonly broker: string;
  readonly wallet: string;
}

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
}

/** A session key, and whether it will be there after a reload. */
export interface Kept {
  readonly secret: Uint8Array;
  readonly kept: boolean;
}

/** The scope's session key; where there is none yet, the one that `make` makes, kept from then on. */
export async function sessionKey(scope: Scope, make: () => Uint8Array): Promise<Kept> {
  let database: IDBDatabase;
  try {
    database = await open();
  } catch {
    // Privacy modes: the key then lives as long as the page.
    return { secret: make(), kept: false };
  }
  try {
    const seal = await sealingKey(database);
    const found = await read<Sealed>(database, SESSIONS, name(scope));
    const opened = found && (await unseal(seal, scope, found));
    if (opened) return { secret: opened, kept: true };
    // What cannot be opened is of no use to anybody: its approval is void without the key, and another is made.
    if (found) await remove(database, name(scope));
    const secret = make();
    if (await add(database, SESSIONS, name(scope), await sealed(seal, scope, secret))) {
      return { secret, kept: true };
    }
    // Another tab was first: its key counts, or there would be two.
    const theirs = await read<Sealed>(database, SESSIONS, name(scope));
    const other = theirs && (await unseal(seal, scope, theirs));
    if (!other) throw new HeadwaterError("internal", "the session key that another tab keeps cannot be read");
    return { secret: other, kept: true };
  } finally {
    database.close();
  }
}

/** Keeps another session key in the place of the scope's; whether it did. */
export async function replaceSessionKey(scope: Scope, secret: Uint8Array): Promise<boolean> {
  const database = await open().catch(() => undefined);
  if (database === undefined) return false;
  try {
    const record = await sealed(await sealingKey(database), scope, secret);
    await answer(database.transaction(SESSIONS, "readwrite").objectStore(SESSIONS).put(record, name(scope)));
    return true;
  } finally {
    database.close();
  }
}

function name({ chainId, broker, wallet }: Scope): string {
  return `${chainId}:${broker}:${wallet}`.toLowerCase();
}

/** Binds a record to its place: moved to another network or wallet, it does not open. */
function bound(scope: Scope): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`headwater session key 1|${name(scope)}`);
}

async function sealed(seal: CryptoKey, scope: Scope, secret: Uint8Array): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = Uint8Array.from(secret);
  const bytes = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(scope) }, seal, plain);
  plain.fill(0);
  return { iv, bytes };
}

async function unseal(seal: CryptoKey, scope: Scope, { iv, bytes }: Sealed): Promise<Uint8Array | undefined> {
  try {
    const how = { name: "AES-GCM", iv, additionalData: bound(scope) };
    return new Uint8Array(await crypto.subtle.decrypt(how, seal, bytes));
  } catch {
    return undefined;
  }
}

async function sealingKey(database: IDBDatabase): Promise<CryptoKey> {
  const found = await read<CryptoKey>(database, SEALS, SEAL);
  if (found) return found;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  if (await add(database, SEALS, SEAL, made)) return made;
  return (await read<CryptoKey>(database, SEALS, SEAL)) ?? made;
}

function open(): Promise<IDBDatabase> {
  // Without HTTPS there is no WebCrypto, and nothing is kept in the open instead.
  if (!globalThis.crypto?.subtle) return Promise.reject(new Error("no WebCrypto"));
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(SEALS);
    request.result.createObjectStore(SESSIONS);
  };
  return answer(request);
}

function read<T>(database: IDBDatabase, store: string, key: string): Promise<T | undefined> {
  return answer<T | undefined>(database.transaction(store).objectStore(store).get(key));
}

function remove(database: IDBDatabase, key: string): Promise<undefined> {
  return answer(database.transaction(SESSIONS, "readwrite").objectStore(SESSIONS).delete(key));
}

/** Adds what is not there yet; whether it did. */
async function add(database: IDBDatabase, store: string, key: string, value: unknown): Promise<boolean> {
  const transaction = database.transaction(store, "readwrite");
  const done = new Promise<boolean>((resolve, reject) => {
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () =>
      transaction.error?.name === "ConstraintError" ? resolve(false) : reject(transaction.error);
  });
  transaction.objectStore(store).add(value, key);
  return done;
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
