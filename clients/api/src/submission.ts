import { isVerdict } from './problem'

const PREFIX = 'submission:'

/** Where keys outlive the page: a browser's storage, or a mini-program's. */
export interface Store {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

interface Kept {
  key: string
  print: number
}

/**
 * One thing that a person wants done once, however often it is sent. The key is stored before the first send and
 * outlives a reload; it changes when the content does, and is dropped once the server has given its verdict.
 */
export class Submission {
  constructor(
    private readonly name: string,
    private readonly store: Store = sessionStorage,
  ) {}

  /** The idempotency key for this content. */
  key(content: unknown): string {
    const print = fingerprint(JSON.stringify(content ?? null))
    const kept = this.read()
    if (kept?.print === print) return kept.key
    const key = randomId()
    this.store.setItem(PREFIX + this.name, JSON.stringify({ key, print } satisfies Kept))
    return key
  }

  /** Sends under the key of this content; the key is dropped once the server has given its verdict. */
  async once<Answer>(content: unknown, send: (key: string) => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await send(this.key(content))
      this.settle()
      return answer
    } catch (thrown) {
      if (isVerdict(thrown)) this.settle()
      throw thrown
    }
  }

  /** The server has answered for good: the next content is another matter. */
  settle(): void {
    this.store.removeItem(PREFIX + this.name)
  }

  private read(): Kept | undefined {
    const text = this.store.getItem(PREFIX + this.name)
    return text ? (JSON.parse(text) as Kept) : undefined
  }
}

/** 32 hexadecimal digits. They must differ, not be secret: mini-programs have no `crypto`. */
export function randomId(): string {
  const bytes = new Uint8Array(16).map(() => Math.random() * 256)
  globalThis.crypto?.getRandomValues(bytes)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** FNV-1a, 32 bits: tells contents apart and is too short to tell what they were. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
