import { isVerdict, randomId, type Schemas } from '@shebao/api'
import { call } from './session'
import { storage } from './storage'

type Told = Schemas['ConsentBody'] & { key: string }

const WAITING = 'consents'

/**
 * Keeps what the person said when WeChat asked, until the server has heard it: each yes is one message, so none may be
 * lost, and none counted twice.
 */
export function keepConsent(said: Schemas['ConsentBody']): void {
  keep([...waiting(), { ...said, key: randomId() }])
}

/** Tells the server what it has not heard yet. */
export async function tellConsents(): Promise<void> {
  for (const { key, ...body } of waiting()) {
    await call('post', '/api/v1/consents', { key, body }).catch((thrown: unknown) => {
      if (!isVerdict(thrown)) throw thrown
    })
    keep(waiting().filter((one) => one.key !== key))
  }
}

function waiting(): Told[] {
  return JSON.parse(storage.getItem(WAITING) ?? '[]') as Told[]
}

function keep(told: Told[]): void {
  storage.setItem(WAITING, JSON.stringify(told))
}
