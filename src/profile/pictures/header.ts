import { ApiError } from '../../errors.ts'

/** What a file says about itself before anything of it is decoded. */
export interface Header {
  width: number
  height: number
  /** Bytes that a decoder holds at the same time because the picture does not come line by line; 0 where it does. */
  held: number
  /** What to decode: the file without the parts that a decoder would unpack and nobody will see. */
  bytes: Buffer
  /** What is in the file besides pixels. */
  extras: Buffer[]
}

/** @throws {ApiError} when a file goes on behind its end, or stops before it. */
export function mustEnd(file: Buffer, at: number) {
  if (at > file.length) throw invalid('The picture is not complete.')
  if (at < file.length) throw invalid('The file goes on behind the end of the picture.')
}

export function invalid(sentence: string): ApiError {
  return new ApiError('invalid_image', sentence)
}
