const meta = document.querySelector<HTMLMetaElement>('meta[name="environment"]')

/** Whether this is the demo, whose people one may pick. */
export const inDemo = meta?.content === 'demo'
