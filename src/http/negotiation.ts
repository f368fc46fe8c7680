/**
 * True for the navigation of a browser: `Accept` prefers HTML to JSON (RFC 9110, 12.5.1). Programs that name no type, or
 * take any, get JSON.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const ranges = rangesOf(accept ?? '')
  return qualityOf('text/html', ranges) > qualityOf('application/json', ranges)
}

type Qualities = ReadonlyMap<string, number>

/** The media ranges of an `Accept`, lower case, with their weights; what is malformed weighs nothing. */
function rangesOf(accept: string): Qualities {
  return new Map(
    accept.split(',').map(range => {
      const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase())
      const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2) ?? '1'
      return [type, Number(weight) || 0]
    }),
  )
}

/** The weight of the most specific range that covers a type. */
function qualityOf(type: string, ranges: Qualities): number {
  return ranges.get(type) ?? ranges.get(type.replace(/\/.*/, '/*')) ?? ranges.get('*/*') ?? 0
}
