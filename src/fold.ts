/**
 * Text made comparable: two spellings that a person would call the same (case, width, composition) become one.
 * NFKC on both sides of the case mapping, because each can undo the other; by way of upper case, so that `ß` meets `SS`,
 * and of lower case before it, because `ẞ` is upper case already.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC')
}
