/**
 * The name of the text in a value that cannot be stored, or undefined: NUL and lone surrogates. Bytes are not text. No recursion, because the client chooses the
 * depth; and no name is put together before it is needed, because the client chooses how many there would be.
 */
export function nameOfUnstorable(value: unknown): string | undefined {
  if (isUnstorable(value)) return 'The body'
  const inside = [walk(value)]
  for (let top = inside.at(-1); top; top = inside.at(-1)) {
    const index = top.next++
    if (index >= top.length) {
      inside.pop()
      continue
    }
    const key = top.keys?.[index] ?? index
    if (isUnstorable(key)) return 'A field name'
    const inner = (top.value as Record<string | number, unknown>)[key]
    if (isUnstorable(inner)) return inside.map(({ keys, next }) => keys?.[next - 1] ?? next - 1).join('.')
    if (typeof inner === 'object' && inner !== null) inside.push(walk(inner))
  }
  return undefined
}

function walk(value: unknown): { value: unknown; keys: string[] | undefined; length: number; next: number } {
  if (Array.isArray(value)) return { value, keys: undefined, length: value.length, next: 0 }
  const keys = typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? Object.keys(value) : []
  return { value, keys, length: keys.length, next: 0 }
}

function isUnstorable(value: unknown): boolean {
  return typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())
}

/** What is said of such a text, by its name. */
export const unstorable = (name: string) => `${name.slice(0, 64)} contains NUL or an unpaired surrogate.`
