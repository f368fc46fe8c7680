/**
 * Text made comparable: two spellings that a person would call the same (case, width, composition) become one.
 * NFKC on both sides of the case mapping, because each can undo the other; upper case first, so that `ß` meets `SS`.
 */
export function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}
