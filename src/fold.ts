/**
 * Text made comparable: two spellings that a person would call the same (case, width, composition) become one.
 * NFKC on both sides of the case mapping, because each can undo the other; by way of upper case, so that `ß` meets `SS`,
 * and of lower case before it, because `ẞ` is upper case already.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

/**
 * Text made findable: folded, and its Latin, Greek and Cyrillic letters without their accents. Only those: the marks of
 * other scripts are vowels and letters of their own. A sigma is one wherever it stands, so that a part of a word is found.
 */
export function searchable(text: string): string {
  return fold(text)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
}

/** The texts without those that fold to one that is there already; the first spelling stays. */
export function distinctFolded(texts: readonly string[]): string[] {
  const seen = new Set<string>()
  return texts.filter(text => {
    const folded = fold(text)
    return !seen.has(folded) && seen.add(folded)
  })
}
