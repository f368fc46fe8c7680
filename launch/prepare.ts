/**
 * `npm run bundle`, which `npm ci` runs too. There, with `--if-possible`, it goes on without: where the bundler has no
 * binary for the machine the sources run as they are.
 */
try {
  const { bundle } = await import('./bundle.ts')
  await bundle('dist')
} catch (error) {
  console.error(`No bundle could be made, so "npm start" runs the sources: ${(error as Error).message}`)
  if (!process.argv.includes('--if-possible')) process.exit(1)
}
