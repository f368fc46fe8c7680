import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'

/** Steps of the build that are ours. */

/** The font of the text is asked for with the page, so that it is there for the first line. */
export function preloadFont(name: string): Plugin {
  return {
    name: 'preload-font',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {} }) => {
        const file = Object.keys(bundle).find(path => path.includes(name))
        if (file === undefined) throw new Error(`There is no font ${name}`)
        const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: true, href: `/app/${file}` }
        return [{ tag: 'link', attrs, injectTo: 'head-prepend' }]
      },
    },
  }
}

/**
 * Tells the service worker what the app consists of, and by a name that changes with any of it, so that browsers see a new
 * one: the file `sw.js` contains `PRECACHE`, which becomes that.
 */
export function precacheList(): Plugin {
  return {
    name: 'precache-list',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const worker = bundle['sw.js']
      if (worker?.type !== 'chunk') throw new Error('There is no service worker')
      if (worker.imports.length > 0) throw new Error('The service worker shares code with the app')
      const hash = createHash('sha256')
      const files: string[] = []
      for (const [path, file] of Object.entries(bundle).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        if (path === 'sw.js') continue
        hash.update(path).update(file.type === 'chunk' ? file.code : file.source)
        if (path !== 'index.html') files.push(`/app/${path}`)
      }
      const list = JSON.stringify({ version: hash.digest('base64url').slice(0, 12), files: ['/app/', ...files] })
      worker.code = worker.code.replace(/\bPRECACHE\b/, list)
    },
  }
}
