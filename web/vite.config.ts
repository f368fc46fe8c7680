import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { precacheList, preloadFont } from './build-plugins.ts'

/** The app: `/app/` of the server. Nothing is inlined, so that the policy of the server allows no `data:` but in images. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [preloadFont('figtree-latin-wght-normal'), precacheList()],
  build: {
    outDir: resolve(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // The browsers of the last two years, as `light-dark()` stays what it is.
    target: ['chrome131', 'firefox132', 'safari18.1'],
    cssMinify: 'lightningcss',
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: resolve(import.meta.dirname, 'index.html'), sw: resolve(import.meta.dirname, 'src/sw.ts') },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
})
