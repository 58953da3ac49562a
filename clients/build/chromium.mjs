// Prints where the Chromium that an npm package carries was unpacked, and the folder of the libraries it needs.
process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x' // has the package unpack its libraries too
const { default: chromium } = await import('@sparticuz/chromium')
process.stdout.write(`${await chromium.executablePath()}\n${process.env.LD_LIBRARY_PATH ?? ''}\n`)
