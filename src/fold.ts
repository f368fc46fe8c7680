/**
 * Folds text for comparison: spellings that a person would call the same (case, width, composition) become equal. NFKC
 * on both sides of the case mapping, because each can undo the other; through upper case, so that `ß` equals `SS`, and
 * through lower case before it, because `ẞ` is upper case already.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}

/**
 * Folds text for search: also removes the accents of Latin, Greek and Cyrillic letters. Only those: the marks of other
 * scripts are vowels and letters. A final sigma equals any other, so that a part of a word is found.
 */
export function searchable(text: string): string {
  return fold(text)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
}

/** The words of a search, folded: each of them must be found. */
export function wordsOf(query = ''): string[] {
  return searchable(query)
    .split(/\s+/)
    .filter(word => word !== '')
}
